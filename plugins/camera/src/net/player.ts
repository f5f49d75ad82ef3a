import type { Cancel, Clock, Frame } from '@sluice/core';
import { LoopReader, type Program, type TimedFrame } from '../map/program.js';
import { Pace } from '../proto/pace.js';

/** Room before the first time, for pictures that are decoded before they are shown; in seconds. */
const START_SECONDS = 1;
/** Between the last frame before a jump and the first one after it. */
const STEP_SECONDS = 0.04;
const CLOCK_RATE = 90_000;

/** What is played, and where it goes. */
export interface PlayerOptions {
  readonly program: Program;
  readonly clock: Clock;
  /** Of the media; undefined: without an end. */
  readonly durationSeconds: number | undefined;
  /** Media seconds in a second: more for downloads, whose times stay as they are. */
  readonly rate: number;
  /** Takes a frame and its times of 90 kHz; resolves when more may come. */
  send(frame: Frame, dts: number, pts: number): Promise<void>;
}

/** Plays a program at its pace; it can be paused, moved and hurried. */
export class Player {
  readonly #options: PlayerOptions;
  readonly #pace: Pace;
  #reader: LoopReader;
  #waiting: TimedFrame | undefined;
  #streamSeconds = START_SECONDS;
  #positionSeconds = 0;
  #scale = 1;
  #paused = false;
  #stopped = false;
  /** The next frame begins a new run of times. */
  #jump = true;
  /** Raised by each order: what was read or waited for before is out of date. */
  #orders = 0;
  #wake: () => void = () => undefined;

  constructor(options: PlayerOptions) {
    this.#options = options;
    this.#pace = new Pace(options.clock.now(), options.rate);
    this.#reader = new LoopReader(options.program);
  }

  /** Where in the media it is, in seconds. */
  get positionSeconds(): number {
    return this.#positionSeconds;
  }

  pause(): void {
    this.#paused = true;
    this.#ordered();
  }

  /** Goes on: where it was or at `positionSeconds`, with the speed it had or another one. */
  play({ positionSeconds, scale }: { readonly positionSeconds?: number; readonly scale?: number } = {}): void {
    if (positionSeconds !== undefined) {
      this.#reader = new LoopReader(this.#options.program, positionSeconds);
      this.#waiting = undefined;
      this.#positionSeconds = positionSeconds;
    }
    this.#scale = scale ?? this.#scale;
    this.#paused = false;
    this.#jump = true;
    this.#ordered();
  }

  keyFrame(): void {
    this.#reader.keyFrame();
  }

  stop(): void {
    this.#stopped = true;
    this.#ordered();
  }

  /** Plays until the end of the media or until it is stopped. Rejects with what reading throws. */
  async run(): Promise<'end' | 'stopped'> {
    while (!this.#stopped) {
      const orders = this.#orders;
      if (this.#paused) {
        await this.#ordersOr(undefined);
        continue;
      }
      const next = this.#waiting ?? (await this.#reader.next());
      if (orders !== this.#orders) continue;
      if (next === undefined || next.mediaSeconds >= (this.#options.durationSeconds ?? Number.POSITIVE_INFINITY)) return 'end';
      this.#waiting = next;
      if (!(await this.#untilDue(next.mediaSeconds))) continue;
      this.#waiting = undefined;
      await this.#send(next);
    }
    return 'stopped';
  }

  /** False where an order came meanwhile. */
  async #untilDue(mediaSeconds: number): Promise<boolean> {
    const { clock } = this.#options;
    if (this.#jump) this.#pace.goOn(mediaSeconds, this.#streamSeconds + STEP_SECONDS, clock.now(), this.#scale);
    this.#jump = false;
    const at = this.#pace.streamSeconds(mediaSeconds);
    this.#pace.forgiveDelay(at, clock.now());
    const waitMs = this.#pace.dueMs(at) - clock.now();
    if (waitMs < 1) return true;
    const orders = this.#orders;
    await this.#ordersOr(waitMs);
    return orders === this.#orders;
  }

  async #send({ frame, mediaSeconds }: TimedFrame): Promise<void> {
    const streamSeconds = this.#pace.streamSeconds(mediaSeconds);
    this.#positionSeconds = mediaSeconds;
    // Sound may lie a little before the picture it comes after.
    this.#streamSeconds = Math.max(this.#streamSeconds, streamSeconds);
    const dts = Math.round(streamSeconds * CLOCK_RATE);
    const shownAfter = ((frame.pts - frame.dts) * CLOCK_RATE) / frame.track.clockRate / this.#scale;
    await this.#options.send(frame, dts, dts + Math.round(shownAfter));
  }

  #ordered(): void {
    this.#orders++;
    this.#wake();
  }

  /** Resolves with the next order, or after `ms`. */
  #ordersOr(ms: number | undefined): Promise<void> {
    return new Promise((resolve) => {
      let cancel: Cancel = () => undefined;
      this.#wake = () => {
        cancel();
        resolve();
      };
      if (ms !== undefined) cancel = this.#options.clock.after(Math.ceil(ms), resolve);
    });
  }
}
