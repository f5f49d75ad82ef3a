import { type TrackKind, Unwrapper } from '@sluice/core';
import { PsFrames, TsFrames } from '@sluice/plugin-format-mpeg';
import type { RtpPacket } from './packet.js';
import type { RtpFrameCounts, RtpFrames, RtpFramesOptions, RtpFramesSink } from './rtp-frames.js';

/** MPEG-PS (GB/T 28181-2016 annex C) or MPEG-TS (RFC 2250 2) in RTP: payloads are the bytes of a stream that has times of its own. */
export class SystemFrames implements RtpFrames {
  readonly #frames: PsFrames | TsFrames;
  readonly #time = new Unwrapper(32);

  constructor(encoding: 'PS' | 'MP2T', sink: RtpFramesSink, { maxAccessUnitBytes }: RtpFramesOptions) {
    const Frames = encoding === 'PS' ? PsFrames : TsFrames;
    this.#frames = new Frames(sink, maxAccessUnitBytes === undefined ? {} : { maxAccessUnitBytes });
  }

  get counts(): RtpFrameCounts {
    const { refused, skipped } = this.#frames.counts;
    return { damaged: this.#frames.demuxed.damaged, refused, skipped };
  }

  get announced(): readonly TrackKind[] {
    return this.#frames.announced;
  }

  get recognised(): boolean {
    const { demuxed } = this.#frames;
    return ('packs' in demuxed ? demuxed.packs : demuxed.packets) > 0;
  }

  push(packet: RtpPacket): void {
    this.#frames.push(packet.payload, this.#time.unwrap(packet.timestamp));
    if (packet.marker) this.#frames.hint();
  }

  lost(): void {
    this.#frames.lost();
  }

  restart(): void {
    this.#frames.lost();
  }

  finish(): void {
    this.#frames.finish();
  }
}
