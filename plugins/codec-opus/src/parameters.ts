import type { Buffer } from 'node:buffer';

/** What containers say of Opus; decoders do without it. */
export interface OpusParameters {
  /** The identification header, byte by byte (RFC 7845 5.1). */
  readonly head: Buffer;
  readonly channels: number;
  /** Samples at 48 kHz that a decoder throws away at the start. */
  readonly preSkip: number;
  /** Hertz before coding, for information; 0 where it is not told. */
  readonly inputSampleRate: number;
}

declare module '@sluice/core' {
  interface CodecParametersByName {
    opus: OpusParameters;
  }
}
