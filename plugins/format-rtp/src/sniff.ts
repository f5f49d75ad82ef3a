/** What the payload of an RTP packet looks like. */
export type SniffedPayload = 'ps' | 'ts' | 'h264' | 'h265' | 'hikvision-private';

const TS_PACKET_BYTES = 188;
/** `IMKH`: how Hikvision's own format begins. */
const HIKVISION_MAGIC = 0x494d4b48;

/**
 * Guesses what a payload is, where no SDP says so, or says it wrong. Only the first packet of a picture or key frame can be told for sure;
 * `undefined` for one in the middle: ask again with the next.
 */
export function sniffRtpPayload(payload: Buffer): SniffedPayload | undefined {
  if (payload.length < 4) return undefined;
  const word = payload.readUInt32BE(0);
  if (word === HIKVISION_MAGIC) return 'hikvision-private';
  // A pack, or any other start code of a system stream: NAL unit headers are below 0x80.
  if (word >>> 8 === 1 && (word & 0xff) >= 0xb9) return 'ps';
  if (isTransportStream(payload)) return 'ts';
  if (word === 1) return payload.length > 5 ? sniffNal(payload.subarray(4)) : undefined;
  if (word >>> 8 === 1) return sniffNal(payload.subarray(3));
  return sniffNal(payload);
}

function isTransportStream(payload: Buffer): boolean {
  if (payload[0] !== 0x47 || payload.length < TS_PACKET_BYTES || payload.length % TS_PACKET_BYTES !== 0) return false;
  for (let at = TS_PACKET_BYTES; at < payload.length; at += TS_PACKET_BYTES) if (payload[at] !== 0x47) return false;
  return true;
}

function sniffNal(payload: Buffer): 'h264' | 'h265' | undefined {
  if (looksLikeH265(payload)) return 'h265';
  return looksLikeH264(payload) ? 'h264' : undefined;
}

/** Layer 0 and temporal id 0 to 2; parameter sets, key frames, fragments and aggregates of such, and first slices. */
function looksLikeH265(payload: Buffer): boolean {
  const first = payload[0] as number;
  const second = payload[1] as number;
  if ((first & 0x81) !== 0 || second < 1 || second > 3) return false;
  const type = first >> 1;
  // AP: the size of its first unit must fit. FU: the type it carries.
  if (type === 48) return payload.length > 6 && payload.readUInt16BE(2) <= payload.length - 4 && isH265Type((payload[4] as number) >> 1, payload[6] ?? 0);
  if (type === 49) return isH265Type((payload[2] as number) & 0x3f, 0x80);
  return isH265Type(type, payload[2] as number);
}

function isH265Type(type: number, third: number): boolean {
  if (type <= 1 || (type >= 16 && type <= 21)) return (third & 0x80) !== 0;
  return (type >= 32 && type <= 35) || type === 39;
}

function looksLikeH264(payload: Buffer): boolean {
  const first = payload[0] as number;
  const second = payload[1] as number;
  if ((first & 0x80) !== 0) return false;
  const type = first & 0x1f;
  if (type === 24) return payload.length > 4 && payload.readUInt16BE(1) <= payload.length - 3 && isH264Type(payload[3] as number, payload[4] as number);
  // S or neither, never with the reserved bit.
  if (type === 28) return (first & 0x60) !== 0 && (second & 0x20) === 0 && ((second & 0x1f) === 5 || (second & 0x1f) === 1);
  return isH264Type(first, second);
}

/** By nal_ref_idc too: it must not be 0 for parameter sets and IDR, and must be for delimiters and SEI (ITU-T H.264 7.4.1). */
function isH264Type(first: number, second: number): boolean {
  const isReference = (first & 0x60) !== 0;
  switch (first & 0x1f) {
    case 1:
      return (second & 0x80) !== 0;
    case 5:
      return isReference && (second & 0x80) !== 0;
    case 7:
      return isReference && second >= 44;
    case 8:
      return isReference && (second & 0x80) !== 0;
    case 6:
    case 9:
      return !isReference;
    default:
      return false;
  }
}
