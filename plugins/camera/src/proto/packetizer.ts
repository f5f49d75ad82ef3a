import type { Buffer } from 'node:buffer';
import { serializeRtp } from '@sluice/plugin-format-rtp';

/** Payload of an RTP packet: with its headers it fits a datagram of Ethernet. */
const MAX_PAYLOAD_BYTES = 1400;

/** Cuts what is sent at one time into RTP packets (GB/T 28181-2016 annex C: one timestamp, the marker on the last packet). */
export class PsPacketizer {
  readonly #ssrc: number;
  readonly #payloadType: number;
  #sequence: number;

  constructor(options: { readonly ssrc: number; readonly payloadType: number; readonly sequence: number }) {
    this.#ssrc = options.ssrc;
    this.#payloadType = options.payloadType;
    this.#sequence = options.sequence & 0xffff;
  }

  /** The packets of `bytes`; `timestamp` in ticks of 90 kHz, of any size. */
  packets(bytes: Buffer, timestamp: number): Buffer[] {
    const packets: Buffer[] = [];
    for (let at = 0; at < bytes.length; at += MAX_PAYLOAD_BYTES) {
      const payload = bytes.subarray(at, at + MAX_PAYLOAD_BYTES);
      const marker = at + payload.length === bytes.length;
      packets.push(
        serializeRtp({ marker, payloadType: this.#payloadType, sequence: this.#sequence, timestamp: timestamp % 2 ** 32, ssrc: this.#ssrc, payload }),
      );
      this.#sequence = (this.#sequence + 1) & 0xffff;
    }
    return packets;
  }
}
