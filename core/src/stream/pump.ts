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
 * (the event loop answers late) due streams are collected for a window that grows up to `maxMergeMs`. A stream that is due takes no
 * other along: sound that waits elsewhere goes on waiting for its own picture.
 */
export class Pump {
  readonly #clock: Clock;
  readonly #minMergeMs: number;
  readonly #maxMergeMs: number;
  #due: Flushable[] = [];
  /** Streams with sound alone, oldest first, and until when they wait. One that was flushed meanwhile has nothing to flush. */
  #waiting: Flushable[] = [];
  #waitingUntilMs: number[] = [];
  #immediate: NodeJS.Immediate | undefined;
  #timer: Cancel | undefined;
  #timerAtMs = Number.POSITIVE_INFINITY;
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

  /** `stream` ends with a picture now. To be called once per flush. */
  due(stream: Flushable): void {
    this.#due.push(stream);
    if (this.#windowMs === 0) {
      this.#scheduleImmediate();
    } else {
      const now = this.#clock.now();
      this.#scheduleAt(Math.max(now, this.#lastFlushMs + this.#windowMs), now);
    }
  }

  /** `stream` has something to hand out, but no picture yet. To be called once per flush. */
  wait(stream: Flushable): void {
    const now = this.#clock.now();
    this.#waiting.push(stream);
    this.#waitingUntilMs.push(now + AUDIO_WAIT_MS);
    this.#scheduleAt(now + AUDIO_WAIT_MS, now);
  }

  #scheduleImmediate(): void {
    if (this.#immediate !== undefined) return;
    this.#scheduledAtMs = this.#clock.now();
    this.#immediate = setImmediate(this.#run);
  }

  #scheduleAt(atMs: number, now: number): void {
    if (this.#immediate !== undefined || atMs >= this.#timerAtMs) return;
    this.#timer?.();
    this.#timerAtMs = atMs;
    this.#scheduledAtMs = atMs;
    this.#timer = this.#clock.after(Math.max(0, atMs - now), this.#run);
  }

  readonly #run = (): void => {
    this.#timer?.();
    if (this.#immediate !== undefined) clearImmediate(this.#immediate);
    this.#timer = undefined;
    this.#immediate = undefined;
    this.#timerAtMs = Number.POSITIVE_INFINITY;
    const startMs = this.#clock.now();
    const due = this.#due;
    this.#due = [];
    for (let i = 0; i < due.length; i++) (due[i] as Flushable).flush(startMs);
    this.#flushWaiting(startMs);
    this.#lastFlushMs = startMs;
    this.#adapt(startMs - this.#scheduledAtMs, this.#clock.now() - startMs);
  };

  #flushWaiting(nowMs: number): void {
    const untilMs = this.#waitingUntilMs;
    let over = 0;
    while (over < untilMs.length && (untilMs[over] as number) <= nowMs) over++;
    if (over > 0) {
      const waited = this.#waiting.splice(0, over);
      untilMs.splice(0, over);
      for (let i = 0; i < waited.length; i++) (waited[i] as Flushable).flush(nowMs);
    }
    const next = untilMs[0];
    if (next !== undefined) this.#scheduleAt(next, nowMs);
  }

  /** Late start or long flush means load: widen the window; narrow it when the load goes. */
  #adapt(lateMs: number, tookMs: number): void {
    const busyMs = Math.max(lateMs, tookMs);
    if (busyMs > 20) this.#windowMs = Math.min(this.#maxMergeMs, Math.max(this.#windowMs, 5) * 1.5);
    else if (busyMs < 10) this.#windowMs = this.#windowMs <= this.#minMergeMs + 1 ? this.#minMergeMs : Math.max(this.#minMergeMs, this.#windowMs * 0.9);
  }

  close(): void {
    this.#timer?.();
    if (this.#immediate !== undefined) clearImmediate(this.#immediate);
    this.#immediate = undefined;
    this.#due = [];
    this.#waiting = [];
    this.#waitingUntilMs = [];
  }
}
