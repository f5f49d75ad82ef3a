import type { Buffer } from 'node:buffer';
import { ByteReader, type CodecDescriptor, type Frame, type FrameBuilder, OutOfBytesError, SluiceError, type TrackKind } from '@sluice/core';
import { splitLengthPrefixed } from '@sluice/plugin-codec-nal';
import { boxesIn, findBox } from './box.js';
import { mp4Error } from './errors.js';
import { parseSampleDescription } from './sample-entry.js';
import { lastNotAbove, parseSampleTable, type SampleTable, type TableBounds } from './sample-table.js';

const TRACK_IDS = { video: 0, audio: 1 } as const;
const KINDS: Readonly<Record<string, TrackKind>> = { vide: 'video', soun: 'audio' };

/** A track of a file, as far as it is used. */
export interface Mp4Track {
  readonly kind: 'video' | 'audio';
  readonly clockRate: number;
  readonly samples: SampleTable;
  /** Added to every time: the edit list's delay, or what it cuts off at the beginning. In ticks. */
  readonly shift: number;
  /** A builder of its own for each reader: parameter sets may change on the way. */
  createBuilder(): FrameBuilder;
  readonly lengthSize: number | undefined;
}

/** What was left out, and why. */
export interface SkippedTrack {
  readonly kind: string;
  /** Four letters of the sample entry. */
  readonly format: string;
}

/** Reads a `trak` box; what cannot be played here is answered as skipped. Throws `ERR_MP4_…` and what codecs throw. */
export function parseTrack(trak: Buffer, movieClockRate: number, codecs: readonly CodecDescriptor[], bounds: TableBounds): Mp4Track | SkippedTrack {
  const mdia = findBox(trak, 'mdia');
  const stbl = mdia === undefined ? undefined : findBox(mdia, 'minf', 'stbl');
  const stsd = stbl === undefined ? undefined : findBox(stbl, 'stsd');
  if (mdia === undefined || stbl === undefined || stsd === undefined) throw mp4Error('ERR_MP4_BOX', 'a track without its tables');
  const kind = KINDS[findBox(mdia, 'hdlr')?.toString('latin1', 8, 12) ?? ''];
  const format = kind === undefined ? undefined : parseSampleDescription(stsd);
  const codec = codecs.find(({ name }) => name === format?.codec);
  if (format === undefined || codec === undefined || (kind !== 'video' && kind !== 'audio') || codec.kind !== kind) {
    return { kind: kind ?? 'data', format: boxesIn(stsd.subarray(8))[0]?.type ?? '' };
  }
  const clockRate = clockRateOf(mdia);
  return {
    kind,
    clockRate,
    samples: parseSampleTable(stbl, bounds),
    shift: editShift(trak, clockRate, movieClockRate),
    createBuilder: () => codec.createBuilder({ trackId: TRACK_IDS[kind], clockRate, parameters: format.parameters }),
    lengthSize: format.lengthSize,
  };
}

// 8.4.2.2: with version 1 the two dates before have 64 bits.
function clockRateOf(mdia: Buffer): number {
  const mdhd = findBox(mdia, 'mdhd');
  if (mdhd === undefined) throw mp4Error('ERR_MP4_BOX', 'a track without a header');
  const rate = new ByteReader(mdhd, mdhd[0] === 1 ? 20 : 12).u32();
  if (rate === 0) throw mp4Error('ERR_MP4_BOX', 'a track with no ticks in a second');
  return rate;
}

/** What an edit list does to the times: empty edits delay, the first real one says what time is the beginning (8.6.6). Later edits are not followed. */
function editShift(trak: Buffer, clockRate: number, movieClockRate: number): number {
  const elst = findBox(trak, 'edts', 'elst');
  if (elst === undefined) return 0;
  const long = elst[0] === 1;
  const reader = new ByteReader(elst, 4);
  let shift = 0;
  for (let left = reader.u32(); left > 0; left--) {
    const duration = long ? reader.u32() * 2 ** 32 + reader.u32() : reader.u32();
    const mediaTime = long ? (reader.u32() | 0) * 2 ** 32 + reader.u32() : reader.u32() | 0;
    reader.skip(4);
    if (mediaTime >= 0) return shift - mediaTime;
    shift += Math.round((duration * clockRate) / movieClockRate);
  }
  return shift;
}

/** Makes a frame of a sample's bytes; undefined where there is nothing to show in it. */
export function frameOf({ samples, shift, lengthSize }: Mp4Track, builder: FrameBuilder, index: number, bytes: Buffer): Frame | undefined {
  const dts = (samples.dts[index] as number) + shift;
  const pts = dts + (samples.compositionOffsets[index] as number);
  return builder.build(lengthSize === undefined ? [bytes] : splitLengthPrefixed(bytes, lengthSize), dts, pts);
}

/** Decoding time of a sample in seconds; infinite behind the last one. */
export function secondsAt({ samples, shift, clockRate }: Mp4Track, index: number): number {
  return index < samples.count ? ((samples.dts[index] as number) + shift) / clockRate : Number.POSITIVE_INFINITY;
}

/** The last sample that decoding can start at, not after `seconds`; the first one where there is none. */
export function syncSampleAt({ samples, shift, clockRate }: Mp4Track, seconds: number): number {
  const index = lastNotAbove(samples.dts, seconds * clockRate - shift);
  const { syncSamples } = samples;
  if (syncSamples === undefined) return index;
  return syncSamples[lastNotAbove(syncSamples, index)] ?? 0;
}

/** Runs `parse`; what reads past a box's end throws `ERR_MP4_BOX`. */
export function withinBoxes<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof SluiceError) throw error;
    throw mp4Error('ERR_MP4_BOX', error instanceof OutOfBytesError ? `a box is cut: ${error.message}` : 'a box cannot be read', error);
  }
}
