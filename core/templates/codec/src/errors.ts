import { SluiceError } from '@sluice/core';

/** Codes of this package's errors. */
export type CodecErrorCode =
  | 'ERR___NAME___SYNTAX' // no JPEG, or one that breaks off
  | 'ERR___NAME___TOO_LARGE'; // a picture of more bytes than the limit

/** Makes an error of this package. Whoever sent such a picture is not to be listened to any longer (`fatal`). */
export function codecError(code: CodecErrorCode, message: string): SluiceError {
  return new SluiceError(code, message, { plugin: '__name__', fatal: true });
}
