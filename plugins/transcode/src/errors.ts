import { SluiceError } from '@sluice/core';

/** Codes of this plugin's errors. */
export type TranscodeErrorCode = 'ERR_TRANSCODE_ENCODER' | 'ERR_TRANSCODE_DECODER';

/** Makes an error of this plugin. */
export function transcodeError(code: TranscodeErrorCode, message: string, cause?: unknown): SluiceError {
  return new SluiceError(code, message, cause === undefined ? { plugin: 'transcode' } : { plugin: 'transcode', cause });
}
