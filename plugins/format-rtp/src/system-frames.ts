import { type TrackKind, Unwrapper } from '@sluice/core';
import type { RtpPacket } from './packet.js';
import type { RtpFrameCounts, RtpFrames, RtpFramesOptions, RtpFramesSink } from './rtp-frames.js';

/** Makes frames of a stream of bytes that has tracks and times of its own. `PsFrames` and `TsFrames` of format-mpeg are such. */
export interface SystemDemuxer {
  readonly counts: { readonly refused: number; readonly skipped: number };
  readonly demuxed: { readonly damaged: number; readonly packs?: number; readonly packets?: number };
  readonly announced: readonly TrackKind[];
  /** The next bytes; `fallbackTicks` is the time of the packet, in 90 kHz, for bytes that tell none. */
  push(bytes: Buffer, fallbackTicks: number): void;
  /** Bytes are missing before the next ones. */
  lost(): void;
  /** The last bytes ended a picture, says the marker. */
  hint(): void;
  finish(): void;
}

/** By encoding: PS, MP2T. */
export type SystemDemuxers = Readonly<Record<string, new (sink: RtpFramesSink, options: { readonly maxAccessUnitBytes?: number }) => SystemDemuxer>>;

/** MPEG-PS (GB/T 28181-2016 annex C) or MPEG-TS (RFC 2250 2) in RTP: payloads are the bytes of one stream. */
export class SystemFrames implements RtpFrames {
  readonly keepsPackets = false;
  readonly #demuxer: SystemDemuxer;
  readonly #time = new Unwrapper(32);

  private constructor(demuxer: SystemDemuxer) {
    this.#demuxer = demuxer;
  }

  /** `undefined` where nobody gave a demuxer for the encoding. */
  static create(encoding: string, sink: RtpFramesSink, { demuxers, maxAccessUnitBytes }: RtpFramesOptions): SystemFrames | undefined {
    const Demuxer = demuxers?.[encoding];
    return Demuxer === undefined ? undefined : new SystemFrames(new Demuxer(sink, maxAccessUnitBytes === undefined ? {} : { maxAccessUnitBytes }));
  }

  get counts(): RtpFrameCounts {
    const { refused, skipped } = this.#demuxer.counts;
    return { damaged: this.#demuxer.demuxed.damaged, refused, skipped };
  }

  get announced(): readonly TrackKind[] {
    return this.#demuxer.announced;
  }

  get recognised(): boolean {
    const { packs = 0, packets = 0 } = this.#demuxer.demuxed;
    return packs + packets > 0;
  }

  push(packet: RtpPacket): void {
    this.#demuxer.push(packet.payload, this.#time.unwrap(packet.timestamp));
    if (packet.marker) this.#demuxer.hint();
  }

  lost(): void {
    this.#demuxer.lost();
  }

  restart(): void {
    this.#demuxer.lost();
  }

  finish(): void {
    this.#demuxer.finish();
  }
}
