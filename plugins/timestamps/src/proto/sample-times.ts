import { ArrivalLag } from './arrival-lag.js';
import type { Lane } from './lane.js';
import type { RepairLimits } from './limits.js';
import type { Offsets } from './offsets.js';
import { RateCheck } from './rate-check.js';
import { SkewWatch } from './skew-watch.js';
import { wrapOf } from './wraps.js';

/** The crystal of a device may be off by so much: its times are true, its sample count is not. */
const CRYSTAL = 0.002;
/** How fast sound is moved onto the picture: unheard. */
const MAX_CORRECTION = 0.03;
const CORRECTION_WEIGHT = 1 / 20;
/** Sound that is this far behind the picture is moved at once; this far ahead, it waits, or goes at a part of its pace. */
const LATE_MS = 80;
const TOO_EARLY_MS = 200;
const EARLY_MS = 60;
const EARLY_STEP = 1 / 4;
/** So far off, one frame says enough. */
const FAR_MS = 300;
/** Sound that has fewer samples than it says is held back by so much. */
const MAX_HOLD = 0.15;
/** Less is not corrected. */
const NEAR_MS = 15;
/** What belongs together is at most this far apart in a container. */
const MAX_INTERLEAVE_MS = 250;
/** It is drift when it lasts: after a pause of the sender, or of this machine, one track is handed on in a bunch before the other. */
const DRIFT_LASTS_MS = 200;
/** Times that ran with the samples for so long, and this exactly, are believed again. */
const CALM_MS = 10_000;
const CALM_TOLERANCE_MS = 20;

/** What sound may know of the picture it belongs to. */
export interface PictureNow {
  /** Where it is now, in ms; NaN where there is none, or none of late, or one that goes by the sound. */
  ms: number;
  /** How far it is by its own times; NaN where it has none. */
  shownMs: number;
  /** Whether sound that comes now is right beside it, not one of a bundle. */
  isBeside: boolean;
  /** Its times stand, and the sound tells them. */
  goesBySound: boolean;
}

/** Times of sound whose frames say how long they last: they are to run as the samples do. */
export class SampleTimes {
  readonly #lane: Lane;
  readonly #offsets: Offsets;
  readonly #limits: RepairLimits;
  readonly #rate = new RateCheck();
  /** How long the newest frame lasts. */
  #durationMs = 0;
  /** Where the samples say that the next frame is. */
  #nextMs = 0;
  /** True while the times as they come are not believed. */
  #counting = false;
  /** Distance of the sound from the picture: while the times are believed, and evened out while they are not. */
  readonly #skew = new SkewWatch();
  #skewMs = Number.NaN;
  #driftedMs = 0;
  #calmOffset = 0;
  #calmMs = 0;
  /** While no picture tells where the sound should be; and by how much it has yet to be held back then. */
  #lag: ArrivalLag | undefined;
  #owedMs = 0;

  constructor(lane: Lane, offsets: Offsets, limits: RepairLimits) {
    this.#lane = lane;
    this.#offsets = offsets;
    this.#limits = limits;
  }

  /** The first frame was placed. */
  begin(durationMs: number, pictureMs: number, nowMs: number): void {
    this.#nextMs = this.#lane.outMs + durationMs;
    this.#durationMs = durationMs;
    this.#rate.push(0, 0, pictureMs, nowMs);
  }

  /** Where the frame goes, in ticks. `declaredMs`: how long it lasts as its track says. `picture`: what is known of that. */
  next(raw: number, nowMs: number, elapsedMs: number, declaredMs: number, picture: PictureNow): number {
    const lane = this.#lane;
    const stepMs = lane.toMs(raw - lane.raw);
    this.#rate.mayBeDouble = lane.mayBeDouble;
    this.#rate.push(this.#durationMs * this.#rate.factor, stepMs, picture.shownMs, nowMs);
    lane.rateFactor = this.#rate.factor;
    const durationMs = declaredMs / this.#rate.factor;
    const out = this.#counting ? this.#count(raw, stepMs, nowMs, elapsedMs, picture) : this.#follow(raw, stepMs, nowMs, elapsedMs, picture);
    const placed = Math.max(out, lane.out + lane.minStep);
    if (this.#counting) {
      this.#nextMs = lane.toMs(placed) + durationMs;
      lane.offset = placed - raw;
    } else {
      this.#nextMs += durationMs;
    }
    this.#durationMs = durationMs;
    lane.learnStep(durationMs);
    lane.raw = raw;
    return placed;
  }

  /** Believes the times, as long as they are near the samples. Leaves in `#nextMs` where this frame is by its samples. */
  #follow(raw: number, stepMs: number, nowMs: number, elapsedMs: number, picture: PictureNow): number {
    const lane = this.#lane;
    const placed = raw + lane.offset;
    const placedMs = lane.toMs(placed);
    const offMs = placedMs - this.#nextMs;
    const forth = placed - lane.out >= lane.minStep;
    if (Math.abs(offMs) <= this.#limits.toleranceMs) {
      const crystalMs = CRYSTAL * this.#durationMs;
      this.#nextMs += Math.min(Math.max(offMs, -crystalMs), crystalMs);
      if (forth) return this.#watch(placed, placedMs, nowMs, picture);
      lane.fix = Math.abs(raw - lane.raw) < lane.minStep ? 'zeroDelta' : 'backward';
      return lane.toTicks(this.#nextMs);
    }
    if (Math.abs(stepMs - this.#durationMs) > this.#limits.toleranceMs) return this.#leap(raw, stepMs, elapsedMs);
    if (forth && (!this.#rate.decided || this.#rate.unknown)) {
      this.#nextMs = placedMs;
      return placed;
    }
    if (this.#rate.decided) this.#beginCounting();
    lane.fix = 'samples';
    return lane.toTicks(this.#nextMs);
  }

  /** A step of another length than the samples before it have. */
  #leap(raw: number, stepMs: number, elapsedMs: number): number {
    const lane = this.#lane;
    const { toleranceMs, forwardMs, backwardMs } = this.#limits;
    const placed = raw + lane.offset;
    // As much time passed: sound is missing, or was not made.
    if (stepMs > 0 && stepMs <= 1.5 * elapsedMs + toleranceMs && placed - lane.out >= lane.minStep) {
      this.#nextMs = lane.toMs(placed);
      return placed;
    }
    const wrap = wrapOf(raw - lane.raw, lane.minStep, lane.toTicks(forwardMs), lane.clockRate);
    const known = this.#offsets.find(lane, raw, this.#nextMs - toleranceMs, this.#nextMs + toleranceMs);
    if (wrap !== undefined) {
      lane.fix = 'wrap';
      lane.offset += wrap;
    } else if (known !== undefined) {
      lane.fix = 'jump';
      lane.offset = known;
    } else {
      const isZero = Math.abs(raw - lane.raw) < lane.minStep;
      lane.fix = isZero ? 'zeroDelta' : stepMs < 0 && -stepMs <= backwardMs ? 'backward' : 'jump';
      lane.offset = lane.toTicks(this.#nextMs) - raw;
    }
    if (lane.fix !== 'zeroDelta' && known === undefined) this.#offsets.add(lane.toMs(lane.offset));
    this.#nextMs = lane.toMs(raw + lane.offset);
    return raw + lane.offset;
  }

  /** Looks whether sound and picture stay together. */
  #watch(placed: number, placedMs: number, nowMs: number, { ms, goesBySound }: PictureNow): number {
    if (goesBySound) return this.#lead(placed, placedMs, nowMs);
    this.#lag = undefined;
    if (Number.isNaN(ms) || !this.#rate.decided) return placed;
    this.#skew.push(placedMs - ms, this.#durationMs, nowMs);
    this.#driftedMs = Math.abs(this.#skew.movedMs) > this.#limits.driftMs ? this.#driftedMs + this.#durationMs : 0;
    if (this.#driftedMs > DRIFT_LASTS_MS) {
      this.#beginCounting();
      this.#lane.fix = 'drift';
    }
    return placed;
  }

  /** Sound that the picture goes by: what is missing of both shows only in the time they come at. */
  #lead(placed: number, placedMs: number, nowMs: number): number {
    this.#lag ??= new ArrivalLag();
    const moveMs = this.#lag.push(placedMs, nowMs);
    if (moveMs <= 0) return placed;
    this.#beginCounting();
    this.#lane.fix = 'drift';
    this.#nextMs = placedMs + moveMs;
    return this.#lane.toTicks(this.#nextMs);
  }

  #beginCounting(): void {
    this.#counting = true;
    this.#calmOffset = this.#lane.offset;
    this.#calmMs = 0;
    this.#skewMs = Number.NaN;
    this.#skew.restart();
    this.#driftedMs = 0;
  }

  /** By samples alone, kept beside the picture; without one, beside the time of arrival. */
  #count(raw: number, stepMs: number, nowMs: number, elapsedMs: number, { ms, isBeside }: PictureNow): number {
    const lane = this.#lane;
    lane.fix = 'samples';
    const missingMs = Math.min(stepMs, elapsedMs) - this.#durationMs;
    if (missingMs > this.#limits.toleranceMs && elapsedMs >= 0.6 * stepMs) this.#nextMs += missingMs;
    if (Number.isNaN(ms)) this.#keepToArrival(nowMs);
    else this.#lag = undefined;
    if (isBeside) this.#steer(ms);
    if (this.#isCalm(raw)) {
      this.#counting = false;
      this.#skewMs = Number.NaN;
      lane.offset = this.#calmOffset;
    }
    return lane.toTicks(this.#nextMs);
  }

  #keepToArrival(nowMs: number): void {
    if (this.#lag === undefined) this.#owedMs = 0;
    this.#lag ??= new ArrivalLag();
    // Owed already counts as done, so that it is not asked for twice.
    const moveMs = this.#lag.push(this.#nextMs + this.#owedMs, nowMs);
    if (moveMs > 0) this.#nextMs += moveMs;
    else this.#owedMs += moveMs;
    const paidMs = Math.max(this.#owedMs, -MAX_HOLD * this.#durationMs);
    this.#nextMs += paidMs;
    this.#owedMs -= paidMs;
  }

  #steer(pictureMs: number): void {
    const usualMs = Number.isNaN(this.#skew.usualMs) ? 0 : this.#skew.usualMs;
    const wantedMs = pictureMs + Math.min(Math.max(usualMs, -MAX_INTERLEAVE_MS), MAX_INTERLEAVE_MS);
    const offMs = this.#nextMs - wantedMs;
    this.#skewMs = Number.isNaN(this.#skewMs) ? offMs : this.#skewMs + (offMs - this.#skewMs) / 8;
    let correctionMs = 0;
    if (Math.abs(offMs) > FAR_MS) this.#skewMs = offMs;
    if (this.#skewMs < -LATE_MS) correctionMs = -this.#skewMs;
    else if (this.#skewMs > TOO_EARLY_MS) correctionMs = -this.#durationMs;
    else if (this.#skewMs > EARLY_MS) correctionMs = (EARLY_STEP - 1) * this.#durationMs;
    else if (Math.abs(this.#skewMs) > NEAR_MS) {
      const mostMs = MAX_CORRECTION * this.#durationMs;
      correctionMs = Math.min(Math.max(-this.#skewMs * CORRECTION_WEIGHT, -mostMs), mostMs);
    }
    this.#nextMs += correctionMs;
    this.#skewMs += correctionMs;
  }

  /** True where the times have run with the samples for a while. */
  #isCalm(raw: number): boolean {
    const lane = this.#lane;
    if (Math.abs(lane.toMs(raw + this.#calmOffset) - this.#nextMs) > CALM_TOLERANCE_MS) {
      this.#calmOffset = lane.toTicks(this.#nextMs) - raw;
      this.#calmMs = 0;
    }
    this.#calmMs += this.#durationMs;
    return this.#calmMs >= CALM_MS;
  }
}
