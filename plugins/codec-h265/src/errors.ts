import { SluiceError } from '@sluice/core';

/** Codes of the errors this package throws. */
export type H265ErrorCode = 'ERR_H265_VPS' | 'ERR_H265_SPS' | 'ERR_H265_PPS' | 'ERR_H265_HVCC' | 'ERR_H265_PARAMETERS';

export function h265Error(code: H265ErrorCode, message: string, cause?: unknown): SluiceError {
  return new SluiceError(code, message, { fatal: true, cause });
}
