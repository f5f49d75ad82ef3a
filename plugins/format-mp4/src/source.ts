import type { Buffer } from 'node:buffer';

/** A file, however it is kept. */
export interface Mp4Source {
  /** Bytes in all. */
  readonly size: number;
  /** The bytes from `offset`, fewer where the file ends before. What is answered is not changed any more. */
  read(offset: number, length: number): Promise<Buffer>;
}

/** Limits of one file. */
export interface Mp4Limits {
  /** Bytes of the movie box, which is read as a whole. Default 64 MiB. */
  readonly maxMoovBytes?: number;
  /** Tracks looked at. Default 64. */
  readonly maxTracks?: number;
  /** Samples of a track. Default 4,000,000 (37 hours of 30 pictures a second). */
  readonly maxSamples?: number;
  /** Bytes of one sample. Default 8 MiB. */
  readonly maxSampleBytes?: number;
  /** Boxes at the top of the file. Default 10,000. */
  readonly maxBoxes?: number;
}

/** The limits with their defaults. */
export function limitsOf(limits: Mp4Limits): Required<Mp4Limits> {
  return { maxMoovBytes: 64 << 20, maxTracks: 64, maxSamples: 4_000_000, maxSampleBytes: 8 << 20, maxBoxes: 10_000, ...limits };
}
