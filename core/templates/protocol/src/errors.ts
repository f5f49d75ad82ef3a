import { SluiceError } from '@sluice/core';

/** Codes of this plugin's errors. Each ends the connection. */
const CODES = {
  /** A message longer than the limit. */
  tooLarge: 'ERR___NAME___TOO_LARGE',
  /** A message that cannot be read. */
  message: 'ERR___NAME___MESSAGE',
  /** A message that is not due. */
  order: 'ERR___NAME___ORDER',
} as const;

/** What an error of this plugin has as its code. */
export type ProtocolErrorCode = (typeof CODES)[keyof typeof CODES];

const PLUGIN = '__name__';

/** Makes an error of this plugin. */
export function protocolError(kind: keyof typeof CODES, message: string, cause?: unknown): SluiceError {
  return new SluiceError(CODES[kind], message, { plugin: PLUGIN, fatal: true, status: 400, ...(cause === undefined ? {} : { cause }) });
}
