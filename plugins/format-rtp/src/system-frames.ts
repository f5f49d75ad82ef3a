import { type TrackKind, Unwrapper } from '@sluice/core';
import type { RtpPacket } from './packet.js';
import type { RtpFrameCounts, RtpFrames, RtpFramesOptions, RtpFramesSink, SystemDemuxer } from './rtp-frames.js';

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
