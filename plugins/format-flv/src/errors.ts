import { SluiceError } from '@sluice/core';

/** Codes of this package's errors. All of them end the session they happen on. */
export type FlvErrorCode =
  | 'ERR_AMF0_CUT' // a value ends before it should
  | 'ERR_AMF0_MARKER' // a type that AMF0 does not have
  | 'ERR_AMF0_LIMIT' // too deep, too many, too long
  | 'ERR_FLV_SIGNATURE' // the bytes are no FLV file
  | 'ERR_FLV_ENCRYPTED' // a tag with the filter bit
  | 'ERR_FLV_TAG_TOO_LARGE'
  | 'ERR_FLV_TAG'; // a tag body that cannot be read

/** Makes an error of this package. */
export function flvError(code: FlvErrorCode, message: string, cause?: unknown): SluiceError {
  return new SluiceError(code, message, { plugin: 'format-flv', fatal: true, ...(cause === undefined ? {} : { cause }) });
}
