import type { Frame } from './frame.js';
import type { Track, TrackKind } from './track.js';

/** How a builder's track begins. */
export interface FrameBuilderOptions {
  /** Id of the track. */
  readonly trackId: number;
  /** Ticks per second of the times given to `build`. */
  readonly clockRate: number;
  /** Facts known from outside the coded data (SDP, container header). */
  readonly hints?: { readonly sampleRate?: number; readonly channels?: number };
  /** Out-of-band parameters in the codec package's own shape, where the container carries them. */
  readonly parameters?: unknown;
}

/**
 * The one place where codec knowledge meets frames: an input gives coded units and times, gets frames of a described track.
 * It finds parameter sets, marks key frames and raises the track's epoch when the parameters really change.
 */
export interface FrameBuilder {
  /** The track as known so far; `undefined` until its parameters are known. */
  readonly track: Track | undefined;
  /** Replaces the out-of-band parameters; a change raises the epoch. Throws a codec error where they cannot be read. */
  setParameters(parameters: unknown): void;
  /**
   * Turns the units of one access unit into a frame. Times in ticks of the builder's clock.
   * Answers `undefined` while the track is not known or where nothing is left to show (parameter sets alone).
   */
  build(units: readonly Buffer[], dts: number, pts: number, wallClockMs?: number): Frame | undefined;
}

/** What a codec package offers to inputs and formats. */
export interface CodecDescriptor {
  readonly name: string;
  readonly kind: TrackKind;
  createBuilder(options: FrameBuilderOptions): FrameBuilder;
}
