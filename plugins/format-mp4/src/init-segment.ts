import { Buffer } from 'node:buffer';
import type { Track } from '@sluice/core';
import { box, fullBox } from './box-writer.js';
import { serializeSampleEntry, writesCodec } from './sample-entry-writer.js';

/** Unity, as 16.16 and 2.30 bits (ISO/IEC 14496-12 6.2.2). */
const MATRIX = [0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000];
const MOVIE_TICKS = 1000;
/** "und", three letters of five bits. */
const UNDETERMINED = 0x55c40000;
const HANDLERS = { video: 'vide', audio: 'soun' } as const;

/** Number of a track in the file; 0 is none. */
export function mp4TrackId({ id }: Track): number {
  return id + 1;
}

/** Whether fragments can carry a track. */
export function mp4Supports({ kind, codec }: Track): boolean {
  return kind !== 'data' && writesCodec(codec);
}

/**
 * The beginning of a fragmented file: what a player needs before the first fragment (ISO/IEC 14496-12 8.8).
 * Throws `ERR_MP4_CODEC` for a track that `mp4Supports` refuses.
 */
export function createInitSegment(tracks: readonly Track[]): Buffer {
  const ftyp = box('ftyp', Buffer.from('iso6', 'latin1'), [0], Buffer.from('iso6isommp41', 'latin1'));
  const nextId = Math.max(...tracks.map(mp4TrackId)) + 1;
  const mvhd = fullBox('mvhd', 0, 0, [0, 0, MOVIE_TICKS, 0, 0x10000, 0x01000000, 0, 0, ...MATRIX, 0, 0, 0, 0, 0, 0, nextId]);
  const mvex = box('mvex', ...tracks.map((track) => fullBox('trex', 0, 0, [mp4TrackId(track), 1, 0, 0, 0])));
  return Buffer.concat([ftyp, box('moov', mvhd, ...tracks.map(trak), mvex)]);
}

function trak(track: Track): Buffer {
  const { kind, info } = track;
  const handler = kind === 'video' ? HANDLERS.video : HANDLERS.audio;
  const size = kind === 'video' ? [(info.width ?? 0) * 0x10000, (info.height ?? 0) * 0x10000] : [0, 0];
  // Enabled, in the movie.
  const tkhd = fullBox('tkhd', 0, 3, [0, 0, mp4TrackId(track), 0, 0, 0, 0, 0, kind === 'video' ? 0 : 0x01000000, ...MATRIX, ...size]);
  const mdhd = fullBox('mdhd', 0, 0, [0, 0, track.clockRate, 0, UNDETERMINED]);
  const hdlr = fullBox('hdlr', 0, 0, [0], Buffer.from(handler, 'latin1'), [0, 0, 0], Buffer.from('\0'));
  const mediaHead = kind === 'video' ? fullBox('vmhd', 0, 1, [0, 0]) : fullBox('smhd', 0, 0, [0]);
  const dinf = box('dinf', fullBox('dref', 0, 0, [1], fullBox('url ', 0, 1)));
  const stsd = fullBox('stsd', 0, 0, [1], serializeSampleEntry(track));
  // Tables of nothing: samples come in fragments.
  const stbl = box('stbl', stsd, fullBox('stts', 0, 0, [0]), fullBox('stsc', 0, 0, [0]), fullBox('stsz', 0, 0, [0, 0]), fullBox('stco', 0, 0, [0]));
  return box('trak', tkhd, box('mdia', mdhd, hdlr, box('minf', mediaHead, dinf, stbl)));
}
