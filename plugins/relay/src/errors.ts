import { SluiceError } from '@sluice/core';

/** Codes of this plugin's errors. */
export type RelayErrorCode =
  | 'ERR_RELAY_TARGET' // the caller may not have us connect there
  | 'ERR_RELAY_RESOLVE' // the host has no address
  | 'ERR_RELAY_URL'; // a scheme that is not forwarded to

const STATUS: Readonly<Record<RelayErrorCode, number>> = { ERR_RELAY_TARGET: 403, ERR_RELAY_RESOLVE: 400, ERR_RELAY_URL: 400 };

/** Makes an error of this plugin. */
export function relayError(code: RelayErrorCode, message: string): SluiceError {
  return new SluiceError(code, message, { plugin: 'relay', status: STATUS[code] });
}
