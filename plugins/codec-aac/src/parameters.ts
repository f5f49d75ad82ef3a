import type { Buffer } from 'node:buffer';

/** What an AAC decoder must know first. */
export interface AacParameters {
  /** The AudioSpecificConfig, byte by byte (ISO/IEC 14496-3 1.6.2.1). */
  readonly config: Buffer;
  /** Audio object type of the core coder: 2 is AAC LC. */
  readonly objectType: number;
  /** Hertz that come out of a decoder: with explicitly signalled SBR, twice those of the core coder. */
  readonly sampleRate: number;
  /** Channels that come out of a decoder; 0 where only the coded data says them. */
  readonly channels: number;
}

declare module '@sluice/core' {
  interface CodecParametersByName {
    aac: AacParameters;
  }
}
