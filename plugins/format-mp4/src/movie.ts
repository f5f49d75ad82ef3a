import type { Buffer } from 'node:buffer';
import { ByteReader, type CodecDescriptor, type Frame, type FrameBuilder, type Track } from '@sluice/core';
import { aac } from '@sluice/plugin-codec-aac';
import { h264 } from '@sluice/plugin-codec-h264';
import { h265 } from '@sluice/plugin-codec-h265';
import { boxesIn, findBox, readMoov } from './box.js';
import { mp4Error } from './errors.js';
import { limitsOf, type Mp4Limits, type Mp4Source } from './source.js';
import { frameOf, type Mp4Track, parseTrack, type SkippedTrack, secondsAt, syncSampleAt, withinBoxes } from './track.js';

/** How a file is read. */
export interface Mp4Options extends Mp4Limits {
  /** Codecs known. Default: H.264, H.265, AAC. */
  readonly codecs?: readonly CodecDescriptor[];
}

/** An MP4 file that was opened. It may have any number of readers at once. */
export interface Mp4Movie {
  /** The first video and the first audio track that can be read; ids 0 and 1, times in the file's own ticks. */
  readonly tracks: readonly Track[];
  readonly durationSeconds: number;
  /** Tracks that are left out. */
  readonly skipped: readonly SkippedTrack[];
  /** A reader at the key frame at or before `seconds`, or at the beginning. */
  reader(seconds?: number): Mp4Reader;
}

/** Reads frames in decoding order, the tracks by time. One call at a time. */
export interface Mp4Reader {
  /** The next frame; undefined at the end. Its units are views of what the source answered. Rejects with `ERR_MP4_…` and what codecs throw: the reader is of no use then. */
  next(): Promise<Frame | undefined>;
  /** Goes to the key frame at or before `seconds`, and the sound from there. */
  seek(seconds: number): void;
}

/** Opens a file: reads its movie box and no media. Rejects with `ERR_MP4_…` and with what codecs and the source throw. */
export async function openMp4(source: Mp4Source, options: Mp4Options = {}): Promise<Mp4Movie> {
  const limits = limitsOf(options);
  const moov = await readMoov(source, limits);
  const { tracks, skipped } = withinBoxes(() => readTracks(moov, options.codecs ?? [h264, h265, aac], limits, source.size));
  if (tracks.length === 0) throw emptyError(moov, skipped);
  const movie = new Movie(source, tracks, skipped, limits.maxSampleBytes);
  await movie.describe();
  return movie;
}

function emptyError(moov: Buffer, skipped: readonly SkippedTrack[]) {
  if (findBox(moov, 'mvex') !== undefined) return mp4Error('ERR_MP4_FRAGMENTED', 'the file is made of fragments, which are not read here');
  const what = skipped.map(({ kind, format }) => `${kind} '${format}'`).join(', ');
  return mp4Error('ERR_MP4_EMPTY', `no track that can be read${what === '' ? '' : `: ${what}`}`);
}

function readTracks(moov: Buffer, codecs: readonly CodecDescriptor[], limits: Required<Mp4Limits>, fileBytes: number) {
  const tracks: Mp4Track[] = [];
  const skipped: SkippedTrack[] = [];
  const boxes = boxesIn(moov).filter(({ type }) => type === 'trak');
  if (boxes.length > limits.maxTracks) throw mp4Error('ERR_MP4_TOO_LARGE', `${boxes.length} tracks, ${limits.maxTracks} allowed`);
  const mvhd = findBox(moov, 'mvhd');
  const movieClockRate = mvhd === undefined ? 1000 : new ByteReader(mvhd, mvhd[0] === 1 ? 20 : 12).u32() || 1000;
  for (const { body } of boxes) {
    const track = parseTrack(body, movieClockRate, codecs, { maxSamples: limits.maxSamples, fileBytes });
    if (!('samples' in track)) skipped.push(track);
    else if (track.samples.count > 0 && !tracks.some(({ kind }) => kind === track.kind)) tracks.push(track);
  }
  return { tracks: tracks.sort((a, b) => (a.kind === b.kind ? 0 : a.kind === 'video' ? -1 : 1)), skipped };
}

class Movie implements Mp4Movie {
  readonly tracks: Track[] = [];
  readonly durationSeconds: number;
  readonly skipped: readonly SkippedTrack[];
  readonly #source: Mp4Source;
  readonly #tracks: readonly Mp4Track[];
  readonly #maxSampleBytes: number;

  constructor(source: Mp4Source, tracks: readonly Mp4Track[], skipped: readonly SkippedTrack[], maxSampleBytes: number) {
    this.#source = source;
    this.#tracks = tracks;
    this.skipped = skipped;
    this.#maxSampleBytes = maxSampleBytes;
    this.durationSeconds = Math.max(...tracks.map(({ samples, shift, clockRate }) => (samples.duration + shift) / clockRate));
  }

  /** Finds the tracks out; parameter sets may be in the first key frame alone (hev1, avc3). */
  async describe(): Promise<void> {
    for (const track of this.#tracks) {
      const builder = track.createBuilder();
      const first = syncSampleAt(track, 0);
      if (builder.track === undefined) frameOf(track, builder, first, await this.read(track, first));
      if (builder.track !== undefined) this.tracks.push(builder.track);
    }
  }

  async read({ samples }: Mp4Track, index: number): Promise<Buffer> {
    const size = samples.sizes[index] as number;
    if (size > this.#maxSampleBytes) throw mp4Error('ERR_MP4_TOO_LARGE', `a sample of ${size} bytes, ${this.#maxSampleBytes} allowed`);
    const offset = samples.offsets[index] as number;
    if (offset + size > this.#source.size) throw mp4Error('ERR_MP4_TRUNCATED', 'the file ends before its samples do');
    const bytes = await this.#source.read(offset, size);
    if (bytes.length < size) throw mp4Error('ERR_MP4_TRUNCATED', 'the file ends before its samples do');
    return bytes;
  }

  reader(seconds = Number.NEGATIVE_INFINITY): Mp4Reader {
    return new Reader(this, this.#tracks, seconds);
  }
}

class Reader implements Mp4Reader {
  readonly #movie: Movie;
  readonly #tracks: readonly Mp4Track[];
  readonly #builders: readonly FrameBuilder[];
  readonly #positions: number[];

  constructor(movie: Movie, tracks: readonly Mp4Track[], seconds: number) {
    this.#builders = tracks.map((track) => track.createBuilder());
    this.#movie = movie;
    this.#tracks = tracks;
    this.#positions = tracks.map(() => 0);
    if (seconds > 0) this.seek(seconds);
  }

  seek(seconds: number): void {
    const [leading] = this.#tracks;
    if (leading === undefined) return;
    const start = syncSampleAt(leading, seconds);
    const from = secondsAt(leading, start);
    this.#tracks.forEach((track, i) => {
      this.#positions[i] = i === 0 ? start : firstNotBefore(track, from);
    });
  }

  async next(): Promise<Frame | undefined> {
    for (;;) {
      const chosen = this.#earliest();
      const track = this.#tracks[chosen];
      const builder = this.#builders[chosen];
      const index = this.#positions[chosen];
      if (track === undefined || builder === undefined || index === undefined) return undefined;
      this.#positions[chosen] = index + 1;
      const frame = frameOf(track, builder, index, await this.#movie.read(track, index));
      if (frame !== undefined) return frame;
    }
  }

  /** Index of the track whose sample is due next; -1 at the end. */
  #earliest(): number {
    let chosen = -1;
    let soonest = Number.POSITIVE_INFINITY;
    this.#tracks.forEach((track, i) => {
      const seconds = secondsAt(track, this.#positions[i] as number);
      if (seconds >= soonest) return;
      soonest = seconds;
      chosen = i;
    });
    return chosen;
  }
}

function firstNotBefore(track: Mp4Track, seconds: number): number {
  const at = syncSampleAt(track, seconds);
  return secondsAt(track, at) < seconds ? at + 1 : at;
}
