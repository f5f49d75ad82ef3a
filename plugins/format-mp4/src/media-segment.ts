import { Buffer } from 'node:buffer';
import { type Frame, rescale, type Track } from '@sluice/core';
import { H264NalType, h264NalType } from '@sluice/plugin-codec-h264';
import { H265NalType, h265NalType } from '@sluice/plugin-codec-h265';
import { lengthPrefixedSize, writeLengthPrefixed } from '@sluice/plugin-codec-nal';
import { box, fullBox, long, words } from './box-writer.js';
import { mp4TrackId } from './init-segment.js';

/** What one fragment carries. */
export interface MediaSegment {
  /** Counts the fragments of a stream. */
  readonly sequence: number;
  readonly tracks: readonly Track[];
  /** In decoding order within each track; frames of other tracks are left out. */
  readonly frames: readonly Frame[];
  /** Where the last picture ends: milliseconds on the frames' time line. Left out, it lasts as long as the one before. */
  readonly endMs?: number;
  /** Added to all times, so that none is below zero. */
  readonly offsetSeconds?: number;
}

/** sample_flags (ISO/IEC 14496-12 8.8.3.1): depends on no other; depends on others and is no sync sample. */
const SYNC_SAMPLE = 0x02000000;
const OTHER_SAMPLE = 0x01010000;
const DEFAULT_BASE_IS_MOOF = 0x020000;
/** data-offset; duration, size, flags and composition time of each sample. */
const RUN_FLAGS = 0x001 | 0x100 | 0x200 | 0x400 | 0x800;
/** Samples of an access unit where the codec has them fixed. */
const AUDIO_SAMPLES: Readonly<Record<string, number>> = { aac: 1024, mp3: 1152 };

/** Frames of one track with what goes into the file of each. */
interface Run {
  readonly track: Track;
  readonly frames: readonly Frame[];
  readonly units: readonly (readonly Buffer[])[];
  readonly sizes: readonly number[];
}

/** One fragment, `moof` and `mdat` (8.8.4, 8.1.1): one buffer of just its size, each frame copied once. */
export function createMediaSegment(segment: MediaSegment): Buffer {
  const runs = segment.tracks.map((track) => runOf(track, segment.frames)).filter(({ frames }) => frames.length > 0);
  const dataBytes = runs.reduce((sum, { sizes }) => sum + total(sizes), 0);
  // The offsets in the head depend on its length, which does not depend on them.
  const headBytes = head(segment, runs, 0).length;
  const bytes = Buffer.allocUnsafe(headBytes + 8 + dataBytes);
  head(segment, runs, headBytes + 8).copy(bytes);
  bytes.writeUInt32BE(8 + dataBytes, headBytes);
  bytes.write('mdat', headBytes + 4, 'latin1');
  let at = headBytes + 8;
  for (const run of runs) for (const units of run.units) at = writeSample(run.track, units, bytes, at);
  return bytes;
}

function runOf(track: Track, all: readonly Frame[]): Run {
  const frames = all.filter((frame) => frame.track.id === track.id);
  const units = frames.map(sampleUnits);
  const video = track.kind === 'video';
  return { track, frames, units, sizes: units.map((list) => (video ? lengthPrefixedSize(list) : total(list.map(({ length }) => length)))) };
}

function total(sizes: readonly number[]): number {
  let sum = 0;
  for (const size of sizes) sum += size;
  return sum;
}

/** Parameter sets are in the sample entry, and must not be in samples (ISO/IEC 14496-15 5.3.3.1, 8.3.3). */
function sampleUnits({ track, units }: Frame): readonly Buffer[] {
  if (track.codec === 'h264') return units.filter((unit) => !OUT_OF_BAND_H264.has(h264NalType(unit)));
  if (track.codec === 'h265') return units.filter((unit) => !OUT_OF_BAND_H265.has(h265NalType(unit)));
  return units;
}

const OUT_OF_BAND_H264: ReadonlySet<number> = new Set([H264NalType.sps, H264NalType.pps, H264NalType.accessUnitDelimiter]);
const OUT_OF_BAND_H265: ReadonlySet<number> = new Set([H265NalType.vps, H265NalType.sps, H265NalType.pps, H265NalType.accessUnitDelimiter]);

function writeSample(track: Track, units: readonly Buffer[], target: Buffer, at: number): number {
  if (track.kind === 'video') return writeLengthPrefixed(units, target, at);
  let end = at;
  for (const unit of units) end += unit.copy(target, end);
  return end;
}

function head(segment: MediaSegment, runs: readonly Run[], dataAt: number): Buffer {
  let offset = dataAt;
  const trafs = runs.map((run) => {
    const traf = trackFragment(segment, run, offset);
    offset += total(run.sizes);
    return traf;
  });
  return box('moof', fullBox('mfhd', 0, 0, [segment.sequence]), ...trafs);
}

function trackFragment(segment: MediaSegment, { track, frames, sizes }: Run, dataOffset: number): Buffer {
  const first = frames[0] as Frame;
  const base = first.dts + (segment.offsetSeconds ?? 0) * track.clockRate;
  const samples: number[] = [];
  frames.forEach((frame, i) => {
    samples.push(durationOf(segment, frames, i), sizes[i] as number, frame.key ? SYNC_SAMPLE : OTHER_SAMPLE, frame.pts - frame.dts);
  });
  return box(
    'traf',
    fullBox('tfhd', 0, DEFAULT_BASE_IS_MOOF, [mp4TrackId(track)]),
    fullBox('tfdt', 1, 0, long(Math.max(0, base))),
    // Version 1: composition times may be before decoding times.
    fullBox('trun', 1, RUN_FLAGS, [frames.length, dataOffset], words(samples)),
  );
}

/** Ticks until the next frame of the track; for the last one what it should be. */
function durationOf(segment: MediaSegment, frames: readonly Frame[], index: number): number {
  const frame = frames[index] as Frame;
  const next = frames[index + 1];
  if (next !== undefined) return Math.max(0, next.dts - frame.dts);
  const { track, dts } = frame;
  if (track.kind === 'video' && segment.endMs !== undefined) return Math.max(0, rescale(segment.endMs, 1000, track.clockRate) - dts);
  const samples = AUDIO_SAMPLES[track.codec];
  if (samples !== undefined) return rescale(samples, track.info.sampleRate ?? track.clockRate, track.clockRate);
  const before = frames[index - 1];
  return before === undefined ? 0 : Math.max(0, dts - before.dts);
}
