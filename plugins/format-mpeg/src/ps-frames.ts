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
    this.#demuxer = new PsDemuxer((unit) => {
      // Before each unit, not once a chunk: what follows a damage in the same chunk must wait for a key frame, and what follows that must not.
      frames.damage(this.#demuxer.counts.damaged);
      frames.accessUnit(unit);
    }, options);
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
    this.#demuxer.push(chunk, fallbackTicks);
    this.#frames.damage(this.#demuxer.counts.damaged);
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
