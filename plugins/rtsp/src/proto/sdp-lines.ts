import { rtspError } from '../errors.js';

/** Limits of a session description. */
export interface SdpLimits {
  /** Longest text in characters. Default 128 Ki. */
  readonly maxCharacters: number;
  /** Longest line that is looked at. Default 16 Ki: parameter sets of large pictures. */
  readonly maxLineCharacters: number;
  /** Most media sections. Default 64. */
  readonly maxMedia: number;
  /** Most formats of a media section; more are not looked at. Default 64. */
  readonly maxFormats: number;
}

/** The defaults. */
export const defaultSdpLimits: SdpLimits = { maxCharacters: 128 * 1024, maxLineCharacters: 16 * 1024, maxMedia: 64, maxFormats: 64 };

// What is not listed is left out: cameras write `o=`, `c=`, `b=` and attributes of their own in ways that no grammar knows, and none of it is needed.
const ATTRIBUTE = /^(rtpmap|fmtp|control|range|sendonly|recvonly|sendrecv|inactive)(?::(.*))?$/i;
// What follows the kind begins with something else, or an endless word would be parted in every way there is.
const MEDIA = /^([\w.-]+)(?:[^\w.\s-]\S*)?\s+-?(\d{1,5})\S*\s+(\S+)\s*(.*)$/;
// `a=fmtp: 96 x`, `a=rtpmap:96  H264/90000`, and an id of less than nought.
const NUMBERED = /^\s*(-?\d{1,4})\s+(.*)$/;
const MEDIA_OF_NO_USE = 'm=unknown 0 RTP/AVP ';

function attributeLine(value: string): string | undefined {
  const [, name, rest] = ATTRIBUTE.exec(value) ?? [];
  if (name === undefined) return undefined;
  const key = name.toLowerCase();
  if (rest === undefined) return key === 'rtpmap' || key === 'fmtp' ? undefined : `a=${key}`;
  if (key !== 'rtpmap' && key !== 'fmtp') return `a=${key}:${rest.trim()}`;
  const [, id, text = ''] = NUMBERED.exec(rest) ?? [];
  return id === undefined ? undefined : `a=${key}:${Math.abs(Number(id))} ${text}`;
}

/** `m=application/TP-LINK 0 RTP/AVP smart/1/90000` is an application without payload types. */
function mediaLine(value: string, limits: SdpLimits): string {
  const [, kind, port, protocol, payloads = ''] = MEDIA.exec(value) ?? [];
  if (kind === undefined) return MEDIA_OF_NO_USE;
  const types = payloads
    .split(/\s+/)
    .slice(0, limits.maxFormats)
    .filter((text) => /^\d{1,3}$/.test(text));
  return `m=${kind.toLowerCase().replaceAll(/\W/g, '_')} ${port} ${protocol?.replaceAll(/[^\w/]/g, '_')} ${types.join(' ')}`;
}

/**
 * The lines of a session description that Sluice uses, in the form RFC 8866 gives them: whatever the line ends, the order, blanks, a byte order mark or what
 * stands in the lines not used. Throws `ERR_RTSP_SDP` where nothing looks like a description or a limit is passed.
 */
export function tidySdp(text: string, limits: SdpLimits): string {
  if (text.length > limits.maxCharacters) throw rtspError('ERR_RTSP_SDP', `session description of ${text.length} characters`);
  const tidied: string[] = [];
  let known = 0;
  let media = 0;
  for (const line of text.split(/[\r\n\0]+/)) {
    const [, type, value = ''] = /^[\s\uFEFF]*([a-z])=(.*)$/.exec(line.slice(0, limits.maxLineCharacters).replaceAll('\t', ' ')) ?? [];
    if (type === undefined) continue;
    known++;
    if (type === 'm') {
      if (++media > limits.maxMedia) throw rtspError('ERR_RTSP_SDP', `more than ${limits.maxMedia} media`);
      tidied.push(mediaLine(value.trim(), limits));
    } else if (type === 's' && media === 0) tidied.push(`s=${value.trim()}`);
    else if (type === 'a') {
      const attribute = attributeLine(value.trim());
      if (attribute !== undefined) tidied.push(attribute);
    }
  }
  if (known === 0) throw rtspError('ERR_RTSP_SDP', 'no session description');
  return tidied.join('\r\n');
}
