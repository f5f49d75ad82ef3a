import type { Buffer } from 'node:buffer';
import { type Frame, type FrameBuilder, OutOfBytesError, SluiceError, type Track, type TrackKind, Unwrapper } from '@sluice/core';
import { splitLengthPrefixed } from '@sluice/plugin-codec-nal';
import type { Amf0Limits } from './amf0-parse.js';
import type { Amf0Value } from './amf0-value.js';
import { flvError } from './errors.js';
import type { FlvMapping } from './mapping.js';
import { flvMappings } from './mappings.js';
import { kindsInMetadata, parseFlvMetadata } from './metadata.js';
import { FlvTagType } from './tag.js';
import { type FlvTagHead, parseAudioHead, parseVideoHead } from './tag-head.js';

/** Ticks per second of the tracks made here. */
const CLOCK_RATE = 1000;
const TRACK_IDS = { video: 0, audio: 1 } as const;
/** Larger script tags are not read: they are seek tables of files. */
const MAX_SCRIPT_BYTES = 1 << 20;

/** What the parser tells beside frames. */
export interface FlvTagParserOptions {
  /** Default `flvMappings`. */
  readonly mappings?: readonly FlvMapping[];
  readonly amf0?: Amf0Limits;
  /** A sequence header made a track known, or changed it. */
  readonly onTrack?: (track: Track) => void;
  /** Metadata came; `kinds` are those it announces. */
  readonly onMetadata?: (metadata: Amf0Value, kinds: readonly TrackKind[]) => void;
  /** A tag was left out: a codec that is not carried, a script that cannot be read. */
  readonly onIgnored?: (reason: 'codec' | 'script') => void;
}

interface Lane {
  readonly mapping: FlvMapping;
  readonly builder: FrameBuilder;
  lengthSize: number;
  track: Track | undefined;
}

/** Turns FLV tags, or RTMP messages, into frames. Video is track 0, audio track 1; times in milliseconds. */
export class FlvTagParser {
  readonly #options: FlvTagParserOptions;
  readonly #mappings: readonly FlvMapping[];
  readonly #unwrapper = new Unwrapper(32);
  readonly #audioPacketTypes = new Set<number>();
  #video: Lane | undefined;
  #audio: Lane | undefined;

  constructor(options: FlvTagParserOptions = {}) {
    this.#options = options;
    this.#mappings = options.mappings ?? flvMappings;
    for (const { codec, codecId, packetType } of this.#mappings) {
      if (codec.kind === 'audio' && codecId !== undefined && packetType) this.#audioPacketTypes.add(codecId);
    }
  }

  /** The tracks known so far. */
  get tracks(): Track[] {
    return [this.#video?.builder.track, this.#audio?.builder.track].filter((track) => track !== undefined);
  }

  /**
   * One tag's body. `timestampMs` goes round after 2^32. Answers the frame where there is one; its units are views of `body`.
   * @throws SluiceError `ERR_FLV_TAG`, `ERR_NAL_LENGTH` or a codec's error: the session must end
   */
  receive(type: number, timestampMs: number, body: Buffer): Frame | undefined {
    try {
      if (type === FlvTagType.video) return this.#media('video', timestampMs, parseVideoHead(body));
      if (type === FlvTagType.audio) return this.#media('audio', timestampMs, parseAudioHead(body, this.#hasPacketType));
      if (type === FlvTagType.script) this.#script(body);
      return undefined;
    } catch (error) {
      if (error instanceof SluiceError) throw error;
      throw flvError('ERR_FLV_TAG', error instanceof OutOfBytesError ? `tag is cut: ${error.message}` : 'tag cannot be read', error);
    }
  }

  readonly #hasPacketType = (codecId: number): boolean => this.#audioPacketTypes.has(codecId);

  #media(kind: 'video' | 'audio', timestampMs: number, head: FlvTagHead): Frame | undefined {
    if (head.content === 'nothing' || head.body.length === 0) return undefined;
    const lane = this.#lane(kind, head);
    if (lane === undefined) {
      this.#options.onIgnored?.('codec');
      return undefined;
    }
    if (head.content === 'config') {
      this.#config(lane, head.body);
      return undefined;
    }
    return this.#frame(lane, head, this.#unwrapper.unwrap(timestampMs >>> 0));
  }

  #lane(kind: 'video' | 'audio', head: FlvTagHead): Lane | undefined {
    const lane = kind === 'video' ? this.#video : this.#audio;
    if (lane && matches(lane.mapping, head)) return lane;
    const mapping = this.#mappings.find((candidate) => candidate.codec.kind === kind && matches(candidate, head));
    if (mapping === undefined) return undefined;
    const hints = head.channels === undefined || mapping.packetType ? {} : { hints: { sampleRate: 8000, channels: head.channels } };
    const builder = mapping.codec.createBuilder({ trackId: TRACK_IDS[kind], clockRate: CLOCK_RATE, ...hints });
    const fresh: Lane = { mapping, builder, lengthSize: 4, track: undefined };
    if (kind === 'video') this.#video = fresh;
    else this.#audio = fresh;
    return fresh;
  }

  #config(lane: Lane, record: Buffer): void {
    const config = lane.mapping.config?.parse(record);
    if (config === undefined) return;
    if (config.lengthSize !== undefined) lane.lengthSize = config.lengthSize;
    lane.builder.setParameters(config.parameters);
    const { track } = lane.builder;
    if (track === undefined || track === lane.track) return;
    lane.track = track;
    this.#options.onTrack?.(track);
  }

  #frame(lane: Lane, head: FlvTagHead, dts: number): Frame | undefined {
    let { body } = head;
    let pts = dts;
    if (head.content === 'frames-with-composition-time' && (head.fourCc === undefined || lane.mapping.compositionTime)) {
      if (body.length < 3) throw new OutOfBytesError(3, body.length);
      pts += body.readIntBE(0, 3);
      body = body.subarray(3);
      if (body.length === 0) return undefined;
    }
    const units = lane.mapping.nalUnits ? splitLengthPrefixed(body, lane.lengthSize) : [body];
    return units.length === 0 ? undefined : lane.builder.build(units, dts, pts);
  }

  #script(body: Buffer): void {
    const { onMetadata, onIgnored, amf0 } = this.#options;
    if (onMetadata === undefined) return;
    let metadata: Amf0Value;
    try {
      metadata = body.length > MAX_SCRIPT_BYTES ? undefined : parseFlvMetadata(body, amf0);
    } catch {
      onIgnored?.('script'); // a broken title is no reason to lose the picture
      return;
    }
    if (metadata !== undefined && metadata !== null) onMetadata(metadata, kindsInMetadata(metadata, this.#mappings));
  }
}

function matches(mapping: FlvMapping, head: FlvTagHead): boolean {
  return head.fourCc === undefined ? mapping.codecId === head.codecId : mapping.fourCc === head.fourCc;
}
