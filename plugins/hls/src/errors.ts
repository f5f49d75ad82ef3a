import { SluiceError } from '@sluice/core';

/** Codes of this plugin's errors. */
export type HlsErrorCode =
  /** The stream runs, but no segment of it is complete yet (503). */
  | 'ERR_HLS_NOT_READY'
  /** A segment that is not there any more, or of a viewer that is gone (404). */
  | 'ERR_HLS_GONE'
  /** `?form=` asks for something unknown (400). */
  | 'ERR_HLS_FORM';

/** Makes an error of this plugin. */
export function hlsError(code: HlsErrorCode, status: number, message: string): SluiceError {
  return new SluiceError(code, message, { plugin: 'hls', status });
}
