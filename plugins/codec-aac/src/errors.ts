import { SluiceError } from '@sluice/core';

/** Codes of the errors this package throws. */
export type AacErrorCode = 'ERR_AAC_CONFIG' | 'ERR_AAC_ADTS' | 'ERR_AAC_TOO_LARGE' | 'ERR_AAC_UNITS';

export function aacError(code: AacErrorCode, message: string, cause?: unknown): SluiceError {
  return new SluiceError(code, message, { fatal: true, cause });
}
