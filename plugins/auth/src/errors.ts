import { SluiceError } from '@sluice/core';

/** Codes of this plugin's errors. */
export type AuthErrorCode =
  | 'ERR_AUTH_TOKEN_NOT_FOUND' // no token of this id
  | 'ERR_AUTH_TOKEN_CONFIGURED' // the config has it: there it is to be taken out
  | 'ERR_AUTH_TOKEN_EXPIRED' // it would be over before it began
  | 'ERR_AUTH_TOO_MANY_TOKENS' // auth.maxTokens
  | 'ERR_AUTH_TOKEN_FILE'; // the file of the tokens cannot be read or written

const STATUS: Readonly<Record<AuthErrorCode, number>> = {
  ERR_AUTH_TOKEN_NOT_FOUND: 404,
  ERR_AUTH_TOKEN_CONFIGURED: 409,
  ERR_AUTH_TOKEN_EXPIRED: 400,
  ERR_AUTH_TOO_MANY_TOKENS: 503,
  ERR_AUTH_TOKEN_FILE: 500,
};

/** Makes an error of this plugin. */
export function authError(code: AuthErrorCode, message: string, cause?: unknown): SluiceError {
  return new SluiceError(code, message, { plugin: 'auth', status: STATUS[code], ...(cause === undefined ? {} : { cause }) });
}
