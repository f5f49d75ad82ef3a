import type { Frame, IngestFilter, IngestSource, PluginContext, RateLimitedLog, Track } from '@sluice/core';
import type { TimestampsConfig } from '../config.js';
import { type FrameDuration, frameDurationOf, mayBeDouble } from '../map/frame-duration.js';
import { retime, withSampleRate } from '../map/retime.js';
import type { FixKind } from '../proto/fixes.js';
import type { Lane } from '../proto/lane.js';
import { TimestampRepair } from '../proto/repair.js';
import { TimesRing } from '../proto/times-ring.js';
import type { StreamTimes } from '../service.js';

/** What filters share. */
export interface RepairShared {
  readonly ctx: PluginContext;
  readonly config: TimestampsConfig;
  readonly log: RateLimitedLog;
}

/** A track as it comes and as it is handed on. */
interface TrackMemory {
  readonly track: Track;
  readonly durationOf: FrameDuration;
  readonly mayBeDouble: boolean;
  out: Track;
  rateFactor: number;
}

/** The policy `repair`, for one publisher. */
export class RepairFilter implements IngestFilter {
  readonly #shared: RepairShared;
  readonly #source: IngestSource;
  readonly #onClose: () => void;
  readonly #repair: TimestampRepair;
  readonly #frames: TimesRing;
  readonly #repaired: TimesRing;
  readonly #counts = new Map<FixKind, number>();
  readonly #tracks = new Map<number, TrackMemory>();

  constructor(shared: RepairShared, source: IngestSource, onClose: () => void) {
    const { maxForwardMs, maxBackwardMs, audioToleranceMs, maxDriftMs, keptTimes } = shared.config;
    this.#shared = shared;
    this.#source = source;
    this.#onClose = onClose;
    this.#repair = new TimestampRepair({ forwardMs: maxForwardMs, backwardMs: maxBackwardMs, toleranceMs: audioToleranceMs, driftMs: maxDriftMs });
    this.#frames = new TimesRing(keptTimes);
    this.#repaired = new TimesRing(keptTimes);
    // Shown from the beginning: none is news too.
    source.count('timestampRepairs', 0);
  }

  write(frame: Frame, nowMs: number): Frame {
    const { track, dts, pts } = frame;
    const memory = this.#memory(track);
    const lane = this.#repair.place(track.id, track.kind, track.clockRate, dts, pts, memory.durationOf(frame), nowMs, memory.mayBeDouble);
    this.#frames.push(track.id, dts, pts, lane);
    if (lane.fix !== undefined) this.#count(lane.fix, track, dts, pts, lane);
    if (lane.rateFactor !== memory.rateFactor) this.#changeRate(memory, lane.rateFactor);
    return retime(frame, memory.out, lane.out, lane.pts);
  }

  #memory(track: Track): TrackMemory {
    const known = this.#tracks.get(track.id);
    if (known?.track === track) return known;
    const memory = { track, durationOf: frameDurationOf(track), mayBeDouble: mayBeDouble(track), out: track, rateFactor: 1 };
    this.#tracks.set(track.id, memory);
    return memory;
  }

  #count(fix: FixKind, track: Track, dts: number, pts: number, lane: Lane): void {
    const { ctx, log } = this.#shared;
    this.#repaired.push(track.id, dts, pts, lane);
    this.#counts.set(fix, (this.#counts.get(fix) ?? 0) + 1);
    this.#source.count('timestampRepairs');
    this.#source.count(HEALTH_KINDS[fix]);
    ctx.count(fix);
    log(`${this.#source.path} ${fix}`, { stream: this.#source.path, track: track.kind, dts, pts, outDts: lane.out }, `timestamps repaired: ${fix}`, 'info');
  }

  /** The samples are found to be of another rate than the track says: whoever decodes them is told by the track. */
  #changeRate(memory: TrackMemory, factor: number): void {
    const { track } = memory;
    memory.rateFactor = factor;
    const sampleRate = (track.info.sampleRate ?? 8000) * factor;
    memory.out = factor === 1 ? track : withSampleRate(track, sampleRate);
    if (factor === 1) return;
    this.#source.count('sampleRateFound');
    const fields = { stream: this.#source.path, says: track.info.sampleRate, sampleRate };
    this.#shared.log(`${this.#source.path} rate`, fields, `sound says ${track.info.sampleRate ?? 8000} Hz and has ${sampleRate}`);
  }

  describe(): StreamTimes {
    const { path } = this.#source;
    return { path, policy: 'repair', repairs: Object.fromEntries(this.#counts), frames: this.#frames.list(), repaired: this.#repaired.list() };
  }

  close(): void {
    this.#onClose();
  }
}

/** Kinds as a stream's health shows them. */
const HEALTH_KINDS: Readonly<Record<FixKind, string>> = {
  jump: 'timestampJumps',
  wrap: 'timestampWraps',
  backward: 'timestampsBackward',
  zeroDelta: 'timestampZeroDeltas',
  clock: 'timestampsInMilliseconds',
  frozen: 'timestampsFrozen',
  samples: 'timestampsOffSamples',
  drift: 'timestampDrifts',
  skew: 'timestampSkews',
  composition: 'timestampsOutOfOrder',
};
