import { rtpPsError } from '../errors.js';

/** The number of ten digits, as RTP has it: leading zeros matter in text only. Throws `ERR_RTP_SSRC`. */
export function parseSsrc(text: string): number {
  const ssrc = /^\d{10}$/.test(text) ? Number(text) : Number.NaN;
  if (!(ssrc <= 0xffffffff)) throw rtpPsError('ERR_RTP_SSRC', `'${text.slice(0, 20)}' is no SSRC of ten digits`);
  return ssrc;
}

/** The ten digits of a number. */
export function formatSsrc(ssrc: number): string {
  return String(ssrc).padStart(10, '0');
}
