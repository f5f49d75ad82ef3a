import { parseRtpFormat, type RtpFormat, staticRtpFormat } from '@sluice/plugin-format-rtp';
import { parse } from 'sdp-transform';
import { defaultSdpLimits, type SdpLimits, tidySdp } from './sdp-lines.js';

/** A payload type of a media section and what it stands for. */
export interface SdpPayload {
  readonly payloadType: number;
  /** `undefined` for a dynamic type without `a=rtpmap`. */
  readonly format: RtpFormat | undefined;
}

/** `a=sendonly` and its like, as the describing side means it; `undefined` where it says nothing. */
export type SdpDirection = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

/** A media section. */
export interface SdpMedia {
  /** `video`, `audio`, `application`, … in lower case. */
  readonly kind: string;
  /** 0 where the transport is agreed otherwise, as it is in RTSP. */
  readonly port: number;
  /** `RTP/AVP`, … */
  readonly protocol: string;
  /** `a=control`, as written: an absolute URL, a relative one, or nothing. */
  readonly control: string;
  readonly direction: SdpDirection | undefined;
  /** In order of preference. */
  readonly formats: readonly SdpPayload[];
}

/** What Sluice uses of a session description. */
export interface SessionDescription {
  readonly name: string;
  /** `a=control` of the session, as written: `*`, a URL, or nothing. */
  readonly control: string;
  readonly media: readonly SdpMedia[];
}

type Parsed = ReturnType<typeof parse>;
type ParsedMedia = Parsed['media'][number];

/** Reads a session description as cameras write it (RFC 8866, RFC 2326 appendix C). Throws `ERR_RTSP_SDP`. */
export function parseSdp(text: string, limits: Partial<SdpLimits> = {}): SessionDescription {
  const { name, media, ...session } = parse(tidySdp(text, { ...defaultSdpLimits, ...limits }));
  // Some write a format's parameters below the last media section, whichever it belongs to.
  const allFmtp = media.flatMap(({ fmtp }) => fmtp);
  return { name: textOf(name), control: controlOf(session), media: media.map((section) => mediaOf(section, allFmtp)) };
}

function mediaOf(section: ParsedMedia, allFmtp: ParsedMedia['fmtp']): SdpMedia {
  return {
    kind: section.type,
    port: section.port,
    protocol: section.protocol,
    control: controlOf(section),
    direction: section.direction,
    formats: payloadTypesOf(section).map((payloadType) => ({ payloadType, format: formatOf(section, payloadType, allFmtp) })),
  };
}

/** Of the `m=` line; where that names none, of the `a=rtpmap` lines. */
function payloadTypesOf({ payloads, rtp }: ParsedMedia): readonly number[] {
  const listed = textOf(payloads).split(' ').filter(Boolean).map(Number);
  return listed.length > 0 ? listed : rtp.map(({ payload }) => payload);
}

function formatOf(section: ParsedMedia, payloadType: number, allFmtp: ParsedMedia['fmtp']): RtpFormat | undefined {
  const { rtp, fmtp } = section;
  const byType = ({ payload }: { readonly payload: number }) => payload === payloadType;
  const fixed = staticRtpFormat(payloadType);
  // Where there is one format only, whatever stands in the section is about it, even under another number.
  const alone = payloadTypesOf(section).length === 1;
  const map = rtp.find(byType) ?? (alone && rtp.length === 1 && fixed === undefined ? rtp[0] : undefined);
  if (map?.codec === undefined || map.codec === '') return fixed;
  const config = fmtp.find(byType) ?? (alone && fmtp.length === 1 ? fmtp[0] : undefined) ?? allFmtp.find(byType);
  const text = [map.codec, map.rate, map.encoding].filter((part) => part !== undefined).join('/');
  return readFormat(text, config === undefined ? undefined : textOf(config.config));
}

/** An `a=rtpmap` that cannot be read is none. */
function readFormat(rtpmap: string, fmtp: string | undefined): RtpFormat | undefined {
  try {
    return parseRtpFormat(rtpmap, fmtp);
  } catch {
    return undefined;
  }
}

function controlOf(section: object): string {
  return 'control' in section ? textOf(section.control) : '';
}

/** sdp-transform makes numbers of what looks like one. */
function textOf(value: unknown): string {
  return value === undefined || value === null ? '' : String(value).trim();
}
