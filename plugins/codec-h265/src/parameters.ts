import type { Buffer } from 'node:buffer';

/** What an H.265 decoder must know first: NAL units without framing. */
export interface H265Parameters {
  readonly vps: readonly Buffer[];
  readonly sps: readonly Buffer[];
  readonly pps: readonly Buffer[];
}

declare module '@sluice/core' {
  interface CodecParametersByName {
    h265: H265Parameters;
  }
}
