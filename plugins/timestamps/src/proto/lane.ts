import type { FixKind } from './fixes.js';

/** Taken for the time between frames until they show it, in milliseconds. */
const DEFAULT_STEP_MS = 40;
const STEP_WEIGHT = 1 / 16;
/** Of the time between two frames, so much is taken for the length of one. */
const MAX_GUESS_MS = 200;

/** What is known of one track's times. Ticks are those of the track's clock; fields in ms say so. */
export class Lane {
  readonly isSound: boolean;
  readonly clockRate: number;
  /** Least step between two frames, in ticks: a millisecond, as some outputs know no less. */
  readonly minStep: number;
  begun = false;
  /** Decoding time of the newest frame as it came. */
  raw = 0;
  /** What is added to times as they come. */
  offset = 0;
  /** Decoding and presentation time of the newest frame as it is handed on. */
  out = Number.NEGATIVE_INFINITY;
  pts = 0;
  /** Most of the time from decoding to showing of frames that were right, in ticks. */
  maxComposition = 0;
  /** When the newest frame came. */
  atMs = 0;
  /** The first frame's time as it was handed on, and when it came. */
  firstMs = 0;
  firstAtMs = 0;
  /** How long frames last on average. */
  stepMs = DEFAULT_STEP_MS;
  /** Where the other track was when the newest frame came. */
  peerOutMs = Number.NaN;
  /** True while arrival is all that tells its times. */
  isPaced = false;
  /** Samples are really this many times as many per second as the track says. */
  rateFactor = 1;
  /** False where nobody has twice the samples that the track says. */
  mayBeDouble = true;
  /** What was repaired on the newest frame. */
  fix: FixKind | undefined;
  #measured = false;

  constructor(isSound: boolean, clockRate: number) {
    this.isSound = isSound;
    this.clockRate = clockRate;
    this.minStep = Math.ceil(clockRate / 1000);
  }

  /** Whether its own times have shown how long frames last. */
  get isMeasured(): boolean {
    return this.#measured;
  }

  get outMs(): number {
    return (this.out * 1000) / this.clockRate;
  }

  toMs(ticks: number): number {
    return (ticks * 1000) / this.clockRate;
  }

  toTicks(ms: number): number {
    return Math.round((ms * this.clockRate) / 1000);
  }

  /** Learns by their own times how long frames last. What is far off counts for little. */
  learnStep(ms: number): void {
    const bounded = Math.min(Math.max(0, ms), this.#measured ? Math.max(4 * this.stepMs, 100) : 1000);
    this.stepMs = this.#measured ? this.stepMs + (bounded - this.stepMs) * STEP_WEIGHT : bounded;
    this.#measured = true;
  }

  /** Learns by the time between them how long frames last that do not say it themselves. */
  guessStep(ms: number): void {
    this.stepMs += (Math.min(Math.max(0, ms), MAX_GUESS_MS) - this.stepMs) * STEP_WEIGHT;
  }

  /** Longest step, in ms, that needs no explanation where `elapsedMs` passed. */
  plausibleMs(elapsedMs: number): number {
    return Math.max(3 * this.stepMs, 2 * elapsedMs) + 100;
  }

  /** How long the frame after the newest one is to come after it, where its own time says nothing. */
  likelyStepMs(elapsedMs: number): number {
    return elapsedMs > 4 * this.stepMs + 200 ? elapsedMs : this.stepMs;
  }
}
