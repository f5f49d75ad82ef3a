import type { Track } from '@sluice/core';
import type { RtpFormat } from './rtp-format.js';
import { rtpFormatOf } from './track-format.js';

/** What SDP says of a payload format, without payload type. */
export interface SdpFormat {
  /** Behind `a=rtpmap:N `. */
  readonly rtpmap: string;
  /** Behind `a=fmtp:N `, where there is anything to say. */
  readonly fmtp?: string;
  /** The payload type of RFC 3551 that stands for this format without more words. */
  readonly staticPayloadType?: number;
}

/** Encodings that are written in lower case in their RFC (RFC 3640 4.1, RFC 7587 7); names are compared without regard to case. */
const SPELLINGS: Readonly<Record<string, string>> = { 'MPEG4-GENERIC': 'mpeg4-generic', OPUS: 'opus' };

const STATIC: Readonly<Record<string, number>> = { 'PCMU/8000': 0, 'PCMA/8000': 8, 'MP2T/90000': 33 };

/** How SDP describes a track; `undefined` where no payload format is known for it. */
export function sdpFormat(track: Track): SdpFormat | undefined {
  const format = rtpFormatOf(track);
  return format === undefined ? undefined : serializeRtpFormat(format);
}

/** The values of `a=rtpmap` and `a=fmtp` for a format (RFC 8866 6.6, 6.15). */
export function serializeRtpFormat({ encoding, clockRate, channels, parameters }: RtpFormat): SdpFormat {
  const rtpmap = `${SPELLINGS[encoding] ?? encoding}/${clockRate}${channels === undefined || channels === 1 ? '' : `/${channels}`}`;
  const fmtp = Object.entries(parameters)
    .map(([name, value]) => (value === '' ? name : `${name}=${value}`))
    .join(';');
  const staticPayloadType = STATIC[rtpmap];
  return { rtpmap, ...(fmtp === '' ? {} : { fmtp }), ...(staticPayloadType === undefined ? {} : { staticPayloadType }) };
}
