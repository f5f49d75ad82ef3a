import { type CodecDescriptor, type Frame, type FrameBuilder, SluiceError } from '@sluice/core';
import { aac } from '@sluice/plugin-codec-aac';
import { g711a, g711u } from '@sluice/plugin-codec-g711';
import { h264 } from '@sluice/plugin-codec-h264';
import { h265 } from '@sluice/plugin-codec-h265';
import type { AccessUnit } from './access-unit.js';

/** Clock of all tracks of a program or transport stream, sound too. */
export const PS_CLOCK_RATE = 90_000;

/** Tracks by custom: 0 video, 1 audio. */
const TRACK_IDS = { video: 0, audio: 1 } as const;
/** After a loss a key frame is waited for no longer than this: streams with intra refresh have none. */
const MAX_KEY_WAIT_TICKS = 10 * PS_CLOCK_RATE;

/** Where frames go. */
export interface ProgramFramesSink {
  frame(frame: Frame): void;
  /** The stream has media that no codec here knows. Told once for each codec. */
  unsupported(codec: string): void;
}

/** How access units are made into frames. */
export interface ProgramFramesOptions {
  /** Codecs known. Default: H.264, H.265, AAC, G.711. */
  readonly codecs?: readonly CodecDescriptor[];
}

/** What was left out, beside what the demuxer counts. */
export interface ProgramFrameCounts {
  /** Access units a codec could not read. */
  refused: number;
  /** Pictures between a loss and the next key frame. */
  skipped: number;
}

interface Builder {
  readonly streamId: number;
  readonly codec: string;
  readonly builder: FrameBuilder;
}

/** Access units in, frames of the first video and the first audio stream out. After a loss pictures start again at a key frame. */
export class ProgramFrames {
  readonly counts: ProgramFrameCounts = { refused: 0, skipped: 0 };
  readonly #sink: ProgramFramesSink;
  readonly #codecs = new Map<string, CodecDescriptor>();
  readonly #unsupported = new Set<string>();
  #video: Builder | undefined;
  #audio: Builder | undefined;
  /** Damage that was acted on. */
  #damaged = 0;
  #waitsForKey = false;
  #waitsSince: number | undefined;

  constructor(sink: ProgramFramesSink, options: ProgramFramesOptions = {}) {
    this.#sink = sink;
    for (const codec of options.codecs ?? [h264, h265, aac, g711a, g711u]) this.#codecs.set(codec.name, codec);
  }

  /** The codec of a name, where it is known here. */
  codec(name: string): CodecDescriptor | undefined {
    return this.#codecs.get(name);
  }

  waitForKey(): void {
    this.#waitsForKey = true;
    this.#waitsSince = undefined;
  }

  /** What the demuxer counts as damaged by now: where that is more than before, pictures wait for a key frame. */
  damage(count: number): void {
    if (count === this.#damaged) return;
    this.#damaged = count;
    this.waitForKey();
  }

  accessUnit(unit: AccessUnit): void {
    const builder = this.#builderFor(unit);
    if (builder === undefined) return;
    let frame: Frame | undefined;
    try {
      frame = builder.build(unit.units, unit.dts, unit.pts);
    } catch (error) {
      // A unit that is broken in itself ends nothing: the next one may be good.
      if (!(error instanceof SluiceError)) throw error;
      this.counts.refused++;
      if (unit.kind === 'video') this.waitForKey();
      return;
    }
    if (frame === undefined) return;
    if (unit.kind === 'video' && !this.#mayShow(frame)) this.counts.skipped++;
    else this.#sink.frame(frame);
  }

  #mayShow(frame: Frame): boolean {
    if (!this.#waitsForKey) return true;
    this.#waitsSince ??= frame.dts;
    if (!frame.key && frame.dts - this.#waitsSince < MAX_KEY_WAIT_TICKS) return false;
    this.#waitsForKey = false;
    return true;
  }

  #builderFor(unit: AccessUnit): FrameBuilder | undefined {
    const current = unit.kind === 'video' ? this.#video : this.#audio;
    if (current !== undefined && (current.codec === unit.codec || current.streamId !== unit.streamId)) {
      return current.streamId === unit.streamId ? current.builder : undefined;
    }
    const descriptor = this.#codecs.get(unit.codec);
    if (descriptor === undefined || descriptor.kind !== unit.kind) {
      if (!this.#unsupported.has(unit.codec)) this.#sink.unsupported(unit.codec);
      this.#unsupported.add(unit.codec);
      return undefined;
    }
    const builder = descriptor.createBuilder({ trackId: TRACK_IDS[unit.kind], clockRate: PS_CLOCK_RATE });
    const made: Builder = { streamId: unit.streamId, codec: unit.codec, builder };
    if (unit.kind === 'video') this.#video = made;
    else this.#audio = made;
    return builder;
  }
}
