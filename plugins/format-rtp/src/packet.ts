import { SluiceError } from '@sluice/core';

/** Bytes of the fixed RTP header. */
export const RTP_HEADER_BYTES = 12;

/** An RTP packet (RFC 3550 5.1). Buffers are views of what was parsed. */
export interface RtpPacket {
  readonly marker: boolean;
  /** 0 to 127. */
  readonly payloadType: number;
  /** 16 bits. */
  readonly sequence: number;
  /** 32 bits, in ticks of the payload's clock. */
  readonly timestamp: number;
  readonly ssrc: number;
  readonly csrcs: readonly number[];
  readonly extension?: RtpExtension;
  /** Without padding. */
  readonly payload: Buffer;
}

/** Header extension (RFC 3550 5.3.1). */
export interface RtpExtension {
  readonly profile: number;
  /** A multiple of four bytes. */
  readonly data: Buffer;
}

/** Why bytes are no RTP packet. */
export type RtpFault = 'ERR_RTP_TRUNCATED' | 'ERR_RTP_VERSION' | 'ERR_RTP_PADDING';

const NO_CSRCS: readonly number[] = [];

const MESSAGES: Readonly<Record<RtpFault, string>> = {
  ERR_RTP_TRUNCATED: 'RTP packet shorter than its header says',
  ERR_RTP_VERSION: 'not RTP version 2',
  ERR_RTP_PADDING: 'RTP padding longer than the payload',
};

/** True where the bytes are RTCP by their packet type (RFC 5761 4: 192 to 223 is no RTP payload type with marker). */
export function isRtcp(bytes: Buffer): boolean {
  const type = bytes[1];
  return bytes.length >= 4 && type !== undefined && type >= 192 && type <= 223 && ((bytes[0] as number) & 0xc0) === 0x80;
}

/** Parses a packet without throwing, for ports that anybody can send to. Answers the fault instead. */
export function tryParseRtp(bytes: Buffer): RtpPacket | RtpFault {
  if (bytes.length < RTP_HEADER_BYTES) return 'ERR_RTP_TRUNCATED';
  const first = bytes[0] as number;
  if (first >> 6 !== 2) return 'ERR_RTP_VERSION';
  const csrcCount = first & 0x0f;
  let start = RTP_HEADER_BYTES + 4 * csrcCount;
  if (start > bytes.length) return 'ERR_RTP_TRUNCATED';
  let extension: RtpExtension | undefined;
  if (first & 0x10) {
    if (start + 4 > bytes.length) return 'ERR_RTP_TRUNCATED';
    const end = start + 4 + 4 * bytes.readUInt16BE(start + 2);
    if (end > bytes.length) return 'ERR_RTP_TRUNCATED';
    extension = { profile: bytes.readUInt16BE(start), data: bytes.subarray(start + 4, end) };
    start = end;
  }
  let end = bytes.length;
  // Zero is not a legal padding count (it counts itself), but senders that only set the bit mean no padding.
  if (first & 0x20) end -= bytes[end - 1] as number;
  if (end < start) return 'ERR_RTP_PADDING';
  const second = bytes[1] as number;
  const marker = second >> 7 === 1;
  const payloadType = second & 0x7f;
  const sequence = bytes.readUInt16BE(2);
  const timestamp = bytes.readUInt32BE(4);
  const ssrc = bytes.readUInt32BE(8);
  const csrcs = csrcCount === 0 ? NO_CSRCS : readCsrcs(bytes, csrcCount);
  const payload = bytes.subarray(start, end);
  // Two literals: this is done for each packet, and a spread is dear.
  if (extension === undefined) return { marker, payloadType, sequence, timestamp, ssrc, csrcs, payload };
  return { marker, payloadType, sequence, timestamp, ssrc, csrcs, extension, payload };
}

function readCsrcs(bytes: Buffer, count: number): number[] {
  const csrcs: number[] = [];
  for (let i = 0; i < count; i++) csrcs.push(bytes.readUInt32BE(RTP_HEADER_BYTES + 4 * i));
  return csrcs;
}

/** The packet with a payload of its own, where the buffer it was parsed from is to be overwritten. Without its extension. */
export function ownPacket({ marker, payloadType, sequence, timestamp, ssrc, csrcs, payload }: RtpPacket): RtpPacket {
  return { marker, payloadType, sequence, timestamp, ssrc, csrcs, payload: Buffer.from(payload) };
}

/** Parses a packet. Throws `ERR_RTP_TRUNCATED`, `ERR_RTP_VERSION` or `ERR_RTP_PADDING`. */
export function parseRtp(bytes: Buffer): RtpPacket {
  const packet = tryParseRtp(bytes);
  if (typeof packet === 'string') throw new SluiceError(packet, MESSAGES[packet]);
  return packet;
}

/** Serialises a packet without padding. Throws `ERR_RTP_FIELD` for more than 15 CSRCs or an extension that is no multiple of four bytes. */
export function serializeRtp(packet: Omit<RtpPacket, 'csrcs'> & { readonly csrcs?: readonly number[] }): Buffer {
  const csrcs = packet.csrcs ?? NO_CSRCS;
  const { extension, payload } = packet;
  if (csrcs.length > 15) throw new SluiceError('ERR_RTP_FIELD', 'more than 15 CSRCs');
  if (extension !== undefined && (extension.data.length % 4 !== 0 || extension.data.length > 4 * 0xffff))
    throw new SluiceError('ERR_RTP_FIELD', 'extension must be a multiple of 4 bytes');
  const extensionBytes = extension === undefined ? 0 : 4 + extension.data.length;
  const bytes = Buffer.allocUnsafe(RTP_HEADER_BYTES + 4 * csrcs.length + extensionBytes + payload.length);
  bytes[0] = 0x80 | (extension === undefined ? 0 : 0x10) | csrcs.length;
  bytes[1] = (packet.marker ? 0x80 : 0) | (packet.payloadType & 0x7f);
  bytes.writeUInt16BE(packet.sequence & 0xffff, 2);
  bytes.writeUInt32BE(packet.timestamp >>> 0, 4);
  bytes.writeUInt32BE(packet.ssrc >>> 0, 8);
  let at = RTP_HEADER_BYTES;
  for (const csrc of csrcs) at = bytes.writeUInt32BE(csrc >>> 0, at);
  if (extension !== undefined) {
    at = bytes.writeUInt16BE(extension.profile, at);
    at = bytes.writeUInt16BE(extension.data.length / 4, at);
    at += extension.data.copy(bytes, at);
  }
  payload.copy(bytes, at);
  return bytes;
}
