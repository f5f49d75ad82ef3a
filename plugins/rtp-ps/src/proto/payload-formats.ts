import { messageOf, SluiceError } from '@sluice/core';
import { parseRtpFormat, type RtpFormat } from '@sluice/plugin-format-rtp';
import { rtpPsError } from '../errors.js';
import type { ToldPayloads } from '../service.js';

/** What payload types are, as far as told. */
export type PayloadFormats = ReadonlyMap<number, RtpFormat>;

/** Where formats are told, the first one that knows a payload type wins. */
export interface FormatSources {
  readonly payloadMap?: Readonly<Record<string, string>>;
  readonly sdp?: string;
  /** What the sender said, of which what cannot be read is left out. */
  readonly told?: ToldPayloads;
  /** `rtp-ps.payloadMap`. */
  readonly fallbackMap: Readonly<Record<string, string>>;
}

const MAX_SDP = 64 * 1024;
const MAX_LINES = 512;
const MAX_TYPES = 64;

/** Collects the formats. Throws `ERR_RTP_PAYLOAD` for a map or an SDP that cannot be read, but for what the sender told. */
export function payloadFormats({ payloadMap, sdp, told, fallbackMap }: FormatSources): PayloadFormats {
  const formats = new Map<number, RtpFormat>();
  const described = sdp === undefined ? undefined : readSdp(sdp);
  // A map may say the encoding alone; the parameters are in the SDP then.
  for (const [type, rtpmap] of Object.entries(payloadMap ?? {})) add(formats, type, rtpmap, described?.fmtp.get(type));
  for (const [type, rtpmap] of described?.rtpmap ?? []) add(formats, type, rtpmap, described?.fmtp.get(type));
  if (told !== undefined) for (const [type, format] of toldFormats(told)) if (!formats.has(type)) formats.set(type, format);
  for (const [type, rtpmap] of Object.entries(fallbackMap)) add(formats, type, rtpmap, undefined);
  return formats;
}

/** What a sender said of its payload types, as far as it can be read. */
export function toldFormats({ payloadMap, sdp }: ToldPayloads): PayloadFormats {
  const formats = new Map<number, RtpFormat>();
  const described = sdp === undefined ? undefined : readSdp(sdp.slice(0, MAX_SDP));
  for (const [type, rtpmap] of [...Object.entries(payloadMap ?? {}), ...(described?.rtpmap ?? [])]) {
    try {
      add(formats, type, rtpmap, described?.fmtp.get(type));
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error;
    }
  }
  return formats;
}

function add(formats: Map<number, RtpFormat>, type: string, rtpmap: string, fmtp: string | undefined): void {
  const payloadType = /^\d{1,3}$/.test(type) ? Number(type) : Number.NaN;
  if (!(payloadType <= 127)) throw rtpPsError('ERR_RTP_PAYLOAD', `'${type.slice(0, 20)}' is no payload type (0 to 127)`);
  if (formats.has(payloadType) || formats.size >= MAX_TYPES) return;
  try {
    formats.set(payloadType, parseRtpFormat(rtpmap, fmtp));
  } catch (error) {
    throw rtpPsError('ERR_RTP_PAYLOAD', `payload type ${type}: ${messageOf(error)}`, error);
  }
}

interface Described {
  readonly rtpmap: Map<string, string>;
  readonly fmtp: Map<string, string>;
}

/** The `a=rtpmap` and `a=fmtp` lines (RFC 8866 6.6, 6.15). Line ends may be any that devices send. */
function readSdp(sdp: string): Described {
  if (sdp.length > MAX_SDP) throw rtpPsError('ERR_RTP_PAYLOAD', `an SDP of ${sdp.length} characters is too long`);
  const found: Described = { rtpmap: new Map(), fmtp: new Map() };
  for (const line of sdp.split(/[\r\n]+/, MAX_LINES)) {
    const [, name, type, value] = /^\s*a=(rtpmap|fmtp):\s*(\d{1,3})\s+(.+)$/.exec(line) ?? [];
    if (type === undefined || value === undefined) continue;
    const into = name === 'rtpmap' ? found.rtpmap : found.fmtp;
    if (!into.has(type)) into.set(type, value.trim());
  }
  return found;
}
