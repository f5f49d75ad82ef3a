import { SluiceError } from '@sluice/core';

/** Where deframed packets go. */
export interface DeframerSink {
  /** One RTP or RTCP packet: a view of the chunk, or of a buffer of its own where it spans chunks. */
  packet(packet: Buffer): void;
  /** Framing was lost here and found again: `skipped` bytes were given up. */
  resynced(skipped: number): void;
}

/** Limits of a deframer. */
export interface DeframerOptions {
  /** Largest packet in bytes; larger is taken as lost framing. Default 65535. */
  readonly maxPacketBytes?: number;
  /** Bytes searched for the next packet after framing was lost. Default 256 KiB. */
  readonly maxResyncBytes?: number;
}

/** Length field, or `$`, channel and length, then as much of an RTP header as is checked. */
const HEAD_BYTES = 16;
const MIN_PACKET_BYTES = 8;
const RTP_HEADER_BYTES = 12;
const DOLLAR = 0x24;
const MORE = -1;
const BAD = -2;
/** Framing lost so often without one good packet between: it is no such stream. */
const MAX_RESYNCS_IN_ROW = 32;
const EMPTY = Buffer.alloc(0);
/** Hikvision's EHOME puts so many bytes in front of the first packets, beginning with 01 00 01. */
const EHOME_HEADER_BYTES = 256;
const EHOME_PACKETS = 3;
const CARRIAGE_RETURN = 0x0d;

/**
 * Cuts a TCP byte stream into packets: RFC 4571 (two bytes of length), and RTSP's `$` framing (RFC 2326 10.12) where a sender uses it,
 * either behind the private header of EHOME.
 * Devices under congestion drop parts of frames; once the SSRC is told by `expect`, framing is found again by it.
 */
export class Rfc4571Deframer {
  readonly #sink: DeframerSink;
  readonly #maxPacketBytes: number;
  readonly #maxResyncBytes: number;
  readonly #head = Buffer.alloc(HEAD_BYTES);
  #headLength = 0;
  /** The packet being put together from several chunks. */
  #partial: Buffer | undefined;
  #filled = 0;
  #ssrc: Buffer | undefined;
  #payloadType = 0;
  /** End of the last chunk while searching; `undefined` in sync. */
  #searched: Buffer | undefined;
  #skipped = 0;
  #resyncsInRow = 0;
  /** Bytes of an EHOME header that are still to come. */
  #headerLeft = 0;
  #isEhome = false;
  #headers = 0;
  #packets = 0;
  /** Bytes still to be read, the first ones last: what a torn packet took for its payload is read again. */
  readonly #inputs: Buffer[] = [];

  constructor(sink: DeframerSink, options: DeframerOptions = {}) {
    this.#sink = sink;
    this.#maxPacketBytes = Math.min(options.maxPacketBytes ?? 0xffff, 0xffff);
    this.#maxResyncBytes = options.maxResyncBytes ?? 256 * 1024;
  }

  /** Tells what good packets look like: needed to find them again. */
  expect(ssrc: number, payloadType: number): void {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(ssrc >>> 0);
    this.#ssrc = bytes;
    this.#payloadType = payloadType;
  }

  /** Takes the next bytes. Throws `ERR_RTP_DESYNC` (fatal) where framing is lost for good. */
  push(chunk: Buffer): void {
    this.#inputs.push(chunk);
    for (let data = this.#inputs.pop(); data !== undefined; data = this.#inputs.pop()) {
      for (let offset = 0; offset < data.length; ) {
        if (this.#headerLeft > 0) offset = this.#skipHeader(data, offset);
        else if (this.#searched !== undefined) offset = this.#search(this.#searched, data, offset);
        else if (this.#partial !== undefined) offset = this.#fill(this.#partial, data, offset);
        else if (this.#headLength > 0) offset = this.#continueHead(data, offset);
        else offset = this.#next(data, offset);
      }
    }
  }

  /** A packet that begins in this chunk. */
  #next(chunk: Buffer, offset: number): number {
    const prefix = this.#checkHead(chunk, offset, chunk.length);
    if (prefix === BAD) {
      if (!this.#enterEhome(chunk, offset)) this.#lose();
      return offset;
    }
    if (prefix !== MORE) {
      const start = offset + prefix;
      const end = start + chunk.readUInt16BE(start - 2);
      if (end <= chunk.length) return this.#emit(chunk.subarray(start, end), chunk, end);
      this.#partial = Buffer.allocUnsafe(end - start);
      this.#filled = chunk.copy(this.#partial, 0, start);
      return chunk.length;
    }
    this.#headLength = chunk.copy(this.#head, 0, offset);
    return chunk.length;
  }

  /** A head whose first bytes came in an earlier chunk; at most HEAD_BYTES, one by one. */
  #continueHead(chunk: Buffer, offset: number): number {
    this.#head[this.#headLength++] = chunk[offset] as number;
    const have = this.#headLength;
    const prefix = this.#checkHead(this.#head, 0, have);
    if (prefix === MORE) return offset + 1;
    this.#headLength = 0;
    if (prefix === BAD) {
      if (!this.#enterEhome(this.#head, 0)) this.#lose();
      return this.#readFirst(Buffer.from(this.#head.subarray(0, have)), chunk, offset + 1);
    }
    const packet = Buffer.allocUnsafe(this.#head.readUInt16BE(prefix - 2));
    if (packet.length === 0) return offset + 1;
    this.#filled = this.#head.copy(packet, 0, prefix, have);
    this.#partial = packet;
    return offset + 1;
  }

  #enterEhome(bytes: Buffer, offset: number): boolean {
    if (this.#packets >= EHOME_PACKETS || this.#headers >= EHOME_PACKETS || bytes[offset] !== 1 || bytes[offset + 1] !== 0 || bytes[offset + 2] === 0)
      return false;
    this.#isEhome = true;
    this.#headers++;
    this.#headerLeft = EHOME_HEADER_BYTES;
    return true;
  }

  #skipHeader(chunk: Buffer, offset: number): number {
    const skipped = Math.min(this.#headerLeft, chunk.length - offset);
    this.#headerLeft -= skipped;
    return offset + skipped;
  }

  #fill(packet: Buffer, chunk: Buffer, offset: number): number {
    const copied = chunk.copy(packet, this.#filled, offset, offset + packet.length - this.#filled);
    this.#filled += copied;
    if (this.#filled < packet.length) return offset + copied;
    this.#partial = undefined;
    return this.#emit(packet, chunk, offset + copied);
  }

  /** Bytes in front of the packet, or MORE, or BAD. */
  #checkHead(bytes: Buffer, offset: number, end: number): number {
    const have = end - offset;
    if (have < 3) return have === 2 && bytes.readUInt16BE(offset) === 0 ? 2 : MORE;
    // `$`, channel, length: the third byte is the length's first half. In RFC 4571 it is the packet's first, with version 2 in front.
    const prefix = bytes[offset] === DOLLAR && ((bytes[offset + 2] as number) & 0xc0) !== 0x80 ? 4 : 2;
    if (have < prefix) return MORE;
    const length = bytes.readUInt16BE(offset + prefix - 2);
    if (length === 0) return prefix; // RFC 4571 2: a null packet
    if (length < MIN_PACKET_BYTES || length > this.#maxPacketBytes) return BAD;
    const start = offset + prefix;
    if (have < prefix + 2) return MORE;
    if (((bytes[start] as number) & 0xc0) !== 0x80) return BAD;
    return this.#isPlausible(bytes[start + 1] as number) ? prefix : this.#checkSsrc(bytes, start, end, length, prefix);
  }

  /** By the second byte: nothing is known yet, or it is RTCP or the payload type that was told. */
  #isPlausible(second: number): boolean {
    return this.#ssrc === undefined || (second & 0x7f) === this.#payloadType || (second >= 200 && second <= 206);
  }

  /** Another payload type (sound beside the picture) is good with the same SSRC. */
  #checkSsrc(bytes: Buffer, start: number, end: number, length: number, prefix: number): number {
    if (length < RTP_HEADER_BYTES) return BAD;
    if (end < start + RTP_HEADER_BYTES) return MORE;
    return this.#ssrc?.compare(bytes, start + 8, start + RTP_HEADER_BYTES) === 0 ? prefix : BAD;
  }

  /** A whole packet; the next one begins at `end` of `chunk`. */
  #emit(packet: Buffer, chunk: Buffer, end: number): number {
    if (packet.length === 0) return end;
    if (!this.#isFollowed(packet, chunk, end) && this.#isTorn(packet)) {
      // A part of this packet was never sent: others begin inside what was taken for its payload.
      this.#lose();
      return this.#readFirst(packet.subarray(1), chunk, end);
    }
    this.#resyncsInRow = 0;
    this.#packets++;
    this.#sink.packet(this.#isEhome ? withoutReturn(packet) : packet);
    return end;
  }

  /** Reads `first`, then `chunk` from `offset` on. */
  #readFirst(first: Buffer, chunk: Buffer, offset: number): number {
    this.#inputs.push(chunk.subarray(offset), first);
    return chunk.length;
  }

  /** True where the packet after this one is there and is the next of the same sender: nothing was swallowed. */
  #isFollowed(packet: Buffer, chunk: Buffer, end: number): boolean {
    const ssrc = this.#ssrc;
    const start = end + (chunk[end] === DOLLAR && ((chunk[end + 2] ?? 0x80) & 0xc0) !== 0x80 ? 4 : 2);
    if (ssrc === undefined || start + RTP_HEADER_BYTES > chunk.length || ((chunk[start] as number) & 0xc0) !== 0x80) return false;
    const sequence = ((chunk[start + 2] as number) << 8) | (chunk[start + 3] as number);
    const expected = ((((packet[2] as number) << 8) | (packet[3] as number)) + 1) & 0xffff;
    if (sequence !== expected) return false;
    for (let i = 0; i < 4; i++) if (chunk[start + 8 + i] !== ssrc[i]) return false;
    return true;
  }

  /** True where another packet of the same sender begins inside this one. */
  #isTorn(packet: Buffer): boolean {
    if (this.#ssrc === undefined || packet.length < 2 * RTP_HEADER_BYTES) return false;
    const sequence = packet.readUInt16BE(2);
    for (let at = packet.indexOf(this.#ssrc, 22); at >= 0; at = packet.indexOf(this.#ssrc, at + 1)) {
      const ahead = (packet.readUInt16BE(at - 6) - sequence) & 0xffff;
      if (this.#isStart(packet, at - 8) && ahead > 0 && ahead <= 64) return true;
    }
    return false;
  }

  #isStart(bytes: Buffer, start: number): boolean {
    return start >= 2 && ((bytes[start] as number) & 0xc0) === 0x80 && ((bytes[start + 1] as number) & 0x7f) === this.#payloadType;
  }

  #lose(): void {
    if (this.#ssrc === undefined || ++this.#resyncsInRow > MAX_RESYNCS_IN_ROW) {
      throw new SluiceError('ERR_RTP_DESYNC', 'the TCP stream is not framed RTP', { fatal: true });
    }
    this.#headLength = 0;
    this.#partial = undefined;
    this.#searched = EMPTY;
  }

  /** Looks for the next good packet. */
  #search(before: Buffer, chunk: Buffer, offset: number): number {
    const bytes = chunk.subarray(offset);
    const data = before.length === 0 ? bytes : Buffer.concat([before, bytes]);
    const ssrc = this.#ssrc ?? EMPTY;
    for (let at = data.indexOf(ssrc, 10); at >= 0; at = data.indexOf(ssrc, at + 1)) {
      const start = at - 8;
      const length = data.readUInt16BE(start - 2);
      if (!this.#isStart(data, start) || length < RTP_HEADER_BYTES || length > this.#maxPacketBytes) continue;
      const prefix = start >= 4 && data[start - 4] === DOLLAR ? 4 : 2;
      this.#searched = undefined;
      this.#sink.resynced(this.#skipped + start - prefix - before.length);
      this.#skipped = 0;
      this.#inputs.push(data.subarray(start - prefix));
      return chunk.length;
    }
    this.#skipped += bytes.length;
    if (this.#skipped > this.#maxResyncBytes) {
      throw new SluiceError('ERR_RTP_DESYNC', `no RTP packet found again in ${this.#skipped} bytes`, { fatal: true });
    }
    this.#searched = Buffer.from(data.subarray(Math.max(0, data.length - HEAD_BYTES)));
    return chunk.length;
  }
}

/** EHOME senders put a carriage return between the RTP header and the payload. */
function withoutReturn(packet: Buffer): Buffer {
  if (packet[RTP_HEADER_BYTES] !== CARRIAGE_RETURN) return packet;
  return Buffer.concat([packet.subarray(0, RTP_HEADER_BYTES), packet.subarray(RTP_HEADER_BYTES + 1)]);
}
