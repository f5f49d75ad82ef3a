import { SluiceError } from '@sluice/core';

/** Codes of this package's errors. */
const CODES = {
  /** No JPEG, or one that breaks off. */
  syntax: 'ERR___NAME___SYNTAX',
  /** A picture of more bytes than the limit. */
  tooLarge: 'ERR___NAME___TOO_LARGE',
} as const;

/** What an error of this package has as its code. */
export type CodecErrorCode = (typeof CODES)[keyof typeof CODES];

const PLUGIN = '__name__';

/** Makes an error of this package. Whoever sent such a picture is not to be listened to any longer (`fatal`). */
export function codecError(kind: keyof typeof CODES, message: string): SluiceError {
  return new SluiceError(CODES[kind], message, { plugin: PLUGIN, fatal: true });
}
