import { Unwrapper } from '@sluice/core';

/** Ticks between pictures where nothing tells: 25 per second. */
const DEFAULT_TICKS = 3600;
const MAX_STEP_TICKS = 10 * 90_000;

/** The time line of a program: all its streams unwrap 33-bit times together, so that they stay beside each other. */
export class ProgramClock {
  readonly #unwrapper = new Unwrapper(33);
  /** Time of the packets that carry the program, in 90 kHz; for streams without times of their own. */
  fallback: number | undefined;

  unwrap(ticks: number): number {
    return this.#unwrapper.unwrap(ticks);
  }
}

/** Times as a PES header gives them. */
export interface PesTimes {
  readonly pts?: number;
  readonly dts?: number;
}

/** Gives each access unit of one stream its time: the one that came with it, or one that follows from the last. */
export class StreamTime {
  readonly #clock: ProgramClock;
  #rawPts: number | undefined;
  #lastFallback: number | undefined;
  #ticks: number;
  #timed = false;
  dts: number | undefined;
  pts = 0;

  constructor(clock: ProgramClock, defaultTicks = DEFAULT_TICKS) {
    this.#clock = clock;
    this.#ticks = defaultTicks;
  }

  /** Sets `pts` and `dts` of the next unit. `ticks`: how long the last one is, where that is known. */
  advance(times: PesTimes | undefined, fallback: number | undefined, ticks?: number): void {
    const last = this.dts;
    if (times?.pts === undefined || (times.pts === this.#rawPts && times.dts === undefined)) {
      this.#follow(fallback, ticks);
    } else {
      this.dts = this.#clock.unwrap(times.dts ?? times.pts);
      this.pts = times.dts === undefined ? this.dts : this.#clock.unwrap(times.pts);
      const step = last === undefined ? 0 : this.dts - last;
      if (this.#timed && step > 0 && step < MAX_STEP_TICKS) this.#ticks = step;
      this.#timed = true;
    }
    this.#rawPts = times?.pts ?? this.#rawPts;
    this.#lastFallback = fallback;
  }

  /** No time, or the same as before: some senders freeze it. */
  #follow(fallback: number | undefined, ticks: number | undefined): void {
    this.#timed = false;
    const step = fallback === undefined || this.#lastFallback === undefined ? 0 : fallback - this.#lastFallback;
    if (this.dts === undefined) this.dts = fallback ?? 0;
    else this.dts += ticks ?? (step > 0 && step < MAX_STEP_TICKS ? step : this.#ticks);
    this.pts = this.dts;
  }
}
