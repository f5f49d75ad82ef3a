import type { Cancel, Clock } from '../kernel/clock.js';

interface Timer {
  readonly id: number;
  atMs: number;
  readonly everyMs: number | undefined;
  readonly run: () => void;
}

/** A clock that stands still until it is told to go on. */
export class FakeClock implements Clock {
  #nowMs = 0;
  #wallBaseMs: number;
  #ids = 0;
  readonly #timers = new Map<number, Timer>();

  /** `wallMs` is the time of day at the beginning. */
  constructor(wallMs = Date.UTC(2026, 0, 1)) {
    this.#wallBaseMs = wallMs;
  }

  now(): number {
    return this.#nowMs;
  }
  wallMs(): number {
    return this.#wallBaseMs + this.#nowMs;
  }
  after(ms: number, run: () => void): Cancel {
    return this.#add(ms, undefined, run);
  }
  every(ms: number, run: () => void): Cancel {
    return this.#add(ms, ms, run);
  }

  #add(ms: number, everyMs: number | undefined, run: () => void): Cancel {
    const id = ++this.#ids;
    this.#timers.set(id, { id, atMs: this.#nowMs + ms, everyMs, run });
    return () => void this.#timers.delete(id);
  }

  /** Timers not yet run. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Lets `ms` pass and runs what is due, in order. */
  advance(ms: number): void {
    const end = this.#nowMs + ms;
    for (let timer = this.#next(end); timer !== undefined; timer = this.#next(end)) {
      this.#nowMs = Math.max(this.#nowMs, timer.atMs);
      if (timer.everyMs === undefined) this.#timers.delete(timer.id);
      else timer.atMs += timer.everyMs;
      timer.run();
    }
    this.#nowMs = end;
  }

  /** Lets time pass in steps and gives promises their turn after each. */
  async advanceAsync(ms: number, stepMs = 100): Promise<void> {
    for (let done = 0; done < ms; done += stepMs) {
      this.advance(Math.min(stepMs, ms - done));
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Moves the time of day alone, as an operator or NTP does. */
  setWall(wallMs: number): void {
    this.#wallBaseMs = wallMs - this.#nowMs;
  }

  #next(end: number): Timer | undefined {
    let best: Timer | undefined;
    for (const timer of this.#timers.values()) {
      if (timer.atMs <= end && (best === undefined || timer.atMs < best.atMs || (timer.atMs === best.atMs && timer.id < best.id))) best = timer;
    }
    return best;
  }
}
