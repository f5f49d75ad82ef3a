import { SluiceError } from '@sluice/core';

/** Codes of this plugin's errors. */
export type RelayErrorCode =
  | 'ERR_RELAY_URL' // no client for the URL's scheme
  | 'ERR_RELAY_TARGET' // the caller may not have us connect there
  | 'ERR_RELAY_RESOLVE' // the host has no address
  | 'ERR_RELAY_PULL_UNKNOWN' // there is no pull of that id
  | 'ERR_RELAY_PULL_EXISTS' // the path is pulled already
  | 'ERR_RELAY_PUSH_UNKNOWN' // there is no push of that id
  | 'ERR_RELAY_PUSH_EXISTS' // the stream is forwarded there already
  | 'ERR_RELAY_PUSH_OWNED' // another plugin wants it
  | 'ERR_RELAY_TOO_MANY' // as many pulls or pushes as there may be
  | 'ERR_RELAY_KEPT'; // pulls and pushes of the API cannot be kept in the data folder

const STATUS: Readonly<Record<RelayErrorCode, number>> = {
  ERR_RELAY_URL: 400,
  ERR_RELAY_TARGET: 403,
  ERR_RELAY_RESOLVE: 400,
  ERR_RELAY_PULL_UNKNOWN: 404,
  ERR_RELAY_PULL_EXISTS: 409,
  ERR_RELAY_PUSH_UNKNOWN: 404,
  ERR_RELAY_PUSH_EXISTS: 409,
  ERR_RELAY_PUSH_OWNED: 409,
  ERR_RELAY_TOO_MANY: 503,
  ERR_RELAY_KEPT: 500,
};

/** Makes an error of this plugin. */
export function relayError(code: RelayErrorCode, message: string, cause?: unknown): SluiceError {
  return new SluiceError(code, message, { plugin: 'relay', status: STATUS[code], ...(cause === undefined ? {} : { cause }) });
}
