import { ClockCheck } from './clock-check.js';
import type { Lane } from './lane.js';
import type { RepairLimits } from './limits.js';
import type { Offsets } from './offsets.js';
import { PaceClock } from './pace-clock.js';
import { wrapOf } from './wraps.js';

/** Frames of one time are spread over no more than this. */
const MAX_LEAD_MS = 1000;
/** While times are waited for, frames follow at this part of their usual step. */
const WAIT_STEP = 1 / 4;
/** Times that are behind for longer, in frames, stay there. */
const MAX_WAIT = 2;
/** Where the other track shows that no time passed, less of a step forth is a jump. */
const PEER_FORWARD = 1 / 4;
/** Pacing: frames come in heaps, but were made evenly. Only what is later than this is a gap. */
const PACE_WEIGHT = 1 / 32;
const PACE_BEND = 1 / 16;
const PACE_GAP_MS = 1000;
const MAX_PACE_MS = 1000;
/** The first picture once it is known that the clock stands: so many steps off, it is put right at once; less is evened out. */
const FIRST_OFF = 3;
/** What a sender had kept, and sends at once. */
const MAX_SENT_AHEAD_MS = 10_000;
/** A clock that runs again may be this far from where it would be. */
const RETURN_MS = 500;

/** Times of a track whose frames do not say how long they last: pictures. Each is judged by the step from the one before it. */
export class StepTimes {
  readonly #lane: Lane;
  readonly #offsets: Offsets;
  readonly #limits: RepairLimits;
  readonly #clock: ClockCheck;
  readonly #pace = new PaceClock();
  #begun = false;
  #scale = 1;
  #scaledFrom = 0;
  #scaledTo = 0;
  /** While the clock stands: how long frames last, by what comes beside them. */
  #paceStepMs = 0;
  /** Since the frame before, by what comes beside it. */
  #passedMs = 0;
  /** Where time was last seen running, and how many frames came since. */
  #goodRaw = 0;
  #goodOutMs = 0;
  #goodPaceMs = 0;
  #since = 0;
  #spreading = false;

  constructor(lane: Lane, offsets: Offsets, limits: RepairLimits) {
    this.#lane = lane;
    this.#offsets = offsets;
    this.#limits = limits;
    this.#clock = new ClockCheck(lane.clockRate);
  }

  /** The first frame was placed. */
  begin(nowMs: number, sound: Lane | undefined): void {
    this.#begun = true;
    this.#clock.push(this.#lane.raw, nowMs);
    this.#pace.begin(this.#lane.outMs, nowMs, sound);
    this.#markGood(this.#lane.raw, this.#lane.out);
  }

  /** Where the frame goes, in ticks. `elapsedMs`: how much time passed since the frame before, by the clock or by the other track; `sound`: what pictures go by if their clock stands. */
  next(given: number, nowMs: number, elapsedMs: number, sound: Lane | undefined): number {
    // Frames before said how long they last, this one does not.
    if (!this.#begun) this.begin(this.#lane.atMs, sound);
    this.#since++;
    const pacedMs = this.#pace.ms;
    this.#pace.push(nowMs, sound, this.#lane.stepMs);
    this.#passedMs = this.#pace.ms - pacedMs;
    const changed = this.#clock.push(given, nowMs);
    if (changed) this.#change(given);
    const { verdict } = this.#clock;
    this.#lane.isPaced = verdict === 'stands';
    if (verdict === 'stands') return this.#paced(given, changed);
    const raw = this.#unscale(given);
    const out = changed && verdict !== 'runs' ? raw + this.#lane.offset : this.#step(raw, elapsedMs);
    if (verdict !== 'runs') this.#lane.fix ??= 'clock';
    this.#lane.raw = raw;
    return out;
  }

  /** A time of the frame just placed, as `next` took it. */
  unscale(given: number): number {
    return this.#clock.verdict === 'stands' ? given : this.#unscale(given);
  }

  #unscale(given: number): number {
    return this.#scale === 1 ? given : Math.round(this.#scaledTo + (given - this.#scaledFrom) * this.#scale);
  }

  #markGood(raw: number, out: number): void {
    this.#goodRaw = raw;
    this.#goodOutMs = this.#lane.toMs(out);
    this.#goodPaceMs = this.#pace.ms;
    this.#since = 0;
    this.#spreading = false;
  }

  #change(given: number): void {
    const lane = this.#lane;
    const { verdict } = this.#clock;
    // What was shown while the fault was not yet known is too little: go on where time is now.
    const arrivedMs = this.#goodOutMs + (this.#pace.ms - this.#goodPaceMs);
    const dueMs = Math.max(lane.outMs + lane.toMs(lane.minStep), typeof verdict === 'number' ? this.#countedMs(given, verdict, arrivedMs) : arrivedMs);
    this.#scale = typeof verdict === 'number' ? verdict : 1;
    if (typeof verdict === 'number') {
      this.#scaledFrom = given;
      this.#scaledTo = lane.toTicks(dueMs) - lane.offset;
    } else if (verdict === 'stands') {
      this.#paceStepMs = Math.min(MAX_PACE_MS, (this.#pace.ms - this.#goodPaceMs) / this.#since);
    } else {
      this.#resume(given);
    }
  }

  /** Where a frame is by a clock that counts something else, since it was last seen running: what was sent ahead, as on connecting, came before its time. */
  #countedMs(given: number, scale: number, arrivedMs: number): number {
    const countedMs = this.#goodOutMs + this.#lane.toMs((given - this.#goodRaw) * scale);
    return Math.abs(countedMs - arrivedMs) <= MAX_SENT_AHEAD_MS ? countedMs : arrivedMs;
  }

  /** The clock runs again: on the line it was on, or from here. */
  #resume(raw: number): void {
    const lane = this.#lane;
    const dueMs = lane.outMs + lane.stepMs;
    const known = this.#offsets.find(lane, raw, dueMs - RETURN_MS, dueMs + RETURN_MS);
    if (known === undefined) this.#rebase(raw, dueMs);
    else lane.offset = known;
    lane.raw = raw;
  }

  /** By what comes beside it, or by arrival, evened out. */
  #paced(raw: number, isFirst: boolean): number {
    const lane = this.#lane;
    const dueMs = this.#goodOutMs + (this.#pace.ms - this.#goodPaceMs) - lane.outMs;
    const isGap = dueMs > PACE_GAP_MS;
    const isOff = isFirst && Math.abs(dueMs - this.#paceStepMs) > FIRST_OFF * this.#paceStepMs;
    if (!isGap) this.#paceStepMs += (Math.min(this.#passedMs, MAX_PACE_MS) - this.#paceStepMs) * PACE_WEIGHT;
    const stepMs = isOff || isGap ? dueMs : this.#paceStepMs + (dueMs - this.#paceStepMs) * PACE_BEND;
    const out = lane.out + Math.max(lane.minStep, lane.toTicks(stepMs));
    lane.fix = 'frozen';
    lane.raw = raw;
    lane.offset = out - raw;
    return out;
  }

  #step(raw: number, elapsedMs: number): number {
    const lane = this.#lane;
    const placed = raw + lane.offset;
    const stepMs = lane.toMs(placed - lane.out);
    if (placed - lane.out < lane.minStep) return this.#behind(raw, elapsedMs);
    if (stepMs > lane.plausibleMs(elapsedMs) && this.#leapt(raw, stepMs, elapsedMs)) {
      lane.fix = 'jump';
      return this.#restart(raw);
    }
    lane.learnStep(lane.toMs(raw - this.#goodRaw) / this.#since);
    this.#markGood(raw, placed);
    return placed;
  }

  /** A step forth that the passing of time does not explain: back to a line that is known, or a new one. False for a gap that may be real. */
  #leapt(raw: number, stepMs: number, elapsedMs: number): boolean {
    const lane = this.#lane;
    if (this.#returns(raw, elapsedMs)) return true;
    const forwardMs = this.#limits.forwardMs * (Number.isNaN(lane.peerOutMs) ? 1 : PEER_FORWARD);
    if (stepMs <= Math.max(forwardMs, 4 * lane.stepMs)) return false;
    lane.guessStep(elapsedMs);
    this.#rebase(raw, lane.outMs + lane.likelyStepMs(elapsedMs));
    return true;
  }

  /** Back on a line that some track of the publisher was on. */
  #returns(raw: number, elapsedMs: number): boolean {
    const lane = this.#lane;
    const known = this.#offsets.find(lane, raw, lane.outMs + lane.toMs(lane.minStep), lane.outMs + lane.plausibleMs(elapsedMs));
    if (known === undefined) return false;
    lane.offset = known;
    return true;
  }

  /** No step, or one back. */
  #behind(raw: number, elapsedMs: number): number {
    const lane = this.#lane;
    const rawStep = raw - lane.raw;
    const leadMs = lane.toMs(lane.out - raw - lane.offset);
    if (Math.abs(rawStep) < lane.minStep) return this.#spread(leadMs);
    // Frames were spread: time catches up.
    if (rawStep > 0 && this.#spreading && leadMs <= MAX_LEAD_MS) return this.#wait();
    const wrap = wrapOf(rawStep, lane.minStep, lane.toTicks(Math.max(this.#limits.forwardMs, lane.plausibleMs(elapsedMs))), lane.clockRate);
    if (wrap !== undefined) {
      lane.fix = 'wrap';
      lane.offset += wrap;
      this.#offsets.add(lane.toMs(lane.offset));
    } else if (this.#returns(raw, elapsedMs)) {
      lane.fix = 'jump';
    } else if (leadMs <= this.#limits.backwardMs && this.#since <= MAX_WAIT) {
      return this.#wait();
    } else {
      lane.fix = 'jump';
      lane.guessStep(elapsedMs);
      // Frames that were held back meanwhile had their time.
      this.#rebase(raw, Math.max(lane.outMs + lane.likelyStepMs(elapsedMs), this.#goodOutMs + this.#since * lane.stepMs));
    }
    return this.#restart(raw);
  }

  /** Frames of one time: they follow as frames do, but not too far ahead of the time they have. */
  #spread(leadMs: number): number {
    const lane = this.#lane;
    lane.fix = 'zeroDelta';
    this.#spreading = true;
    lane.guessStep(this.#passedMs);
    return lane.out + Math.max(lane.minStep, lane.toTicks(Math.min(lane.stepMs, MAX_LEAD_MS - leadMs)));
  }

  #wait(): number {
    const lane = this.#lane;
    lane.fix = 'backward';
    return lane.out + Math.max(lane.minStep, lane.toTicks(lane.stepMs * WAIT_STEP));
  }

  #rebase(raw: number, outMs: number): void {
    const lane = this.#lane;
    lane.offset = Math.max(lane.out + lane.minStep, lane.toTicks(outMs)) - raw;
    this.#offsets.add(lane.toMs(lane.offset));
  }

  /** On another line: what counts from here on. */
  #restart(raw: number): number {
    const placed = Math.max(this.#lane.out + this.#lane.minStep, raw + this.#lane.offset);
    this.#markGood(raw, placed);
    return placed;
  }
}
