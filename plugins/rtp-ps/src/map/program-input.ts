import { type TrackKind, Unwrapper } from '@sluice/core';
import { PsFrames, TsFrames } from '@sluice/plugin-format-mpeg';
import type { RtpPacket } from '@sluice/plugin-format-rtp';
import type { PayloadCounts, PayloadInput, PayloadSink } from './payload-input.js';

/** MPEG-PS (GB/T 28181-2016 annex C) or MPEG-TS (RFC 2250) in RTP. */
export class ProgramInput implements PayloadInput {
  readonly #frames: PsFrames | TsFrames;
  readonly #time = new Unwrapper(32);

  constructor(encoding: 'PS' | 'MP2T', sink: PayloadSink, maxAccessUnitBytes: number) {
    const Frames = encoding === 'PS' ? PsFrames : TsFrames;
    this.#frames = new Frames(sink, { maxAccessUnitBytes });
  }

  get counts(): PayloadCounts {
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
}
