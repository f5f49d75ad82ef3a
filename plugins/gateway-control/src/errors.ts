import { SluiceError } from '@sluice/core';

/** Codes of this plugin's errors. */
export type GatewayControlErrorCode =
  | 'ERR_CC_STREAM_EXISTS' // the streamId is in use
  | 'ERR_CC_CHANNEL_UNKNOWN'
  | 'ERR_CC_STREAM_ID' // no name for a stream
  | 'ERR_CC_REMOTE' // tcp-active without an address to connect to
  | 'ERR_CC_CHANNEL_ENDED' // it ended while it was being started
  | 'ERR_CC_TOO_MANY_CHANNELS';

const STATUS: Readonly<Record<GatewayControlErrorCode, number>> = {
  ERR_CC_STREAM_EXISTS: 409,
  ERR_CC_CHANNEL_UNKNOWN: 404,
  ERR_CC_STREAM_ID: 400,
  ERR_CC_REMOTE: 400,
  ERR_CC_CHANNEL_ENDED: 409,
  ERR_CC_TOO_MANY_CHANNELS: 503,
};

/** Makes an error of this plugin. */
export function ccError(code: GatewayControlErrorCode, message: string): SluiceError {
  return new SluiceError(code, message, { plugin: 'gateway-control', status: STATUS[code] });
}
