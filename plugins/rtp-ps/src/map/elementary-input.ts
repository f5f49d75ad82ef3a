import { type CodecDescriptor, type Frame, type FrameBuilder, parametersOf, rescale, SluiceError, type TrackKind, Unwrapper } from '@sluice/core';
import { parseAudioSpecificConfig } from '@sluice/plugin-codec-aac';
import { parseSps as parseH264Sps } from '@sluice/plugin-codec-h264';
import { parseSps as parseH265Sps } from '@sluice/plugin-codec-h265';
import { createDepacketizer, type DepacketizedUnit, type Depacketizer, type DepacketizerSink, type RtpFormat, type RtpPacket } from '@sluice/plugin-format-rtp';
import { rtpPsError } from '../errors.js';
import { DecodeTimes } from '../proto/decode-times.js';
import type { WallClock } from '../proto/wall-clock.js';
import { codecOf, trackOptions } from './codec-formats.js';
import type { PayloadCounts, PayloadInput, PayloadSink } from './payload-input.js';

/** Tracks by custom: 0 video, 1 audio. */
const TRACK_IDS: Readonly<Record<string, number>> = { video: 0, audio: 1 };
/** After a loss a key frame is waited for no longer than this: streams with intra refresh have none. */
const MAX_KEY_WAIT_S = 10;

/** What an elementary input needs beside its format. */
export interface ElementaryOptions {
  readonly maxAccessUnitBytes: number;
  readonly wallClock: WallClock;
}

/** An elementary stream in RTP (RFC 6184, 7798, 3640, 6416, 3551). After a loss pictures start again at a key frame. */
export class ElementaryInput implements PayloadInput, DepacketizerSink {
  readonly announced: readonly TrackKind[];
  readonly #format: RtpFormat;
  readonly #sink: PayloadSink;
  readonly #options: ElementaryOptions;
  readonly #depacketizer: Depacketizer;
  readonly #builder: FrameBuilder;
  readonly #isVideo: boolean;
  readonly #time = new Unwrapper(32);
  readonly #decodeTimes: DecodeTimes;
  readonly #counts = { damaged: 0, refused: 0, skipped: 0 };
  #parameters: unknown;
  #reorderDepth = 0;
  /** Where time 0 of the receiver is, in ticks of the RTP clock; told by the first packet. */
  #origin: number | undefined;
  #lastTimestamp = -1;
  #atMs = 0;
  #waitsForKey = false;
  #waitsSince: number | undefined;

  private constructor(format: RtpFormat, codec: CodecDescriptor, sink: PayloadSink, options: ElementaryOptions) {
    this.#format = format;
    this.#sink = sink;
    this.#options = options;
    // A picture may come without sound, but a sound says nothing of a picture of another payload type.
    this.announced = codec.kind === 'video' ? ['video'] : [];
    this.#isVideo = codec.kind === 'video';
    this.#decodeTimes = new DecodeTimes(format.clockRate);
    const track = { trackId: TRACK_IDS[codec.kind] ?? 2, clockRate: format.clockRate };
    this.#builder = codec.createBuilder({ ...track, ...trackOptions(format) });
    const depacketizer = createDepacketizer(format, this, { maxAccessUnitBytes: options.maxAccessUnitBytes });
    if (depacketizer === undefined) throw rtpPsError('ERR_RTP_PAYLOAD', `no depacketizer for ${format.encoding}`);
    this.#depacketizer = depacketizer;
  }

  /** An input for the format, or `undefined` where it is not known here. Throws a codec error for parameters that cannot be read. */
  static create(format: RtpFormat, sink: PayloadSink, options: ElementaryOptions): ElementaryInput | undefined {
    const codec = codecOf(format);
    return codec === undefined ? undefined : new ElementaryInput(format, codec, sink, options);
  }

  get counts(): PayloadCounts {
    const { damaged, malformed } = this.#depacketizer.counters;
    return { ...this.#counts, damaged: damaged + (this.#isVideo ? 0 : malformed) };
  }

  get recognised(): boolean {
    return this.#depacketizer.counters.accessUnits > 0;
  }

  push(packet: RtpPacket, atMs: number): void {
    this.#atMs = atMs;
    this.#depacketizer.push(packet);
  }

  lost(): void {
    this.#depacketizer.lost();
    // What was missed may have been whole pictures.
    this.#waitForKey();
  }

  restart(): void {
    this.#depacketizer.reset();
    this.#time.reset();
    this.#decodeTimes.reset();
    this.#origin = undefined;
    this.#waitForKey();
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
    const pts = this.#timeOf(unit.timestamp);
    const dts = this.#isVideo ? this.#decodeTimes.next(pts, this.#reorderDepth) : pts;
    const wallClockMs = this.#options.wallClock.at(unit.timestamp, this.#format.clockRate);
    let frame: Frame | undefined;
    try {
      frame = this.#builder.build(unit.units, dts, pts, wallClockMs);
    } catch (error) {
      this.#refuse(error);
      return;
    }
    if (frame === undefined) return;
    if (frame.track.parameters !== this.#parameters) this.#learnOrder(frame);
    if (this.#isVideo && !this.#mayShow(frame)) this.#counts.skipped++;
    else this.#sink.frame(frame);
  }

  /** RTP times begin anywhere (RFC 3550 5.1): the first unit is put where it came. */
  #timeOf(timestamp: number): number {
    const arrival = rescale(this.#atMs, 1000, this.#format.clockRate);
    const ticks = this.#time.unwrap(timestamp);
    // A sender whose clock stands still: arrival says more.
    const stands = this.#isVideo && timestamp === this.#lastTimestamp;
    this.#lastTimestamp = timestamp;
    this.#origin ??= ticks - arrival;
    return stands ? arrival : ticks - this.#origin;
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
    if (!frame.key && frame.dts - this.#waitsSince < MAX_KEY_WAIT_S * this.#format.clockRate) return false;
    this.#waitsForKey = false;
    return true;
  }

  /** How far the parameter sets say that pictures are reordered. */
  #learnOrder({ track }: Frame): void {
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
