import { SluiceError } from '@sluice/core';

/** Codes of the errors this package throws. */
export type OpusErrorCode = 'ERR_OPUS_HEAD' | 'ERR_OPUS_PARAMETERS' | 'ERR_OPUS_UNITS' | 'ERR_OPUS_TOO_LARGE';

export function opusError(code: OpusErrorCode, message: string, cause?: unknown): SluiceError {
  return new SluiceError(code, message, { fatal: true, cause });
}
