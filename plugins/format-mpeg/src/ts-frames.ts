import type { TrackKind } from '@sluice/core';
import { type ProgramFrameCounts, ProgramFrames, type ProgramFramesOptions, type ProgramFramesSink } from './program-frames.js';
import { type TsCounts, TsDemuxer, type TsDemuxerOptions } from './ts-demuxer.js';

/** How a transport stream is made into frames. */
export interface TsFramesOptions extends TsDemuxerOptions, ProgramFramesOptions {}

/** Transport stream in, frames of the first video and the first audio stream out. After a loss pictures start again at a key frame. */
export class TsFrames {
  readonly #demuxer: TsDemuxer;
  readonly #frames: ProgramFrames;

  constructor(sink: ProgramFramesSink, options: TsFramesOptions = {}) {
    const frames = new ProgramFrames(sink, options);
    this.#frames = frames;
    this.#demuxer = new TsDemuxer((unit) => {
      // Before each unit, not once a chunk: what follows a damage in the same chunk must wait for a key frame, and what follows that must not.
      frames.damage(this.#demuxer.counts.damagedVideo);
      frames.accessUnit(unit);
    }, options);
  }

  get counts(): Readonly<ProgramFrameCounts> {
    return this.#frames.counts;
  }

  /** What the demuxer saw. */
  get demuxed(): Readonly<TsCounts> {
    return this.#demuxer.counts;
  }

  /** Kinds that the program map announces and that can be given; empty without a map. */
  get announced(): TrackKind[] {
    return [...new Set(this.#demuxer.declared.flatMap((name) => this.#frames.codec(name)?.kind ?? []))];
  }

  /** As `TsDemuxer.push`. */
  push(chunk: Buffer, fallbackTicks?: number): void {
    this.#demuxer.push(chunk, fallbackTicks);
    this.#frames.damage(this.#demuxer.counts.damagedVideo);
  }

  /** As `TsDemuxer.lost`. */
  lost(): void {
    this.#demuxer.lost();
    // What was missed may have been whole pictures.
    this.#frames.waitForKey();
  }

  /** Does nothing: with transport streams the RTP marker does not end a picture (RFC 2250 2). */
  hint(): void {
    // As `PsFrames.hint`, for those who have either.
  }

  /** As `TsDemuxer.finish`. */
  finish(): void {
    this.#demuxer.finish();
  }
}
