import { type Frame, rescale } from '@sluice/core';
import { PacketWriter } from './packet-writer.js';
import type { PacketizerOptions, RtpPacketizer, RtpPacketSink } from './packetizer.js';

/** What differs between payload formats: how a frame is laid out in packets. */
export interface PayloadLayout {
  /** Writes the packets of a frame with `writer.begin` and `writer.packet`; answers false where there is nothing to send. */
  write(frame: Frame, timestamp: number, writer: PacketWriter): boolean;
}

/** What all packetisers have in common: header fields, counts, time stamps. */
export class FramePacketizer implements RtpPacketizer {
  readonly encoding: string;
  readonly clockRate: number;
  readonly #layout: PayloadLayout;
  readonly #writer: PacketWriter;

  constructor(encoding: string, clockRate: number, layout: PayloadLayout, options: PacketizerOptions) {
    this.encoding = encoding;
    this.clockRate = clockRate;
    this.#layout = layout;
    this.#writer = new PacketWriter(options);
  }

  get payloadType(): number {
    return this.#writer.payloadType;
  }

  get ssrc(): number {
    return this.#writer.ssrc;
  }

  get sequence(): number {
    return this.#writer.sequence;
  }

  get packets(): number {
    return this.#writer.packets;
  }

  get octets(): number {
    return this.#writer.octets;
  }

  timestampAt(ticks: number, trackClockRate: number): number {
    return (rescale(ticks, trackClockRate, this.clockRate) + this.#writer.timestampOffset) >>> 0;
  }

  packetize(frame: Frame, out: RtpPacketSink): void {
    // Time stamps are those of presentation; decoding goes in the order of packets (RFC 6184 5.1).
    if (this.#layout.write(frame, this.timestampAt(frame.pts, frame.track.clockRate), this.#writer)) this.#writer.end(out);
  }
}
