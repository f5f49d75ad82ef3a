import { SluiceError } from '@sluice/core';

/** Codes of this plugin's errors. */
export type RtpPsErrorCode =
  | 'ERR_RTP_SSRC' // not ten digits of a 32-bit number
  | 'ERR_RTP_SSRC_BUSY' // somebody else receives it
  | 'ERR_RTP_SSRC_EXHAUSTED' // all of a domain are in use
  | 'ERR_RTP_TRANSPORT' // not how this one receives
  | 'ERR_RTP_NO_PORT' // none of portRange is free
  | 'ERR_RTP_CONNECT' // the sender cannot be connected to
  | 'ERR_RTP_PAYLOAD' // payloadMap or sdp cannot be read
  | 'ERR_RTP_PUBLISH' // publishing failed
  | 'ERR_RTP_NOT_LISTENING'
  | 'ERR_RTP_ENDED'; // ended before the first frame

const STATUS: Readonly<Partial<Record<RtpPsErrorCode, number>>> = {
  ERR_RTP_SSRC: 400,
  ERR_RTP_SSRC_BUSY: 409,
  ERR_RTP_SSRC_EXHAUSTED: 503,
  ERR_RTP_TRANSPORT: 400,
  ERR_RTP_NO_PORT: 503,
  ERR_RTP_CONNECT: 502,
  ERR_RTP_PAYLOAD: 400,
  ERR_RTP_NOT_LISTENING: 503,
  ERR_RTP_ENDED: 504,
};

/** Makes an error of this plugin. */
export function rtpPsError(code: RtpPsErrorCode, message: string, cause?: unknown): SluiceError {
  const status = STATUS[code];
  return new SluiceError(code, message, { plugin: 'rtp-ps', ...(status === undefined ? {} : { status }), ...(cause === undefined ? {} : { cause }) });
}
