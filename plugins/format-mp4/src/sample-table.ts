import type { Buffer } from 'node:buffer';
import { ByteReader } from '@sluice/core';
import { findBox } from './box.js';
import { mp4Error } from './errors.js';

/** Where the samples of a track are and when they are due, in decoding order (ISO/IEC 14496-12 8.6, 8.7). */
export interface SampleTable {
  readonly count: number;
  readonly offsets: Float64Array;
  readonly sizes: Uint32Array;
  /** Decoding times in ticks of the track. */
  readonly dts: Float64Array;
  /** Presentation minus decoding time. */
  readonly compositionOffsets: Int32Array;
  /** Indexes of the samples that decoding can start at, ascending; undefined: every one. */
  readonly syncSamples: Uint32Array | undefined;
  /** Ticks from the first sample's time to the end of the last one. */
  readonly duration: number;
}

/** Bounds for what a table may claim. */
export interface TableBounds {
  readonly maxSamples: number;
  readonly fileBytes: number;
}

/** Reads the tables of an `stbl` box. Throws `ERR_MP4_BOX` and `ERR_MP4_TOO_LARGE`; nothing is allocated for samples that the tables do not list. */
export function parseSampleTable(stbl: Buffer, bounds: TableBounds): SampleTable {
  const sizes = readSizes(stbl, bounds);
  const count = sizes.length;
  const { dts, duration } = readTimes(stbl, count);
  return {
    count,
    offsets: readOffsets(stbl, sizes),
    sizes,
    dts,
    compositionOffsets: readCompositionOffsets(stbl, count),
    syncSamples: readSyncSamples(stbl, count),
    duration,
  };
}

/** The entries of a table: as many as it says, if they are there. */
interface Entries {
  readonly reader: ByteReader;
  readonly count: number;
}

function entriesOf(stbl: Buffer, type: string, entryBytes: number): Entries | undefined {
  const body = findBox(stbl, type);
  if (body === undefined) return undefined;
  const reader = new ByteReader(body, 4);
  const count = reader.u32();
  if (count * entryBytes > reader.left) throw mp4Error('ERR_MP4_BOX', `'${type}' is shorter than its ${count} entries`);
  return { reader, count };
}

// 8.7.3: one size for all, a table of sizes, or (stz2) a table of small fields.
function readSizes(stbl: Buffer, { maxSamples, fileBytes }: TableBounds): Uint32Array {
  const stsz = findBox(stbl, 'stsz');
  const body = stsz ?? findBox(stbl, 'stz2');
  if (body === undefined) return new Uint32Array(0);
  const reader = new ByteReader(body, 4);
  const first = reader.u32();
  const count = reader.u32();
  if (count > maxSamples) throw mp4Error('ERR_MP4_TOO_LARGE', `${count} samples, ${maxSamples} allowed`);
  if (stsz !== undefined && first > 0) {
    if (count * first > fileBytes) throw mp4Error('ERR_MP4_BOX', 'more samples than the file has bytes for');
    return new Uint32Array(count).fill(first);
  }
  const bits = stsz === undefined ? first & 0xff : 32;
  if (![4, 8, 16, 32].includes(bits) || Math.ceil((count * bits) / 8) > reader.left) throw mp4Error('ERR_MP4_BOX', 'the table of sizes is cut');
  const sizes = new Uint32Array(count);
  for (let i = 0; i < count; i++) sizes[i] = readSize(reader, bits, i);
  return sizes;
}

function readSize(reader: ByteReader, bits: number, index: number): number {
  if (bits === 32) return reader.u32();
  if (bits === 16) return reader.u16();
  if (bits === 8) return reader.u8();
  if (index % 2 === 1) return (reader.buffer[reader.offset - 1] as number) & 0x0f;
  return reader.u8() >> 4;
}

// 8.7.4, 8.7.5
function readOffsets(stbl: Buffer, sizes: Uint32Array): Float64Array {
  const short = entriesOf(stbl, 'stco', 4);
  const chunks = short ?? entriesOf(stbl, 'co64', 8);
  const runs = entriesOf(stbl, 'stsc', 12);
  const offsets = new Float64Array(sizes.length);
  if (sizes.length === 0) return offsets;
  if (chunks === undefined || runs === undefined || runs.count === 0) throw mp4Error('ERR_MP4_BOX', 'samples without chunks');
  let perChunk = 0;
  let nextRun = 0;
  let runFrom = runs.reader.u32();
  let sample = 0;
  for (let chunk = 1; chunk <= chunks.count && sample < sizes.length; chunk++) {
    while (nextRun < runs.count && chunk >= runFrom) {
      perChunk = runs.reader.u32();
      runs.reader.skip(4);
      if (++nextRun < runs.count) runFrom = runs.reader.u32();
    }
    let at = short === undefined ? chunks.reader.u32() * 2 ** 32 + chunks.reader.u32() : chunks.reader.u32();
    for (let i = 0; i < perChunk && sample < sizes.length; i++, sample++) {
      offsets[sample] = at;
      at += sizes[sample] as number;
    }
  }
  if (sample < sizes.length) throw mp4Error('ERR_MP4_BOX', `the chunks hold ${sample} of ${sizes.length} samples`);
  return offsets;
}

// 8.6.1.2
function readTimes(stbl: Buffer, count: number): { readonly dts: Float64Array; readonly duration: number } {
  const runs = entriesOf(stbl, 'stts', 8);
  const dts = new Float64Array(count);
  let time = 0;
  let delta = 0;
  let left = 0;
  let nextRun = 0;
  for (let i = 0; i < count; i++) {
    while (left === 0 && runs !== undefined && nextRun < runs.count) {
      nextRun++;
      left = runs.reader.u32();
      delta = runs.reader.u32();
    }
    // Where the table says less than there is, its last distance goes on.
    if (left > 0) left--;
    dts[i] = time;
    time += delta;
  }
  return { dts, duration: time };
}

// 8.6.1.3; version 0 says unsigned, but writers put negative ones there too.
function readCompositionOffsets(stbl: Buffer, count: number): Int32Array {
  const runs = entriesOf(stbl, 'ctts', 8);
  const offsets = new Int32Array(count);
  if (runs === undefined) return offsets;
  let at = 0;
  for (let run = 0; run < runs.count && at < count; run++) {
    const end = Math.min(count, at + runs.reader.u32());
    offsets.fill(runs.reader.u32() | 0, at, end);
    at = end;
  }
  return offsets;
}

// 8.6.2
function readSyncSamples(stbl: Buffer, count: number): Uint32Array | undefined {
  const entries = entriesOf(stbl, 'stss', 4);
  if (entries === undefined) return undefined;
  const samples = new Uint32Array(entries.count);
  let used = 0;
  for (let i = 0; i < entries.count; i++) {
    const index = entries.reader.u32() - 1;
    if (index >= 0 && index < count && (used === 0 || index > (samples[used - 1] as number))) samples[used++] = index;
  }
  return samples.subarray(0, used);
}

/** The last index whose value is not above `limit`; 0 where there is none. */
export function lastNotAbove(values: ArrayLike<number>, limit: number): number {
  let low = 0;
  let high = values.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((values[middle] as number) <= limit) low = middle;
    else high = middle - 1;
  }
  return low;
}
