import { SluiceError } from '@sluice/core';

/** Codes of this plugin's errors. */
export type RtpPsErrorCode =
  | 'ERR_RTP_SSRC' // not ten digits of a 32-bit number
  | 'ERR_RTP_SSRC_BUSY' // somebody else receives it
  | 'ERR_RTP_SSRC_EXHAUSTED' // all of a domain are in use
  | 'ERR_RTP_TRANSPORT' // not offered
  | 'ERR_RTP_NOT_LISTENING'
  | 'ERR_RTP_ENDED'; // ended before the first frame

const STATUS: Readonly<Partial<Record<RtpPsErrorCode, number>>> = {
  ERR_RTP_SSRC: 400,
  ERR_RTP_SSRC_BUSY: 409,
  ERR_RTP_SSRC_EXHAUSTED: 503,
  ERR_RTP_TRANSPORT: 501,
  ERR_RTP_NOT_LISTENING: 503,
  ERR_RTP_ENDED: 504,
};

/** Makes an error of this plugin. */
export function rtpPsError(code: RtpPsErrorCode, message: string): SluiceError {
  const status = STATUS[code];
  return new SluiceError(code, message, status === undefined ? { plugin: 'rtp-ps' } : { plugin: 'rtp-ps', status });
}
