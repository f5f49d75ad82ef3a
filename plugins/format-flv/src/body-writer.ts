import { Buffer } from 'node:buffer';
import { type Frame, rescale, type Track } from '@sluice/core';
import { lengthPrefixedSize, writeLengthPrefixed } from '@sluice/plugin-codec-nal';
import { flvError } from './errors.js';
import type { FlvMapping } from './mapping.js';
import { flvMappings } from './mappings.js';
import { fourCcNumber, serializeFlvMetadata } from './metadata.js';
import { AAC_SOUND_FLAGS, EX_AUDIO_HEADER, FlvFrameType, FlvPacketType } from './tag.js';

/** How bodies are written. */
export interface FlvBodyOptions {
  /** Default `flvMappings`. */
  readonly mappings?: readonly FlvMapping[];
  /** Codec ids also where a FourCC is usual: H.265 as codec id 12, for old players. */
  readonly preferCodecIds?: boolean;
}

const MAX_COMPOSITION_MS = 0x7fffff;

/** Milliseconds of a frame's decoding time, the time of its tag or message. */
export function flvTimestampMs(frame: Frame): number {
  return rescale(frame.dts, frame.track.clockRate, 1000);
}

function compositionMs(frame: Frame): number {
  if (frame.pts === frame.dts) return 0;
  const rate = frame.track.clockRate;
  const ms = rescale(frame.pts, rate, 1000) - rescale(frame.dts, rate, 1000);
  return Math.max(-MAX_COMPOSITION_MS, Math.min(MAX_COMPOSITION_MS, ms));
}

function soundFlags(mapping: FlvMapping, track: Track): number {
  if (mapping.packetType) return AAC_SOUND_FLAGS;
  return 0x02 | ((track.info.channels ?? 1) > 1 ? 1 : 0);
}

/** Writes the bodies of FLV tags, which are those of RTMP messages too. */
export class FlvBodyWriter {
  readonly #mappings = new Map<string, FlvMapping>();
  readonly #preferCodecIds: boolean;

  constructor(options: FlvBodyOptions = {}) {
    for (const mapping of options.mappings ?? flvMappings) this.#mappings.set(mapping.codec.name, mapping);
    this.#preferCodecIds = options.preferCodecIds ?? false;
  }

  /** Whether there is a way to write frames of this track. */
  accepts(track: Track): boolean {
    const mapping = this.#mappings.get(track.codec);
    return mapping !== undefined && mapping.codec.kind === track.kind;
  }

  /** Whether players make of these frames what they are. */
  plays(track: Track): boolean {
    return this.#mappings.get(track.codec)?.plays?.(track) ?? true;
  }

  /** The body of the `onMetaData` script tag. */
  metadata(tracks: readonly Track[]): Buffer {
    return serializeFlvMetadata(tracks, (track) => {
      const mapping = this.#mapping(track);
      return this.#extended(mapping) ? fourCcNumber(mapping.fourCc ?? '') : mapping.codecId;
    });
  }

  /** True where players need not be told of the change: a publisher that came back with the same parameters. */
  announcesSame(before: Track | undefined, after: Track): boolean {
    if (before === undefined || before.codec !== after.codec) return false;
    const [old, fresh] = [this.sequenceHeader(before), this.sequenceHeader(after)];
    const sameHeader = old === undefined || fresh === undefined ? old === fresh : old.equals(fresh);
    return sameHeader && this.metadata([before]).equals(this.metadata([after]));
  }

  /** The body of the sequence header; `undefined` for codecs without one. */
  sequenceHeader(track: Track): Buffer | undefined {
    const mapping = this.#mapping(track);
    const record = mapping.config?.serialize(track);
    if (record === undefined) return undefined;
    const extended = this.#extended(mapping);
    const size = extended || track.kind === 'video' ? 5 : 2;
    const body = Buffer.alloc(size + record.length);
    if (extended) this.#writeExtended(body, 0, mapping, FlvFrameType.key, FlvPacketType.sequenceStart);
    else body[0] = track.kind === 'video' ? (FlvFrameType.key << 4) | (mapping.codecId ?? 0) : ((mapping.codecId ?? 0) << 4) | soundFlags(mapping, track);
    record.copy(body, size);
    return body;
  }

  /** Bytes that `writeFrame` will write. */
  frameSize(frame: Frame): number {
    const mapping = this.#mapping(frame.track);
    const payload = mapping.nalUnits ? lengthPrefixedSize(frame.units) : frame.size;
    return this.#headSize(mapping, frame) + payload;
  }

  /** Writes the body of a frame's tag into `target` from `offset` on; answers the offset after it. */
  writeFrame(frame: Frame, target: Buffer, offset: number): number {
    const mapping = this.#mapping(frame.track);
    let at = this.#writeHead(mapping, frame, target, offset);
    if (mapping.nalUnits) return writeLengthPrefixed(frame.units, target, at);
    for (const unit of frame.units) at += unit.copy(target, at);
    return at;
  }

  #mapping(track: Track): FlvMapping {
    const mapping = this.#mappings.get(track.codec);
    if (mapping === undefined) throw flvError('ERR_FLV_TAG', `FLV does not carry ${track.codec}`);
    return mapping;
  }

  #extended(mapping: FlvMapping): boolean {
    if (mapping.fourCc === undefined) return false;
    return mapping.codecId === undefined || (mapping.preferFourCc === true && !this.#preferCodecIds);
  }

  #headSize(mapping: FlvMapping, frame: Frame): number {
    if (this.#extended(mapping)) return mapping.compositionTime && compositionMs(frame) !== 0 ? 8 : 5;
    if (frame.track.kind === 'video') return mapping.packetType ? 5 : 1;
    return mapping.packetType ? 2 : 1;
  }

  #writeHead(mapping: FlvMapping, frame: Frame, target: Buffer, offset: number): number {
    const { track } = frame;
    const frameType = frame.key ? FlvFrameType.key : FlvFrameType.inter;
    if (this.#extended(mapping)) {
      const composition = mapping.compositionTime ? compositionMs(frame) : 0;
      // CodedFramesX saves the composition time where it is zero; codecs without one have CodedFrames only.
      const type = mapping.compositionTime && composition === 0 ? FlvPacketType.codedFramesX : FlvPacketType.codedFrames;
      const at = this.#writeExtended(target, offset, mapping, frameType, type);
      return composition === 0 ? at : target.writeIntBE(composition, at, 3);
    }
    const codecId = mapping.codecId ?? 0;
    let at = target.writeUInt8(track.kind === 'video' ? (frameType << 4) | codecId : (codecId << 4) | soundFlags(mapping, track), offset);
    if (!mapping.packetType) return at;
    at = target.writeUInt8(1, at);
    return track.kind === 'video' ? target.writeIntBE(compositionMs(frame), at, 3) : at;
  }

  #writeExtended(target: Buffer, offset: number, mapping: FlvMapping, frameType: number, packetType: number): number {
    target[offset] = mapping.codec.kind === 'video' ? 0x80 | (frameType << 4) | packetType : (EX_AUDIO_HEADER << 4) | packetType;
    return offset + 1 + target.write(mapping.fourCc ?? '', offset + 1, 4, 'latin1');
  }
}
