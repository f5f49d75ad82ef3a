import type { Buffer } from 'node:buffer';
import { Slab } from '@sluice/core';
import { RTP_HEADER_BYTES } from './packet.js';
import { MAX_RTP_PAYLOAD, type PacketizerOptions, type RtpPacketSink } from './packetizer.js';

/** Room for the heads of all payload formats and some data. */
const LEAST_PAYLOAD = 64;
/** Lengths of packets are 16 bits in all framings. */
const MOST_PAYLOAD = 0xffff - RTP_HEADER_BYTES;

/** Writes the packets of one sender back to back, a frame at a time. What a frame takes must be known before. */
export class PacketWriter {
  readonly payloadType: number;
  readonly ssrc: number;
  readonly maxPayload: number;
  readonly timestampOffset: number;
  readonly #headroom: number;
  readonly #slab = new Slab();
  #sequence: number;
  #packets = 0;
  #octets = 0;
  #ends: number[] = [];
  #at = 0;
  /** The buffer under way: valid from `begin` to `end`. */
  bytes: Buffer = this.#slab.take(0);

  constructor(options: PacketizerOptions) {
    this.payloadType = options.payloadType & 0x7f;
    this.ssrc = options.ssrc >>> 0;
    this.maxPayload = Math.min(MOST_PAYLOAD, Math.max(LEAST_PAYLOAD, options.maxPayload ?? MAX_RTP_PAYLOAD));
    this.timestampOffset = options.timestampOffset ?? 0;
    this.#headroom = options.headroom ?? 0;
    this.#sequence = (options.sequence ?? 0) & 0xffff;
  }

  get sequence(): number {
    return this.#sequence;
  }

  get packets(): number {
    return this.#packets;
  }

  get octets(): number {
    return this.#octets;
  }

  /** Room for so many packets with so many bytes of payload together. */
  begin(packets: number, payloadBytes: number): void {
    this.bytes = this.#slab.take(packets * (this.#headroom + RTP_HEADER_BYTES) + payloadBytes);
    this.#ends = [];
    this.#at = 0;
  }

  /** Writes the header of the next packet (RFC 3550 5.1) and answers where in `bytes` its payload goes. */
  packet(payloadBytes: number, timestamp: number, marker: boolean): number {
    const { bytes } = this;
    const at = this.#at + this.#headroom;
    bytes[at] = 0x80;
    bytes[at + 1] = marker ? 0x80 | this.payloadType : this.payloadType;
    bytes.writeUInt16BE(this.#sequence, at + 2);
    bytes.writeUInt32BE(timestamp, at + 4);
    bytes.writeUInt32BE(this.ssrc, at + 8);
    this.#sequence = (this.#sequence + 1) & 0xffff;
    this.#packets++;
    this.#octets += payloadBytes;
    const payloadAt = at + RTP_HEADER_BYTES;
    this.#at = payloadAt + payloadBytes;
    this.#ends.push(this.#at);
    return payloadAt;
  }

  /** Hands out what was written since `begin`. */
  end(out: RtpPacketSink): void {
    out.append(this.bytes, this.#ends);
  }
}
