import { SluiceError } from '@sluice/core';

/** One reception report (RFC 3550 6.4.1). */
export interface RtcpReportBlock {
  /** Whose packets this is about. */
  readonly ssrc: number;
  /** Since the last report, in 256ths. */
  readonly fractionLost: number;
  /** Signed 24 bits: expected less received, duplicates counted as received. */
  readonly cumulativeLost: number;
  /** Extended: wraps in the upper 16 bits. */
  readonly highestSequence: number;
  /** In ticks of the RTP clock. */
  readonly jitter: number;
  /** Middle 32 bits of the last sender report's NTP time; 0 for none. */
  readonly lastSenderReport: number;
  /** Since that report came, in 1/65536 s. */
  readonly delaySinceLastSenderReport: number;
}

/** Type 200 (RFC 3550 6.4.1). */
export interface RtcpSenderReport {
  readonly type: 'sender-report';
  readonly ssrc: number;
  /** 64 bits, seconds since 1900 in the upper half. */
  readonly ntpTimestamp: bigint;
  readonly rtpTimestamp: number;
  readonly packetCount: number;
  readonly octetCount: number;
  readonly reports: readonly RtcpReportBlock[];
}

/** Type 201 (RFC 3550 6.4.2). */
export interface RtcpReceiverReport {
  readonly type: 'receiver-report';
  readonly ssrc: number;
  readonly reports: readonly RtcpReportBlock[];
}

/** What a source says of itself (RFC 3550 6.5). */
export interface RtcpDescribedSource {
  readonly ssrc: number;
  /** By item type: 1 CNAME, 2 NAME, 6 TOOL, … */
  readonly items: readonly { readonly type: number; readonly text: string }[];
}

/** Type 202. */
export interface RtcpSourceDescription {
  readonly type: 'source-description';
  readonly sources: readonly RtcpDescribedSource[];
}

/** Type 203 (RFC 3550 6.6). */
export interface RtcpGoodbye {
  readonly type: 'goodbye';
  readonly ssrcs: readonly number[];
  readonly reason?: string;
}

/** Any other type. */
export interface RtcpOther {
  readonly type: 'other';
  readonly packetType: number;
  /** Count or subtype, 5 bits. */
  readonly count: number;
  /** Behind the four bytes of header; a view. */
  readonly body: Buffer;
}

/** One packet of a compound. */
export type RtcpPacket = RtcpSenderReport | RtcpReceiverReport | RtcpSourceDescription | RtcpGoodbye | RtcpOther;

const SENDER_REPORT = 200;
const RECEIVER_REPORT = 201;
const SOURCE_DESCRIPTION = 202;
const GOODBYE = 203;
const BLOCK_BYTES = 24;
const SENDER_INFO_BYTES = 24;

function fault(message: string): SluiceError {
  return new SluiceError('ERR_RTP_RTCP', message);
}

/** Parses a compound packet (RFC 3550 6.1). Throws `ERR_RTP_RTCP` where any part of it is broken. */
export function parseRtcp(bytes: Buffer): RtcpPacket[] {
  const packets: RtcpPacket[] = [];
  for (let at = 0; at < bytes.length; ) {
    if (at + 4 > bytes.length) throw fault('an RTCP header that is cut');
    const first = bytes[at] as number;
    if (first >> 6 !== 2) throw fault('not RTCP version 2');
    const end = at + 4 * (bytes.readUInt16BE(at + 2) + 1);
    if (end > bytes.length) throw fault('an RTCP packet longer than its datagram');
    const padding = first & 0x20 ? (bytes[end - 1] as number) : 0;
    if (at + 4 + padding > end) throw fault('RTCP padding longer than its packet');
    packets.push(parseBody(bytes[at + 1] as number, first & 0x1f, bytes.subarray(at + 4, end - padding)));
    at = end;
  }
  return packets;
}

function parseBody(packetType: number, count: number, body: Buffer): RtcpPacket {
  switch (packetType) {
    case SENDER_REPORT:
      return parseSenderReport(count, body);
    case RECEIVER_REPORT:
      need(body, 4 + BLOCK_BYTES * count);
      return { type: 'receiver-report', ssrc: body.readUInt32BE(0), reports: parseBlocks(body, 4, count) };
    case SOURCE_DESCRIPTION:
      return { type: 'source-description', sources: parseSources(body, count) };
    case GOODBYE:
      return parseGoodbye(count, body);
    default:
      return { type: 'other', packetType, count, body };
  }
}

function need(body: Buffer, length: number): void {
  if (body.length < length) throw fault('an RTCP packet shorter than its count says');
}

function parseSenderReport(count: number, body: Buffer): RtcpSenderReport {
  need(body, SENDER_INFO_BYTES + BLOCK_BYTES * count);
  return {
    type: 'sender-report',
    ssrc: body.readUInt32BE(0),
    ntpTimestamp: body.readBigUInt64BE(4),
    rtpTimestamp: body.readUInt32BE(12),
    packetCount: body.readUInt32BE(16),
    octetCount: body.readUInt32BE(20),
    reports: parseBlocks(body, SENDER_INFO_BYTES, count),
  };
}

function parseBlocks(body: Buffer, offset: number, count: number): RtcpReportBlock[] {
  return Array.from({ length: count }, (_, i) => {
    const at = offset + BLOCK_BYTES * i;
    return {
      ssrc: body.readUInt32BE(at),
      fractionLost: body[at + 4] as number,
      cumulativeLost: body.readIntBE(at + 5, 3),
      highestSequence: body.readUInt32BE(at + 8),
      jitter: body.readUInt32BE(at + 12),
      lastSenderReport: body.readUInt32BE(at + 16),
      delaySinceLastSenderReport: body.readUInt32BE(at + 20),
    };
  });
}

function parseSources(body: Buffer, count: number): RtcpDescribedSource[] {
  const sources: RtcpDescribedSource[] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    need(body, at + 4);
    const ssrc = body.readUInt32BE(at);
    const items: { type: number; text: string }[] = [];
    at += 4;
    while (at < body.length && body[at] !== 0) {
      need(body, at + 2);
      const end = at + 2 + (body[at + 1] as number);
      need(body, end);
      items.push({ type: body[at] as number, text: body.toString('utf8', at + 2, end) });
      at = end;
    }
    // The list ends with a null item and goes on at the next multiple of four.
    at = (at + 4) & ~3;
    sources.push({ ssrc, items });
  }
  return sources;
}

function parseGoodbye(count: number, body: Buffer): RtcpGoodbye {
  need(body, 4 * count);
  const ssrcs = Array.from({ length: count }, (_, i) => body.readUInt32BE(4 * i));
  const at = 4 * count;
  if (body.length <= at) return { type: 'goodbye', ssrcs };
  const end = at + 1 + (body[at] as number);
  need(body, end);
  return { type: 'goodbye', ssrcs, reason: body.toString('utf8', at + 1, end) };
}

function header(count: number, packetType: number, bodyBytes: number): Buffer {
  if (count > 31) throw new SluiceError('ERR_RTP_FIELD', 'an RTCP packet holds at most 31 entries');
  const bytes = Buffer.alloc(4 + bodyBytes);
  bytes[0] = 0x80 | count;
  bytes[1] = packetType;
  bytes.writeUInt16BE(bodyBytes / 4, 2);
  return bytes;
}

function writeBlocks(bytes: Buffer, offset: number, reports: readonly RtcpReportBlock[]): void {
  reports.forEach((report, i) => {
    const at = offset + BLOCK_BYTES * i;
    bytes.writeUInt32BE(report.ssrc >>> 0, at);
    bytes[at + 4] = report.fractionLost;
    // 24 bits, and no further (RFC 3550 A.3).
    bytes.writeIntBE(Math.max(-0x800000, Math.min(0x7fffff, report.cumulativeLost)), at + 5, 3);
    bytes.writeUInt32BE(report.highestSequence >>> 0, at + 8);
    bytes.writeUInt32BE(Math.min(0xffffffff, Math.floor(report.jitter)), at + 12);
    bytes.writeUInt32BE(report.lastSenderReport >>> 0, at + 16);
    bytes.writeUInt32BE(report.delaySinceLastSenderReport >>> 0, at + 20);
  });
}

/** A sender report. Throws `ERR_RTP_FIELD` for more than 31 reports. */
export function serializeSenderReport(report: Omit<RtcpSenderReport, 'type'>): Buffer {
  const bytes = header(report.reports.length, SENDER_REPORT, SENDER_INFO_BYTES + BLOCK_BYTES * report.reports.length);
  bytes.writeUInt32BE(report.ssrc >>> 0, 4);
  bytes.writeBigUInt64BE(report.ntpTimestamp, 8);
  bytes.writeUInt32BE(report.rtpTimestamp >>> 0, 16);
  bytes.writeUInt32BE(report.packetCount >>> 0, 20);
  bytes.writeUInt32BE(report.octetCount >>> 0, 24);
  writeBlocks(bytes, 28, report.reports);
  return bytes;
}

/** A receiver report. Throws `ERR_RTP_FIELD` for more than 31 reports. */
export function serializeReceiverReport(report: Omit<RtcpReceiverReport, 'type'>): Buffer {
  const bytes = header(report.reports.length, RECEIVER_REPORT, 4 + BLOCK_BYTES * report.reports.length);
  bytes.writeUInt32BE(report.ssrc >>> 0, 4);
  writeBlocks(bytes, 8, report.reports);
  return bytes;
}

/** A source description. To be sent behind a report, with a CNAME (RFC 3550 6.1). Texts are cut at 255 bytes. */
export function serializeSourceDescription(sources: readonly RtcpDescribedSource[]): Buffer {
  const chunks = sources.map(({ ssrc, items }) => {
    const texts = items.map(({ type, text }) => {
      const data = Buffer.from(text).subarray(0, 255);
      return Buffer.concat([Buffer.from([type, data.length]), data]);
    });
    const length = 4 + texts.reduce((sum, text) => sum + text.length, 0);
    const chunk = Buffer.alloc((length + 4) & ~3);
    chunk.writeUInt32BE(ssrc >>> 0);
    Buffer.concat(texts).copy(chunk, 4);
    return chunk;
  });
  const body = Buffer.concat(chunks);
  const bytes = header(sources.length, SOURCE_DESCRIPTION, body.length);
  body.copy(bytes, 4);
  return bytes;
}

/** A goodbye. The reason is cut at 255 bytes. */
export function serializeGoodbye(ssrcs: readonly number[], reason?: string): Buffer {
  const text = Buffer.from(reason ?? '').subarray(0, 255);
  const reasonBytes = reason === undefined ? 0 : (text.length + 4) & ~3;
  const bytes = header(ssrcs.length, GOODBYE, 4 * ssrcs.length + reasonBytes);
  ssrcs.forEach((ssrc, i) => {
    bytes.writeUInt32BE(ssrc >>> 0, 4 + 4 * i);
  });
  if (reason !== undefined) {
    bytes[4 + 4 * ssrcs.length] = text.length;
    text.copy(bytes, 5 + 4 * ssrcs.length);
  }
  return bytes;
}

/** Seconds from 1900 to 1970. */
const NTP_OFFSET_SECONDS = 2_208_988_800n;

/** Milliseconds since 1970 as a 64-bit NTP time. */
export function ntpFromUnixMs(unixMs: number): bigint {
  const whole = BigInt(Math.floor(unixMs));
  return ((whole / 1000n + NTP_OFFSET_SECONDS) << 32n) | (((whole % 1000n) << 32n) / 1000n);
}

/** A 64-bit NTP time as milliseconds since 1970, rounded. */
export function unixMsFromNtp(ntp: bigint): number {
  return Number(((ntp >> 32n) - NTP_OFFSET_SECONDS) * 1000n + (((ntp & 0xffffffffn) * 1000n + 0x80000000n) >> 32n));
}
