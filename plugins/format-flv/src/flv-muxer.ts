import { Buffer } from 'node:buffer';
import { type Frame, rescale, type Track, type WireMuxer, type WireOutput } from '@sluice/core';
import { FlvBodyWriter, flvTimestampMs } from './body-writer.js';
import { KeptMetadata } from './kept-metadata.js';
import { FlvTagType } from './tag.js';

const TAG_HEAD_BYTES = 11;
const PREVIOUS_TAG_SIZE_BYTES = 4;

/** Writes the head of a tag (FLV specification E.4.1); its time goes round after 2^32 ms. */
export function writeTagHead(target: Buffer, offset: number, type: number, bodySize: number, timestampMs: number): number {
  const timestamp = timestampMs >>> 0;
  target[offset] = type;
  target.writeUIntBE(bodySize, offset + 1, 3);
  target.writeUIntBE(timestamp & 0xffffff, offset + 4, 3);
  target[offset + 7] = timestamp >>> 24;
  target.writeUIntBE(0, offset + 8, 3);
  return offset + TAG_HEAD_BYTES;
}

/** A whole tag with the size of itself after it. */
export function serializeTag(type: number, timestampMs: number, body: Buffer): Buffer {
  const tag = Buffer.allocUnsafe(TAG_HEAD_BYTES + body.length + PREVIOUS_TAG_SIZE_BYTES);
  const at = writeTagHead(tag, 0, type, body.length, timestampMs);
  body.copy(tag, at);
  tag.writeUInt32BE(TAG_HEAD_BYTES + body.length, at + body.length);
  return tag;
}

/** Signature, flags and the first PreviousTagSize (FLV specification E.2). */
export function serializeFlvHead(hasAudio: boolean, hasVideo: boolean): Buffer {
  return Buffer.from([0x46, 0x4c, 0x56, 1, (hasAudio ? 4 : 0) | (hasVideo ? 1 : 0), 0, 0, 0, 9, 0, 0, 0, 0]);
}

/** Writes frames as FLV tags. */
export class FlvMuxer implements WireMuxer {
  readonly #writer: FlvBodyWriter;
  readonly #kept: KeptMetadata;
  /** Tracks as viewers were last told. */
  readonly #tracks = new Map<number, Track>();

  constructor(writer: FlvBodyWriter = new FlvBodyWriter()) {
    this.#writer = writer;
    this.#kept = new KeptMetadata(writer);
  }

  header(tracks: readonly Track[]): Buffer {
    const has = (kind: string) => tracks.some((track) => track.kind === kind);
    // A joiner may begin with older parameters than the others know by now.
    for (const track of tracks) if (!this.#tracks.has(track.id)) this.#tracks.set(track.id, track);
    const parts = [serializeFlvHead(has('audio'), has('video')), serializeTag(FlvTagType.script, 0, this.#kept.of(tracks))];
    for (const track of tracks) {
      const tag = this.#sequenceHeader(track, 0);
      if (tag) parts.push(tag);
    }
    return Buffer.concat(parts);
  }

  changed(track: Track, dts: number, out: WireOutput): void {
    const same = this.#writer.announcesSame(this.#tracks.get(track.id), track);
    this.#tracks.set(track.id, track);
    if (same) return;
    // Metadata at a later time than zero makes FFmpeg's demuxer open a data stream that it then waits for.
    out.append(serializeTag(FlvTagType.script, 0, this.#writer.metadata([...this.#tracks.values()])));
    const tag = this.#sequenceHeader(track, rescale(dts, track.clockRate, 1000));
    if (tag) out.append(tag);
  }

  mux(frame: Frame, out: WireOutput): void {
    const bodySize = this.#writer.frameSize(frame);
    const tag = Buffer.allocUnsafe(TAG_HEAD_BYTES + bodySize + PREVIOUS_TAG_SIZE_BYTES);
    const type = frame.track.kind === 'video' ? FlvTagType.video : FlvTagType.audio;
    const at = this.#writer.writeFrame(frame, tag, writeTagHead(tag, 0, type, bodySize, flvTimestampMs(frame)));
    tag.writeUInt32BE(TAG_HEAD_BYTES + bodySize, at);
    out.append(tag);
  }

  #sequenceHeader(track: Track, timestampMs: number): Buffer | undefined {
    const body = this.#writer.sequenceHeader(track);
    return body && serializeTag(track.kind === 'video' ? FlvTagType.video : FlvTagType.audio, timestampMs, body);
  }
}
