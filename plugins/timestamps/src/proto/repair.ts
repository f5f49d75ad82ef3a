import { Lane } from './lane.js';
import type { RepairLimits } from './limits.js';
import { Offsets } from './offsets.js';
import { type PictureNow, SampleTimes } from './sample-times.js';
import { StepTimes } from './step-times.js';

/** Tracks that begin farther apart than this, though they come together, are put together. */
const MAX_START_SKEW_MS = 1000;
/** Pictures are shown at most this long after they are decoded. */
const MAX_COMPOSITION_MS = 10_000;
/** So long after is nothing unusual, before others have shown more. */
const USUAL_COMPOSITION_MS = 500;

interface Track {
  readonly lane: Lane;
  readonly steps: StepTimes;
  readonly samples: SampleTimes;
}

/**
 * Repairs the times of one publisher's tracks, frame by frame, as they come. Times that are right pass to the tick; the answer to a
 * frame is in its lane (`out`, `pts`, `fix`), so that nothing is made per frame.
 */
export class TimestampRepair {
  readonly #limits: RepairLimits;
  readonly #offsets = new Offsets();
  readonly #tracks = new Map<number, Track>();
  #picture: Lane | undefined;
  #sound: Lane | undefined;
  /** Sound since the last picture, in ms. */
  #soundSinceMs = 0;
  /** Told to the sound; one for all frames. */
  readonly #now: PictureNow = { ms: Number.NaN, shownMs: Number.NaN, isBeside: false, goesBySound: false };

  constructor(limits: RepairLimits) {
    this.#limits = limits;
  }

  /**
   * The next frame of track `id`. `durationMs` of a sound, where its samples tell it; NaN otherwise. `nowMs`: when it came, monotonic.
   * `mayBeDouble`: whether its samples may be twice as many per second as it says.
   */
  place(
    id: number,
    kind: 'video' | 'audio' | 'data',
    clockRate: number,
    dts: number,
    pts: number,
    durationMs: number,
    nowMs: number,
    mayBeDouble = true,
  ): Lane {
    const track = this.#track(id, kind, clockRate);
    const { lane } = track;
    lane.mayBeDouble = mayBeDouble;
    const peer = lane === this.#picture ? this.#sound : this.#picture;
    // Between its frames the other track goes on as the clock does.
    const peerMs = peer?.begun === true ? peer.outMs + (nowMs - peer.atMs) : Number.NaN;
    lane.fix = undefined;
    const out = lane.begun ? this.#next(track, dts, durationMs, peerMs, nowMs) : this.#first(track, dts, durationMs, peer, nowMs);
    lane.out = out;
    lane.atMs = nowMs;
    lane.peerOutMs = peerMs;
    const shown = Number.isNaN(durationMs) ? track.steps.unscale(pts) : pts;
    const decoded = Number.isNaN(durationMs) ? track.steps.unscale(dts) : dts;
    lane.pts = this.#presented(track, shown, shown - decoded);
    if (lane === this.#picture) this.#soundSinceMs = 0;
    else if (lane === this.#sound && durationMs > 0) this.#soundSinceMs += durationMs;
    return lane;
  }

  #track(id: number, kind: 'video' | 'audio' | 'data', clockRate: number): Track {
    const known = this.#tracks.get(id);
    if (known !== undefined && known.lane.clockRate === clockRate && known.lane.isSound === (kind === 'audio')) return known;
    const lane = new Lane(kind === 'audio', clockRate);
    // Another clock goes on behind the one before it.
    if (known !== undefined) lane.out = lane.toTicks(known.lane.outMs);
    const track = { lane, steps: new StepTimes(lane, this.#offsets, this.#limits), samples: new SampleTimes(lane, this.#offsets, this.#limits) };
    this.#tracks.set(id, track);
    if (kind === 'video' && (this.#picture === undefined || this.#picture === known?.lane)) this.#picture = lane;
    if (kind === 'audio' && (this.#sound === undefined || this.#sound === known?.lane)) this.#sound = lane;
    return track;
  }

  #first({ lane, steps, samples }: Track, dts: number, durationMs: number, peer: Lane | undefined, nowMs: number): number {
    lane.begun = true;
    lane.raw = dts;
    lane.offset = lane.toTicks(this.#offsets.newestMs);
    if (peer?.begun === true) {
      const dueMs = peer.outMs + Math.min(nowMs - peer.atMs, MAX_START_SKEW_MS);
      // What a server kept of the picture comes at once: sound that is sent behind it begins where that began.
      const aheadMs = Math.max(0, peer.outMs - peer.firstMs - (nowMs - peer.firstAtMs));
      const laterMs = lane.toMs(dts + lane.offset) - dueMs;
      if (laterMs > MAX_START_SKEW_MS || laterMs < -MAX_START_SKEW_MS - aheadMs) {
        lane.fix = 'skew';
        lane.offset = lane.toTicks(dueMs) - dts;
      }
    }
    lane.out = Math.max(dts + lane.offset, lane.out + lane.minStep);
    lane.firstMs = lane.outMs;
    lane.firstAtMs = nowMs;
    if (Number.isNaN(durationMs)) steps.begin(nowMs, lane === this.#picture ? this.#sound : undefined);
    else samples.begin(durationMs, this.#shownMs(), nowMs);
    return lane.out;
  }

  #next({ lane, steps, samples }: Track, dts: number, durationMs: number, peerMs: number, nowMs: number): number {
    // While the other track went on, time passed, however fast it is sent.
    const peerStepMs = peerMs - lane.peerOutMs;
    const elapsedMs = Math.max(nowMs - lane.atMs, Number.isNaN(peerStepMs) ? 0 : peerStepMs);
    const out = Number.isNaN(durationMs)
      ? steps.next(dts, nowMs, elapsedMs, lane === this.#picture ? this.#sound : undefined)
      : samples.next(dts, nowMs, elapsedMs, durationMs, this.#lookAtPicture(nowMs));
    return Math.max(out, lane.out + lane.minStep);
  }

  /** How far the picture is by its own times; NaN where it has none. */
  #shownMs(): number {
    const picture = this.#picture;
    return picture?.begun === true && !picture.isPaced ? picture.outMs : Number.NaN;
  }

  #lookAtPicture(nowMs: number): PictureNow {
    const picture = this.#picture;
    const now = this.#now;
    now.ms = Number.NaN;
    now.shownMs = this.#shownMs();
    now.isBeside = false;
    now.goesBySound = picture?.isPaced === true;
    if (picture?.begun !== true || picture.isPaced) return now;
    const sinceMs = nowMs - picture.atMs;
    const mostMs = Math.max(3 * picture.stepMs, 250);
    if (sinceMs > mostMs) return now;
    now.ms = picture.outMs + sinceMs;
    now.isBeside = this.#soundSinceMs <= mostMs;
    return now;
  }

  #presented({ lane }: Track, pts: number, composition: number): number {
    // What moved a decoding time alone moved the time it is shown at too, where that is no farther from it than with other frames.
    const placed = pts + lane.offset;
    if (lane.fix === 'zeroDelta' || lane.fix === 'backward') {
      const mayBeUsual = ((lane.fix === 'zeroDelta' && !lane.isMeasured) || placed < lane.out) && lane.toMs(composition) <= USUAL_COMPOSITION_MS;
      if (composition >= 0 && (composition <= lane.maxComposition || mayBeUsual)) return lane.out + composition;
    } else if (lane.fix === undefined && lane.toMs(composition) <= MAX_COMPOSITION_MS) {
      lane.maxComposition = Math.max(lane.maxComposition, composition);
    }
    const laterMs = lane.toMs(placed - lane.out);
    if (lane.fix === undefined && (laterMs < 0 || laterMs > MAX_COMPOSITION_MS)) lane.fix = 'composition';
    return laterMs < 0 || laterMs > MAX_COMPOSITION_MS ? lane.out : placed;
  }
}
