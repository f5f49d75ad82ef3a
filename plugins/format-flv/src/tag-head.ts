import type { Buffer } from 'node:buffer';
import { ByteReader } from '@sluice/core';
import { EX_AUDIO_HEADER, FlvFrameType, FlvPacketType } from './tag.js';

/** The head of an audio or video tag, whichever way it was written. */
export interface FlvTagHead {
  /** Set in the classic header. */
  readonly codecId?: number;
  /** Set in the extended header. */
  readonly fourCc?: string;
  /** What the body is. */
  readonly content: 'config' | 'frames' | 'frames-with-composition-time' | 'nothing';
  /** SoundType of a classic audio tag. */
  readonly channels?: 1 | 2;
  readonly body: Buffer;
}

const contents = { 0: 'config', 1: 'frames' } as const;
const NO_BYTES = new Uint8Array(0) as Buffer;
const NOTHING: FlvTagHead = { content: 'nothing', body: NO_BYTES };

/** Reads the head of a video tag; throws `OutOfBytesError` where it is cut. */
export function parseVideoHead(tag: Buffer): FlvTagHead {
  if (tag.length === 0) return NOTHING;
  const reader = new ByteReader(tag);
  const first = reader.u8();
  const frameType = (first >> 4) & 7;
  if ((first & 0x80) !== 0) return parseExtended(reader, first & 0x0f, FlvPacketType.videoMultitrack, frameType === FlvFrameType.command);
  if (frameType === FlvFrameType.command) return NOTHING;
  const codecId = first & 0x0f;
  const packetType = reader.u8();
  if (packetType > 1) return NOTHING; // end of sequence
  if (packetType === 1) return { codecId, content: 'frames-with-composition-time', body: reader.rest() };
  reader.skip(3);
  return { codecId, content: 'config', body: reader.rest() };
}

/** Reads the head of an audio tag. `withPacketType` says which codec ids are followed by a packet type. */
export function parseAudioHead(tag: Buffer, withPacketType: (codecId: number) => boolean): FlvTagHead {
  if (tag.length === 0) return NOTHING;
  const reader = new ByteReader(tag);
  const first = reader.u8();
  const codecId = first >> 4;
  if (codecId === EX_AUDIO_HEADER) return parseExtended(reader, first & 0x0f, FlvPacketType.audioMultitrack, false);
  const channels = (first & 1) === 1 ? 2 : 1;
  if (!withPacketType(codecId)) return { codecId, channels, content: 'frames', body: reader.rest() };
  if (reader.left === 0) return NOTHING;
  const content = contents[reader.u8() as 0 | 1] ?? 'nothing';
  return { codecId, channels, content, body: reader.rest() };
}

// Enhanced RTMP v2, "ExVideoTagHeader" and "ExAudioTagHeader"; both are built alike.
function parseExtended(reader: ByteReader, firstType: number, multitrack: number, command: boolean): FlvTagHead {
  let type = firstType;
  while (type === FlvPacketType.modEx) {
    const size = reader.u8() + 1;
    reader.skip(size === 256 ? reader.u16() + 1 : size);
    type = reader.u8() & 0x0f;
  }
  if (command && type !== FlvPacketType.metadata) return NOTHING;
  if (type === multitrack) return parseMultitrack(reader);
  const fourCc = readFourCc(reader);
  return { fourCc, content: extendedContent(type), body: reader.rest() };
}

function extendedContent(type: number): FlvTagHead['content'] {
  if (type === FlvPacketType.sequenceStart) return 'config';
  if (type === FlvPacketType.codedFrames) return 'frames-with-composition-time';
  return type === FlvPacketType.codedFramesX ? 'frames' : 'nothing';
}

function readFourCc(reader: ByteReader): string {
  return reader.bytes(4).toString('latin1');
}

const Multitrack = { oneTrack: 0, manyTracks: 1, manyTracksManyCodecs: 2 } as const;

/** Track 0 of a multitrack packet is the one that players without multitrack show; the others are left out. */
function parseMultitrack(reader: ByteReader): FlvTagHead {
  const head = reader.u8();
  const kind = head >> 4;
  const content = extendedContent(head & 0x0f);
  if (kind > Multitrack.manyTracksManyCodecs) return NOTHING;
  let fourCc = kind === Multitrack.manyTracksManyCodecs ? '' : readFourCc(reader);
  while (reader.left > 0) {
    if (kind === Multitrack.manyTracksManyCodecs) fourCc = readFourCc(reader);
    const trackId = reader.u8();
    const body = kind === Multitrack.oneTrack ? reader.rest() : reader.bytes(reader.u24());
    if (trackId === 0) return { fourCc, content, body };
  }
  return NOTHING;
}
