import type { TrackKind } from '@sluice/core';
import { type ProgramFrameCounts, ProgramFrames, type ProgramFramesOptions, type ProgramFramesSink } from './program-frames.js';
import { type PsCounts, PsDemuxer, type PsDemuxerOptions } from './ps-demuxer.js';

/** How a program stream is made into frames. */
export interface PsFramesOptions extends PsDemuxerOptions, ProgramFramesOptions {}

/** Program stream in, frames of the first video and the first audio stream out. After a loss pictures start again at a key frame. */
export class PsFrames {
  readonly #demuxer: PsDemuxer;
  readonly #frames: ProgramFrames;

  constructor(sink: ProgramFramesSink, options: PsFramesOptions = {}) {
    const frames = new ProgramFrames(sink, options);
    this.#frames = frames;
    this.#demuxer = new PsDemuxer((unit) => frames.accessUnit(unit), options);
  }

  get counts(): Readonly<ProgramFrameCounts> {
    return this.#frames.counts;
  }

  /** What the demuxer saw. */
  get demuxed(): Readonly<PsCounts> {
    return this.#demuxer.counts;
  }

  /** Kinds that the program stream map announces and that can be given; empty without a map. */
  get announced(): TrackKind[] {
    return [...new Set(this.#demuxer.declared.flatMap((name) => this.#frames.codec(name)?.kind ?? []))];
  }

  /** As `PsDemuxer.push`. */
  push(chunk: Buffer, fallbackTicks?: number): void {
    const before = this.#demuxer.counts.damaged;
    this.#demuxer.push(chunk, fallbackTicks);
    if (this.#demuxer.counts.damaged !== before) this.#frames.waitForKey();
  }

  /** As `PsDemuxer.lost`. */
  lost(): void {
    this.#demuxer.lost();
    // What was missed may have been whole pictures.
    this.#frames.waitForKey();
  }

  /** As `PsDemuxer.hint`. */
  hint(): void {
    this.#demuxer.hint();
  }

  /** As `PsDemuxer.finish`. */
  finish(): void {
    this.#demuxer.finish();
  }
}
