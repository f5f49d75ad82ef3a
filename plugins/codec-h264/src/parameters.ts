import type { Buffer } from 'node:buffer';

/** What an H.264 decoder must know first: NAL units without framing, in the order of the container. */
export interface H264Parameters {
  readonly sps: readonly Buffer[];
  readonly pps: readonly Buffer[];
}

declare module '@sluice/core' {
  interface CodecParametersByName {
    h264: H264Parameters;
  }
}
