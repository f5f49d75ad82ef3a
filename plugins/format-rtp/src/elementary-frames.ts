import { type CodecDescriptor, type Frame, type FrameBuilder, parametersOf, SluiceError, type Track, type TrackKind } from '@sluice/core';
import { parseAudioSpecificConfig } from '@sluice/plugin-codec-aac';
import { parseSps as parseH264Sps } from '@sluice/plugin-codec-h264';
import { parseSps as parseH265Sps } from '@sluice/plugin-codec-h265';
import { codecOf, trackOptions } from './codec-formats.js';
import { createDepacketizer } from './create-depacketizer.js';
import { DecodeTimes } from './decode-times.js';
import type { DepacketizedUnit, Depacketizer, DepacketizerSink } from './depacketizer.js';
import type { RtpPacket } from './packet.js';
import { RtpClock } from './rtp-clock.js';
import type { RtpFormat } from './rtp-format.js';
import type { RtpFrameCounts, RtpFrames, RtpFramesOptions, RtpFramesSink } from './rtp-frames.js';

/** Tracks by custom: 0 video, 1 audio. */
const TRACK_IDS: Readonly<Record<string, number>> = { video: 0, audio: 1 };
/** After a loss a key frame is waited for no longer than this: streams with intra refresh have none. */
const MAX_KEY_WAIT_S = 10;

/** An elementary stream in RTP (RFC 6184, 7798, 3640, 6416, 3551, 7587). After a loss pictures start again at a key frame. */
export class ElementaryFrames implements RtpFrames, DepacketizerSink {
  readonly keepsPackets = true;
  readonly announced: readonly TrackKind[];
  readonly #sink: RtpFramesSink;
  readonly #clock: RtpClock;
  readonly #clockRate: number;
  readonly #depacketizer: Depacketizer;
  readonly #builder: FrameBuilder;
  readonly #isVideo: boolean;
  readonly #decodeTimes: DecodeTimes;
  readonly #counts = { damaged: 0, refused: 0, skipped: 0 };
  #parameters: unknown;
  #reorderDepth = 0;
  #arrivedMs = 0;
  #waitsForKey = false;
  #waitsSince: number | undefined;

  private constructor(format: RtpFormat, codec: CodecDescriptor, depacketizer: Depacketizer, sink: RtpFramesSink, options: RtpFramesOptions) {
    const { clockRate } = format;
    this.#sink = sink;
    this.#clock = options.clock ?? new RtpClock(clockRate);
    this.#clockRate = clockRate;
    // A picture may come without sound, but a sound says nothing of a picture of another payload type.
    this.announced = codec.kind === 'video' ? ['video'] : [];
    this.#isVideo = codec.kind === 'video';
    this.#decodeTimes = new DecodeTimes(clockRate);
    this.#builder = codec.createBuilder({ trackId: options.trackId ?? TRACK_IDS[codec.kind] ?? 2, clockRate, ...trackOptions(format) });
    this.#depacketizer = depacketizer;
    // Where a description has the parameter sets, the first picture's decoding time is right already.
    if (this.#builder.track !== undefined) this.#learnOrder(this.#builder.track);
  }

  /** `undefined` where the format or its codec is not known here. Throws a codec error for parameters that cannot be read. */
  static create(format: RtpFormat, sink: RtpFramesSink, options: RtpFramesOptions): ElementaryFrames | undefined {
    let frames: ElementaryFrames | undefined;
    const units = { accessUnit: (unit: DepacketizedUnit) => frames?.accessUnit(unit), configuration: (config: Buffer) => frames?.configuration(config) };
    const codec = codecOf(format);
    const depacketizer = createDepacketizer(format, units, options);
    if (codec === undefined || depacketizer === undefined) return undefined;
    frames = new ElementaryFrames(format, codec, depacketizer, sink, options);
    return frames;
  }

  get counts(): RtpFrameCounts {
    const { damaged, malformed } = this.#depacketizer.counters;
    return { ...this.#counts, damaged: damaged + (this.#isVideo ? 0 : malformed) };
  }

  get recognised(): boolean {
    return this.#depacketizer.counters.accessUnits > 0;
  }

  push(packet: RtpPacket, arrivedMs: number): void {
    this.#arrivedMs = arrivedMs;
    this.#depacketizer.push(packet);
  }

  lost(): void {
    this.#depacketizer.lost();
    // What was missed may have been whole pictures.
    this.#waitForKey();
  }

  restart(): void {
    this.#depacketizer.reset();
    this.#clock.reset();
    this.#decodeTimes.reset();
    this.#waitForKey();
  }

  finish(): void {
    this.#depacketizer.finish();
  }

  configuration(config: Buffer): void {
    try {
      this.#builder.setParameters(parseAudioSpecificConfig(config));
    } catch (error) {
      this.#refuse(error);
    }
  }

  accessUnit(unit: DepacketizedUnit): void {
    if (!unit.complete && this.#isVideo) {
      this.#waitForKey();
      return;
    }
    const pts = this.#clock.timeOf(unit.timestamp, this.#arrivedMs, this.#isVideo);
    const dts = this.#isVideo ? this.#decodeTimes.next(pts, this.#reorderDepth) : pts;
    const wallClockMs = this.#clock.wallClockMs(unit.timestamp);
    let frame: Frame | undefined;
    try {
      frame = this.#builder.build(unit.units, dts, pts, wallClockMs);
    } catch (error) {
      this.#refuse(error);
      return;
    }
    if (frame === undefined) return;
    if (frame.track.parameters !== this.#parameters) this.#learnOrder(frame.track);
    if (this.#isVideo && !this.#mayShow(frame)) this.#counts.skipped++;
    else this.#sink.frame(frame);
  }

  /** A unit that is broken in itself ends nothing: the next one may be good. */
  #refuse(error: unknown): void {
    if (!(error instanceof SluiceError)) throw error;
    this.#counts.refused++;
    if (this.#isVideo) this.#waitForKey();
  }

  #waitForKey(): void {
    this.#waitsForKey = true;
    this.#waitsSince = undefined;
  }

  #mayShow(frame: Frame): boolean {
    if (!this.#waitsForKey) return true;
    this.#waitsSince ??= frame.dts;
    if (!frame.key && frame.dts - this.#waitsSince < MAX_KEY_WAIT_S * this.#clockRate) return false;
    this.#waitsForKey = false;
    return true;
  }

  /** How far the parameter sets say that pictures are reordered. */
  #learnOrder(track: Track): void {
    this.#parameters = track.parameters;
    try {
      const avc = parametersOf(track, 'h264')?.sps[0];
      const hevc = parametersOf(track, 'h265')?.sps[0];
      if (avc !== undefined) this.#reorderDepth = parseH264Sps(avc).vui?.maxReorderFrames ?? 0;
      else if (hevc !== undefined) this.#reorderDepth = parseH265Sps(hevc).maxReorderFrames;
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error;
    }
  }
}
