import { type Frame, type TrackKind, Unwrapper } from '@sluice/core';
import { PsFrames } from '@sluice/plugin-format-mpeg';
import type { RtpPacket } from '@sluice/plugin-format-rtp';
import type { PayloadCounts, PayloadInput, PayloadSink } from './payload-input.js';

/** MPEG-PS in RTP (GB/T 28181-2016 annex C). */
export class ProgramInput implements PayloadInput {
  readonly #ps: PsFrames;
  readonly #time = new Unwrapper(32);

  constructor(sink: PayloadSink, maxAccessUnitBytes: number) {
    this.#ps = new PsFrames({ frame: (frame: Frame) => sink.frame(frame), unsupported: (codec: string) => sink.unsupported(codec) }, { maxAccessUnitBytes });
  }

  get counts(): PayloadCounts {
    const { refused, skipped } = this.#ps.counts;
    return { damaged: this.#ps.demuxed.damaged, refused, skipped };
  }

  get announced(): readonly TrackKind[] {
    return this.#ps.announced;
  }

  get recognised(): boolean {
    return this.#ps.demuxed.packs > 0;
  }

  push(packet: RtpPacket): void {
    this.#ps.push(packet.payload, this.#time.unwrap(packet.timestamp));
    if (packet.marker) this.#ps.hint();
  }

  lost(): void {
    this.#ps.lost();
  }

  restart(): void {
    this.#ps.lost();
  }
}
