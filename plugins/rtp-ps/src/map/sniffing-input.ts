import type { TrackKind } from '@sluice/core';
import {
  codecOf,
  parseRtpFormat,
  type RtpFormat,
  type RtpFrameCounts,
  type RtpFrames,
  type RtpPacket,
  type SniffedPayload,
  sniffRtpPayload,
} from '@sluice/plugin-format-rtp';
import { PayloadSniffer } from '../proto/payload-sniffer.js';
import type { PayloadSink } from './payload-input.js';

const NOTHING: RtpFrameCounts = { damaged: 0, refused: 0, skipped: 0 };
/** Packets kept until it is known what they are. */
const MAX_HELD = 32;
const FORMATS: Readonly<Record<Exclude<SniffedPayload, 'hikvision-private'>, RtpFormat>> = {
  ps: parseRtpFormat('PS/90000'),
  ts: parseRtpFormat('MP2T/90000'),
  h264: parseRtpFormat('H264/90000'),
  h265: parseRtpFormat('H265/90000'),
};

/** Whether a packet is plainly something else than its sender said. Of sound nothing can be seen. */
export function contradicts(format: RtpFormat, payload: Buffer): boolean {
  if (codecOf(format)?.kind === 'audio') return false;
  const seen = sniffRtpPayload(payload);
  return seen !== undefined && seen !== format.encoding.toLowerCase();
}

/** A payload that nothing was told of, or that is told to be a program stream, which devices say of anything: what it is shows in the packets. */
export class SniffingInput implements RtpFrames {
  readonly #sink: PayloadSink;
  readonly #create: (format: RtpFormat) => RtpFrames | undefined;
  #sniffer: PayloadSniffer | undefined = new PayloadSniffer();
  #held: { readonly packet: RtpPacket; readonly atMs: number }[] = [];
  #input: RtpFrames | undefined;

  constructor(sink: PayloadSink, create: (format: RtpFormat) => RtpFrames | undefined) {
    this.#sink = sink;
    this.#create = create;
  }

  get counts(): RtpFrameCounts {
    return this.#input?.counts ?? NOTHING;
  }

  get announced(): readonly TrackKind[] {
    return this.#input?.announced ?? [];
  }

  get recognised(): boolean {
    return this.#input?.recognised ?? this.#sniffer === undefined;
  }

  get keepsPackets(): boolean {
    return this.#input?.keepsPackets ?? true;
  }

  push(packet: RtpPacket, atMs: number): void {
    if (this.#input !== undefined) this.#input.push(packet, atMs);
    else if (this.#sniffer !== undefined) this.#look(this.#sniffer, packet, atMs);
  }

  /** It was said what it is. Counts where it is not known yet and no packet speaks against it. */
  told(format: RtpFormat): void {
    if (this.#sniffer === undefined || this.#held.some(({ packet }) => contradicts(format, packet.payload))) return;
    this.#settle(format);
  }

  lost(): void {
    this.#held = [];
    this.#input?.lost();
  }

  restart(): void {
    // The next sender may send something else.
    this.#held = [];
    if (this.#input !== undefined) this.#input.restart();
    else this.#sniffer = new PayloadSniffer();
  }

  finish(): void {
    this.#input?.finish();
  }

  #look(sniffer: PayloadSniffer, packet: RtpPacket, atMs: number): void {
    this.#held.push({ packet, atMs });
    if (this.#held.length > MAX_HELD) this.#held.shift();
    const seen = sniffer.look(packet.payload);
    if (seen === undefined) return;
    if (seen !== 'hikvision-private') {
      this.#settle(FORMATS[seen]);
      return;
    }
    this.#sniffer = undefined;
    this.#held = [];
    this.#sink.privatePayload(packet);
  }

  #settle(format: RtpFormat): void {
    this.#sniffer = undefined;
    const held = this.#held;
    this.#held = [];
    this.#input = this.#create(format);
    for (const { packet: earlier, atMs: earlierMs } of held) this.#input?.push(earlier, earlierMs);
  }
}
