import { SluiceError } from '@sluice/core';

/** Codes of the errors this package throws. */
export type H264ErrorCode = 'ERR_H264_SPS' | 'ERR_H264_PPS' | 'ERR_H264_AVCC' | 'ERR_H264_PARAMETERS';

export function h264Error(code: H264ErrorCode, message: string, cause?: unknown): SluiceError {
  return new SluiceError(code, message, { fatal: true, cause });
}
