import type { EngineSettings } from '../config/engine-schema.js';
import type { Cancel, Clock } from '../kernel/clock.js';

/** Something with frames to hand out. */
export interface Flushable {
  /** Until when its sound waits for a picture, in monotonic ms; set by the pump, infinite once it was flushed. */
  soundUntilMs: number;
  flush(nowMs: number): void;
}

/** Sound alone is handed out this often. */
const SOUND_WAIT_MS = 40;
/** Where pictures flow, sound rides along with the next one: what is waited for is a picture that is late. A player shows both together anyhow. */
const SOUND_WAIT_FOR_PICTURE_MS = 100;

/** Timers count whole milliseconds. */
const TIMER_SLACK_MS = 1;

/** Streams whose sound waits, oldest first, each for the same time. One that was handed out meanwhile is passed over. */
class Waiting {
  readonly #waitMs: number;
  #streams: Flushable[] = [];
  #untilMs: number[] = [];

  constructor(waitMs: number) {
    this.#waitMs = waitMs;
  }

  /** Adds a stream; answers until when it waits. */
  add(stream: Flushable, nowMs: number): number {
    const untilMs = nowMs + this.#waitMs;
    stream.soundUntilMs = untilMs;
    this.#streams.push(stream);
    this.#untilMs.push(untilMs);
    return untilMs;
  }

  /** Hands out what has waited long enough; answers until when the next one waits. */
  flush(nowMs: number): number | undefined {
    const untilMs = this.#untilMs;
    let over = 0;
    while (over < untilMs.length && (untilMs[over] as number) <= nowMs) over++;
    if (over > 0) {
      const waited = this.#streams.splice(0, over);
      untilMs.splice(0, over);
      for (let i = 0; i < waited.length; i++) {
        const stream = waited[i] as Flushable;
        if (stream.soundUntilMs <= nowMs) stream.flush(nowMs);
      }
    }
    return untilMs[0];
  }

  clear(): void {
    this.#streams = [];
    this.#untilMs = [];
  }
}

/**
 * Hands out what streams have collected, apart from ingest: a picture makes its stream due, sound alone waits for one. Under load
 * (the event loop answers late) due streams are collected for a window that grows up to `maxMergeMs`. The first picture behind the window ends it, so that
 * nothing waits for a timer beside it; where none comes, what is due waits for a second window at the most. A stream that is due takes no other along: sound that
 * waits elsewhere goes on waiting for its own picture.
 */
export class Pump {
  readonly #clock: Clock;
  readonly #minMergeMs: number;
  readonly #maxMergeMs: number;
  #due: Flushable[] = [];
  readonly #sound = new Waiting(SOUND_WAIT_MS);
  readonly #soundForPicture = new Waiting(SOUND_WAIT_FOR_PICTURE_MS);
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
    if (this.#immediate !== undefined) return;
    const now = this.#clock.now();
    if (this.#isOver(now)) this.#scheduleImmediate(now);
    else if (this.#due.length === 1) this.#scheduleAt(this.#latestMs, now);
  }

  /** A stream that is due has another picture. */
  more(): void {
    if (this.#windowMs === 0 || this.#immediate !== undefined) return;
    const now = this.#clock.now();
    if (this.#isOver(now)) this.#scheduleImmediate(now);
  }

  #isOver(now: number): boolean {
    return now >= this.#lastFlushMs + this.#windowMs - TIMER_SLACK_MS;
  }

  /** What is due waits no longer. */
  get #latestMs(): number {
    return this.#lastFlushMs + 2 * this.#windowMs;
  }

  /** `stream` has something to hand out, but no picture yet; `picturesFlow` where one is to be expected. To be called once per flush. */
  wait(stream: Flushable, picturesFlow: boolean): void {
    const now = this.#clock.now();
    const waiting = picturesFlow ? this.#soundForPicture : this.#sound;
    this.#scheduleAt(waiting.add(stream, now), now);
  }

  #scheduleImmediate(now: number): void {
    if (this.#immediate !== undefined) return;
    this.#scheduledAtMs = now;
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
    if (this.#due.length > 0) this.#flushDue(startMs);
    this.#flushWaiting(this.#sound, startMs);
    this.#flushWaiting(this.#soundForPicture, startMs);
    this.#adapt(startMs - this.#scheduledAtMs, this.#clock.now() - startMs);
  };

  #flushDue(nowMs: number): void {
    if (!this.#isOver(nowMs)) {
      this.#scheduleAt(this.#latestMs, nowMs);
      return;
    }
    const due = this.#due;
    this.#due = [];
    this.#lastFlushMs = nowMs;
    for (let i = 0; i < due.length; i++) (due[i] as Flushable).flush(nowMs);
  }

  #flushWaiting(waiting: Waiting, nowMs: number): void {
    const nextMs = waiting.flush(nowMs);
    if (nextMs !== undefined) this.#scheduleAt(nextMs, nowMs);
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
    this.#sound.clear();
    this.#soundForPicture.clear();
  }
}
