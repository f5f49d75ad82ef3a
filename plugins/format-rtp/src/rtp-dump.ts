import { Buffer } from 'node:buffer';
import { SluiceError } from '@sluice/core';
import { isRtcp } from './packet.js';

/** How an RTP dump begins. */
export interface RtpDumpHeader {
  /** Unix time of the first packet, milliseconds. */
  readonly startMs: number;
  /** Where packets came from: an IP address. */
  readonly address: string;
  readonly port: number;
  /** How they came. The format has no place for it: its padding is used, with the IP protocol's number. */
  readonly transport?: 'udp' | 'tcp';
}

/** One packet of a dump. */
export interface RtpDumpRecord {
  /** Arrival after the start, in whole milliseconds. */
  readonly offsetMs: number;
  /** An RTP or RTCP packet, without framing. */
  readonly bytes: Buffer;
}

/** A record as read. */
export interface ParsedRtpDumpRecord extends RtpDumpRecord {
  readonly isRtcp: boolean;
  /** The end was not recorded. */
  readonly truncated: boolean;
}

/** Where a parser's findings go. */
export interface RtpDumpSink {
  header(header: RtpDumpHeader): void;
  /** Bytes are a view. */
  record(record: ParsedRtpDumpRecord): void;
}

const MAGIC = '#!rtpplay1.0 ';
/** rtptools reads no longer lines. */
const MAX_LINE_BYTES = 80;
const HEADER_BYTES = 16;
const RECORD_HEAD_BYTES = 8;
const MAX_RECORD_BYTES = 0xffff;
const PROTOCOL = { udp: 17, tcp: 6 } as const;
const EMPTY = Buffer.alloc(0);

function fault(message: string): SluiceError {
  return new SluiceError('ERR_RTP_DUMP', message);
}

/** The beginning of a dump file, as rtpdump of rtptools writes it (`#!rtpplay1.0`). */
export function serializeRtpDumpHeader({ startMs, address, port, transport }: RtpDumpHeader): Buffer {
  const line = Buffer.from(`${MAGIC}${address}/${port}\n`);
  if (line.length > MAX_LINE_BYTES || /[\s/]/.test(address)) throw fault('no address for a dump');
  const fields = Buffer.alloc(HEADER_BYTES);
  fields.writeUInt32BE(Math.floor(startMs / 1000) >>> 0);
  fields.writeUInt32BE(Math.floor(startMs % 1000) * 1000, 4);
  const parts = /^\d{1,3}(\.\d{1,3}){3}$/.test(address) ? address.split('.').map(Number) : [];
  parts.forEach((part, i) => {
    fields[8 + i] = part;
  });
  fields.writeUInt16BE(port & 0xffff, 12);
  fields.writeUInt16BE(transport === undefined ? 0 : PROTOCOL[transport], 14);
  return Buffer.concat([line, fields]);
}

/** One record. A packet of more than 65527 bytes is cut, which its record says. */
export function serializeRtpDumpRecord({ offsetMs, bytes }: RtpDumpRecord): Buffer {
  const kept = Math.min(bytes.length, MAX_RECORD_BYTES - RECORD_HEAD_BYTES);
  const record = Buffer.allocUnsafe(RECORD_HEAD_BYTES + kept);
  record.writeUInt16BE(record.length);
  // 0 stands for RTCP.
  record.writeUInt16BE(isRtcp(bytes) ? 0 : Math.min(bytes.length, 0xffff), 2);
  record.writeUInt32BE(Math.max(0, Math.floor(offsetMs)) >>> 0, 4);
  bytes.copy(record, RECORD_HEAD_BYTES, 0, kept);
  return record;
}

/** Reads a dump file in chunks cut anywhere. Holds at most one record (64 KiB). */
export class RtpDumpParser {
  readonly #sink: RtpDumpSink;
  #rest: Buffer = EMPTY;
  #hasHeader = false;

  constructor(sink: RtpDumpSink) {
    this.#sink = sink;
  }

  /** Bytes of a record that is not whole yet; at the end of a file, of one that never will be. */
  get pending(): number {
    return this.#rest.length;
  }

  /** Takes the next bytes. Throws `ERR_RTP_DUMP` (fatal) for what is no dump. */
  push(chunk: Buffer): void {
    const data = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    if (!this.#hasHeader) {
      at = this.#header(data);
      if (at === 0) {
        this.#rest = Buffer.from(data);
        return;
      }
    }
    while (at + RECORD_HEAD_BYTES <= data.length) {
      const length = data.readUInt16BE(at);
      if (length < RECORD_HEAD_BYTES) throw new SluiceError('ERR_RTP_DUMP', `a record of ${length} bytes`, { fatal: true });
      if (at + length > data.length) break;
      this.#record(data.subarray(at, at + length));
      at += length;
    }
    this.#rest = at === data.length ? EMPTY : Buffer.from(data.subarray(at));
  }

  #record(record: Buffer): void {
    const bytes = record.subarray(RECORD_HEAD_BYTES);
    const packetBytes = record.readUInt16BE(2);
    this.#sink.record({ offsetMs: record.readUInt32BE(4), bytes, isRtcp: packetBytes === 0, truncated: packetBytes > bytes.length });
  }

  /** Answers where the first record begins; 0 where more is needed. */
  #header(data: Buffer): number {
    const end = data.indexOf(0x0a);
    const line = data.toString('latin1', 0, end < 0 ? Math.min(data.length, MAX_LINE_BYTES) : end);
    const match = /^#!rtpplay1\.0 ([^/\s]{1,64})\/(\d{1,5})\s*$/.exec(line);
    if (end < 0 ? data.length >= MAX_LINE_BYTES || !MAGIC.startsWith(line.slice(0, MAGIC.length)) : match === null) {
      throw new SluiceError('ERR_RTP_DUMP', 'no RTP dump: it does not begin with #!rtpplay1.0 ADDRESS/PORT', { fatal: true });
    }
    const at = end + 1;
    if (end < 0 || match === null || data.length < at + HEADER_BYTES) return 0;
    this.#hasHeader = true;
    const protocol = data.readUInt16BE(at + 14);
    const transport = protocol === PROTOCOL.tcp ? 'tcp' : protocol === PROTOCOL.udp ? 'udp' : undefined;
    this.#sink.header({
      startMs: data.readUInt32BE(at) * 1000 + Math.floor(data.readUInt32BE(at + 4) / 1000),
      address: match[1] as string,
      port: Number(match[2]),
      ...(transport === undefined ? undefined : { transport }),
    });
    return at + HEADER_BYTES;
  }
}
