import { SluiceError } from '@sluice/core';

/** Codes of this plugin's errors. */
export type TranscodeErrorCode = 'ERR_TRANSCODE_THREADS';

/** Makes an error of this plugin. */
export function transcodeError(code: TranscodeErrorCode, message: string): SluiceError {
  return new SluiceError(code, message, { plugin: 'transcode' });
}
