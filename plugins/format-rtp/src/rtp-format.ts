import { SluiceError } from '@sluice/core';

/** What the payload of an RTP stream is, as SDP says it (RFC 8866 6.6 and 6.15). */
export interface RtpFormat {
  /** Upper case, in one spelling: H264, H265, MPEG4-GENERIC, MP4A-LATM, PCMA, PCMU, OPUS, MP2T, PS, … */
  readonly encoding: string;
  /** Hertz of the RTP time stamps. */
  readonly clockRate: number;
  readonly channels?: number;
  /** Parameters of `a=fmtp`, names in lower case, values as written. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** Other spellings in use. `AAC` is what GB/T 28181-2022 annex C writes for RFC 3640. */
const SPELLINGS: ReadonlyMap<string, string> = new Map([
  ['HEVC', 'H265'],
  ['MP2P', 'PS'],
  ['MPEG-PS', 'PS'],
  ['AAC', 'MPEG4-GENERIC'],
  ['G711A', 'PCMA'],
  ['G711U', 'PCMU'],
]);

const NARROW = new Set(['PCMA', 'PCMU', 'G722', 'G723', 'G729']);
const MAX_TEXT = 16 * 1024;
const MAX_PARAMETERS = 64;
const NONE: Readonly<Record<string, string>> = {};

/**
 * Parses the values of `a=rtpmap` (`H264/90000`, `OPUS/48000/2`) and `a=fmtp`. A payload type in front of either is skipped.
 * Throws `ERR_RTP_FORMAT` for an rtpmap that is none.
 */
export function parseRtpFormat(rtpmap: string, fmtp?: string): RtpFormat {
  const match = rtpmap.length > 256 ? null : /^(?:\d{1,3}\s+)?([\w.+-]+)(?:\/(\d{1,9})(?:\/(\d{1,3}))?)?\s*$/.exec(rtpmap.trim());
  if (match === null) throw new SluiceError('ERR_RTP_FORMAT', 'rtpmap is not ENCODING/CLOCK[/CHANNELS]');
  const spelled = (match[1] as string).toUpperCase();
  const encoding = SPELLINGS.get(spelled) ?? spelled;
  const clockRate = Number(match[2] ?? 0) || (NARROW.has(encoding) ? 8000 : 90_000);
  const channels = Number(match[3] ?? 0);
  return { encoding, clockRate, ...(channels > 0 ? { channels } : undefined), parameters: fmtp === undefined ? NONE : parseParameters(fmtp) };
}

function parseParameters(fmtp: string): Readonly<Record<string, string>> {
  const text = fmtp.slice(0, MAX_TEXT).replace(/^\s*\d{1,3}\s+/, '');
  const entries: [string, string][] = [];
  for (const part of text.split(';', MAX_PARAMETERS)) {
    const equals = part.indexOf('=');
    const name = (equals < 0 ? part : part.slice(0, equals)).trim().toLowerCase();
    if (name !== '') entries.push([name, equals < 0 ? '' : part.slice(equals + 1).trim()]);
  }
  return Object.fromEntries(entries);
}

const STATIC: ReadonlyMap<number, RtpFormat> = new Map([
  [0, { encoding: 'PCMU', clockRate: 8000, channels: 1, parameters: NONE }],
  [8, { encoding: 'PCMA', clockRate: 8000, channels: 1, parameters: NONE }],
  [33, { encoding: 'MP2T', clockRate: 90_000, parameters: NONE }],
]);

/** The format a payload type stands for without any SDP (RFC 3551 6); `undefined` for dynamic ones and those not known here. */
export function staticRtpFormat(payloadType: number): RtpFormat | undefined {
  return STATIC.get(payloadType);
}
