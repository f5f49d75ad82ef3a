import { SluiceError } from '@sluice/core';

/** Error codes of this package. */
export type WireTextErrorCode =
  | 'ERR_TEXT_START_LINE'
  | 'ERR_TEXT_HEADER'
  | 'ERR_TEXT_TOO_LARGE'
  | 'ERR_TEXT_CONTENT_LENGTH'
  | 'ERR_AUTH_SCHEME'
  | 'ERR_AUTH_MALFORMED';

/** A message or an authorization that cannot be understood: the connection it came on must end. */
export function wireTextError(code: WireTextErrorCode, message: string): SluiceError {
  return new SluiceError(code, message, { fatal: true, status: code === 'ERR_TEXT_TOO_LARGE' ? 413 : 400 });
}
