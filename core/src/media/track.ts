import { isDeepStrictEqual } from 'node:util';

/** What a track carries. `data` is for anything that is neither picture nor sound. */
export type TrackKind = 'video' | 'audio' | 'data';

/**
 * Codec parameters by codec name. Empty here; each codec package adds its own by declaration merging:
 * `declare module '@sluice/core' { interface CodecParametersByName { name: Parameters } }`.
 */
// biome-ignore lint/suspicious/noEmptyInterface: filled by declaration merging
export interface CodecParametersByName {}

/** A codec's name: the merged names, or any other lower-case name. */
export type CodecName = keyof CodecParametersByName | (string & {});

/** Facts of a track that a person or the API wants to see. Units: pixels, frames per second, hertz. */
export interface TrackInfo {
  readonly width?: number;
  readonly height?: number;
  readonly fps?: number;
  readonly profile?: string;
  /**
   * Samples per second as they really are. Where a source was found to say another rate than its samples have, this is the true one, while
   * `parameters` go on saying what the decoder must be told: what it decodes is to be taken at this rate.
   */
  readonly sampleRate?: number;
  readonly channels?: number;
}

/** One elementary stream of a stream. Immutable: changed parameters make a new Track with a higher `epoch`. */
export interface Track {
  /** Unique within its stream; stable across epochs. By custom 0 is video and 1 is audio. */
  readonly id: number;
  readonly kind: TrackKind;
  readonly codec: CodecName;
  /** Ticks per second of `dts` and `pts` of this track's frames. */
  readonly clockRate: number;
  /** Raised by one each time the parameters change. */
  readonly epoch: number;
  /** What a decoder must know first, in the codec package's own shape; `undefined` for codecs that need nothing. */
  readonly parameters: unknown;
  readonly info: TrackInfo;
}

/** The parameters of `track` typed by its codec name, or `undefined` when the track is of another codec. */
export function parametersOf<C extends keyof CodecParametersByName>(track: Track, codec: C): CodecParametersByName[C] | undefined {
  return track.codec === codec ? (track.parameters as CodecParametersByName[C]) : undefined;
}

/**
 * Whether a decoder that knows one track needs to be told nothing to go on with the other: same codec, clock and parameters, byte by byte.
 * A publisher that takes over brings tracks of its own that are often the same.
 */
export function sameTrack(one: Track, other: Track): boolean {
  if (one === other) return true;
  const sound = one.info.sampleRate === other.info.sampleRate && one.info.channels === other.info.channels;
  return one.codec === other.codec && one.clockRate === other.clockRate && sound && isDeepStrictEqual(one.parameters, other.parameters);
}
