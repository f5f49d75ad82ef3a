import type { Frame, Track } from '@sluice/core';
import type { ProbedTrack } from '../service.js';

/** A step counts as a gap from here on, in milliseconds. */
const GAP_MS = 200;
const GAP_STEPS = 3;

/** Measures one track, frame by frame. */
export class TrackMeter {
  #track: Track;
  readonly #firstDtsMs: number;
  #lastDtsMs: number;
  #frames = 0;
  #bytes = 0;
  #keyFrames = 0;
  #lastKeyMs: number | undefined;
  readonly #gopsMs: number[] = [];
  /** Steps forward, in milliseconds. */
  readonly #stepsMs: number[] = [];
  #backwards = 0;
  #repeated = 0;
  #reordered = false;
  #parameterChanges = 0;

  constructor(first: Frame) {
    this.#track = first.track;
    this.#firstDtsMs = dtsMsOf(first);
    this.#lastDtsMs = this.#firstDtsMs;
  }

  get kind(): string {
    return this.#track.kind;
  }

  /** Decoding time of the first frame, in milliseconds. */
  get firstDtsMs(): number {
    return this.#firstDtsMs;
  }

  add(frame: Frame): void {
    if (frame.track !== this.#track) {
      this.#track = frame.track;
      this.#parameterChanges++;
    }
    const dtsMs = dtsMsOf(frame);
    if (this.#frames > 0) this.#step(dtsMs - this.#lastDtsMs);
    this.#lastDtsMs = dtsMs;
    this.#frames++;
    this.#bytes += frame.size;
    if (frame.pts !== frame.dts) this.#reordered = true;
    if (frame.key) this.#key(dtsMs);
  }

  #step(stepMs: number): void {
    if (stepMs < 0) this.#backwards++;
    else if (stepMs === 0) this.#repeated++;
    else this.#stepsMs.push(stepMs);
  }

  #key(dtsMs: number): void {
    this.#keyFrames++;
    if (this.#lastKeyMs !== undefined && dtsMs > this.#lastKeyMs) this.#gopsMs.push(dtsMs - this.#lastKeyMs);
    this.#lastKeyMs = dtsMs;
  }

  result(): ProbedTrack {
    const { id, kind, codec, info } = this.#track;
    const { fps: declaredFps, ...facts } = info;
    const spanMs = this.#stepsMs.reduce((sum, step) => sum + step, 0);
    // The last frame lasts as long as the others do.
    const lastsMs = this.#stepsMs.length === 0 ? 0 : spanMs + spanMs / this.#stepsMs.length;
    const video = kind === 'video';
    const usualMs = median(this.#stepsMs);
    const gaps = this.#stepsMs.filter((step) => step > Math.max(GAP_MS, GAP_STEPS * usualMs)).length;
    return {
      id,
      kind,
      codec,
      ...facts,
      ...(video && lastsMs > 0 ? { fps: round(((this.#stepsMs.length + 1) * 1000) / lastsMs, 2) } : {}),
      ...(declaredFps === undefined ? {} : { declaredFps: round(declaredFps, 2) }),
      frames: this.#frames,
      bytes: this.#bytes,
      bitrate: lastsMs === 0 ? 0 : Math.round((this.#bytes * 8000) / lastsMs),
      spanMs: Math.round(spanMs),
      keyFrames: this.#keyFrames,
      ...(video && this.#gopsMs.length > 0 ? { gopMs: gopsOf(this.#gopsMs) } : {}),
      ...(video ? { reordered: this.#reordered } : {}),
      timestamps: { backwards: this.#backwards, repeated: this.#repeated, gaps, largestStepMs: Math.round(Math.max(0, ...this.#stepsMs)) },
      parameterChanges: this.#parameterChanges,
    };
  }
}

function dtsMsOf({ dts, track }: Frame): number {
  return (dts * 1000) / track.clockRate;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}

function gopsOf(gopsMs: readonly number[]): NonNullable<ProbedTrack['gopMs']> {
  const mean = gopsMs.reduce((sum, gop) => sum + gop, 0) / gopsMs.length;
  return { min: Math.round(Math.min(...gopsMs)), mean: Math.round(mean), max: Math.round(Math.max(...gopsMs)) };
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
