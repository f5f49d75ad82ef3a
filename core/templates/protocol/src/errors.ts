import { SluiceError } from '@sluice/core';

/** Codes of this plugin's errors. Each ends the connection. */
export type ProtocolErrorCode =
  | 'ERR___NAME___TOO_LARGE' // a message longer than the limit
  | 'ERR___NAME___MESSAGE' // a message that cannot be read
  | 'ERR___NAME___ORDER'; // a message that is not due

/** Makes an error of this plugin. */
export function protocolError(code: ProtocolErrorCode, message: string, cause?: unknown): SluiceError {
  return new SluiceError(code, message, { plugin: '__name__', fatal: true, status: 400, ...(cause === undefined ? {} : { cause }) });
}
