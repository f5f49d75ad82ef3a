import type { EngineSettings } from '../config/engine-schema.js';
import type { Cancel, Clock } from '../kernel/clock.js';

/** Something with frames to hand out. */
export interface Flushable {
  flush(nowMs: number): void;
}

/** Sound rides along with the next picture, at most this late. */
const AUDIO_WAIT_MS = 40;

/**
 * Hands out what streams have collected, apart from ingest: a picture makes its stream due, sound alone waits for one. Under load
 * (the event loop answers late) due streams are collected for a window that grows up to `maxMergeMs`.
 */
export class Pump {
  readonly #clock: Clock;
  readonly #minMergeMs: number;
  readonly #maxMergeMs: number;
  #dirty: Flushable[] = [];
  #immediate: NodeJS.Immediate | undefined;
  #timer: Cancel | undefined;
  #dueAtMs = Number.POSITIVE_INFINITY;
  #scheduledAtMs = 0;
  #lastFlushMs = 0;
  #windowMs: number;

  constructor(clock: Clock, delivery: EngineSettings['delivery']) {
    this.#clock = clock;
    this.#minMergeMs = delivery.minMergeMs;
    this.#maxMergeMs = delivery.maxMergeMs;
    this.#windowMs = delivery.minMergeMs;
  }

  /** How long pictures are collected now, in milliseconds. */
  get windowMs(): number {
    return this.#windowMs;
  }

  /** `first` is true when `stream` had nothing to hand out before; `due` when it now ends with a picture. */
  mark(stream: Flushable, first: boolean, due: boolean): void {
    if (first) this.#dirty.push(stream);
    if (due && this.#windowMs === 0) {
      this.#scheduleImmediate();
    } else {
      const now = this.#clock.now();
      this.#scheduleAt(due ? Math.max(now, this.#lastFlushMs + this.#windowMs) : now + AUDIO_WAIT_MS, now);
    }
  }

  #scheduleImmediate(): void {
    if (this.#immediate !== undefined) return;
    this.#scheduledAtMs = this.#clock.now();
    this.#immediate = setImmediate(this.#run);
  }

  #scheduleAt(atMs: number, now: number): void {
    if (this.#immediate !== undefined || atMs >= this.#dueAtMs) return;
    this.#timer?.();
    this.#dueAtMs = atMs;
    this.#scheduledAtMs = atMs;
    this.#timer = this.#clock.after(Math.max(0, atMs - now), this.#run);
  }

  readonly #run = (): void => {
    this.#timer?.();
    this.#timer = undefined;
    this.#immediate = undefined;
    this.#dueAtMs = Number.POSITIVE_INFINITY;
    const startMs = this.#clock.now();
    const dirty = this.#dirty;
    this.#dirty = [];
    for (const stream of dirty) stream.flush(startMs);
    this.#lastFlushMs = startMs;
    this.#adapt(startMs - this.#scheduledAtMs, this.#clock.now() - startMs);
  };

  /** Late start or long flush means load: widen the window; narrow it when the load goes. */
  #adapt(lateMs: number, tookMs: number): void {
    const busyMs = Math.max(lateMs, tookMs);
    if (busyMs > 20) this.#windowMs = Math.min(this.#maxMergeMs, Math.max(this.#windowMs, 5) * 1.5);
    else if (busyMs < 10) this.#windowMs = this.#windowMs <= this.#minMergeMs + 1 ? this.#minMergeMs : Math.max(this.#minMergeMs, this.#windowMs * 0.9);
  }

  close(): void {
    this.#timer?.();
    if (this.#immediate !== undefined) clearImmediate(this.#immediate);
    this.#dirty = [];
  }
}
