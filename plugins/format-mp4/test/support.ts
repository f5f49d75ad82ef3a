import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Frame } from '@sluice/core';
import { lengthPrefixedSize, writeLengthPrefixed } from '@sluice/plugin-codec-nal';
import type { Mp4Reader, Mp4Source } from '../src/index.js';

/** A packet as ffprobe or our reader sees it. */
export interface Packet {
  readonly kind: string;
  readonly pts: number;
  readonly dts: number;
  readonly size: number;
  readonly md5: string;
}

export function fixture(name: string): Buffer {
  return readFileSync(join(import.meta.dirname, 'fixtures', name));
}

/** What ffprobe read of a fixture. */
export function probed(name: string): Packet[] {
  const text = fixture(`${name}.packets.csv`).toString();
  const pattern = /(video|audio),(-?\d+),(-?\d+),(\d+),\S\S,\n?,?MD5:([0-9a-f]{32})/g;
  return [...text.matchAll(pattern)].map(([, kind = '', pts, dts, size, md5 = '']) => ({ kind, pts: Number(pts), dts: Number(dts), size: Number(size), md5 }));
}

/** Our frame in ffprobe's words: NAL units with four bytes of length, as in the file. */
export function packetOf({ track, pts, dts, units }: Frame): Packet {
  let bytes = units[0] as Buffer;
  if (track.kind === 'video') {
    bytes = Buffer.alloc(lengthPrefixedSize(units));
    writeLengthPrefixed(units, bytes, 0);
  }
  return { kind: track.kind, pts, dts, size: bytes.length, md5: createHash('md5').update(bytes).digest('hex') };
}

/** A file in memory that remembers its largest read. */
export function memorySource(bytes: Buffer): Mp4Source & { largest: number } {
  return {
    size: bytes.length,
    largest: 0,
    async read(offset, length) {
      this.largest = Math.max(this.largest, length);
      return bytes.subarray(offset, offset + length);
    },
  };
}

export async function readAll(reader: Mp4Reader): Promise<Frame[]> {
  const frames: Frame[] = [];
  for (let frame = await reader.next(); frame !== undefined; frame = await reader.next()) frames.push(frame);
  return frames;
}

/** A box. */
export function box(type: string, ...contents: readonly (Buffer | readonly number[])[]): Buffer {
  const body = Buffer.concat(contents.map((content) => Buffer.from(content)));
  const head = Buffer.alloc(8);
  head.writeUInt32BE(body.length + 8);
  head.write(type, 4, 'latin1');
  return Buffer.concat([head, body]);
}

/** Numbers of 32 bits, big-endian. */
export function words(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, i) => void bytes.writeUInt32BE(value >>> 0, 4 * i));
  return bytes;
}
