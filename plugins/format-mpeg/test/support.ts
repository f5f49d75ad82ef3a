import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { splitAnnexB } from '@sluice/plugin-codec-nal';
import { type AccessUnit, PsDemuxer, type PsDemuxerOptions, serializePackHeader, serializePes } from '../src/index.js';

export function fixture(name: string): Buffer {
  return readFileSync(join(import.meta.dirname, 'fixtures', name));
}

/** The access units of an elementary stream, cut where an independent program says. */
export function truth(codec: 'h264' | 'h265'): Buffer[][] {
  const sizes = (JSON.parse(fixture('access-unit-sizes.json').toString()) as Record<string, number[]>)[codec] ?? [];
  const data = fixture(`avatar-head.${codec}`);
  let at = 0;
  return sizes.map((size) => {
    at += size;
    return splitAnnexB(data.subarray(at - size, at));
  });
}

export interface Collected {
  readonly demuxer: PsDemuxer;
  readonly units: AccessUnit[];
}

export function collect(options: PsDemuxerOptions = {}): Collected {
  const units: AccessUnit[] = [];
  return { demuxer: new PsDemuxer((unit) => units.push(unit), options), units };
}

/** Demuxes chunks, and what is held at the end. */
export function demux(chunks: Iterable<Buffer>, options: PsDemuxerOptions = {}): AccessUnit[] {
  const { demuxer, units } = collect(options);
  for (const chunk of chunks) demuxer.push(chunk);
  demuxer.finish();
  return units;
}

export function* inSteps(data: Buffer, step: number): Iterable<Buffer> {
  for (let at = 0; at < data.length; at += step) yield Buffer.from(data.subarray(at, at + step));
}

/** Everything of the access units in one text: quick to compare. */
export function digest(units: readonly AccessUnit[]): string {
  return units.map(({ streamId, codec, pts, dts, units: data }) => [streamId, codec, pts, dts, ...hex(data)].join(' ')).join('\n');
}

export const hex = (units: readonly Buffer[]) => units.map((unit) => unit.toString('hex'));
export const START = Buffer.from([0, 0, 0, 1]);
export const annexB = (...units: Buffer[]) => Buffer.concat(units.flatMap((unit) => [START, unit]));
export const bytes = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');

/** NAL units of made-up pictures: real headers, any content. */
export const SPS = bytes('67 42c01f da 01 40 16 e8');
export const PPS = bytes('68 ce 3c 80');
export const SEI = bytes('06 05 10 aa bb cc');
export const idr = (fill: number, size = 40) => Buffer.concat([bytes('65 88'), Buffer.alloc(size, fill | 0x80)]);
export const slice = (fill: number, size = 30) => Buffer.concat([bytes('61 9a'), Buffer.alloc(size, fill | 0x80)]);
/** A slice that is not its picture's first. */
export const laterSlice = (fill: number, size = 30) => Buffer.concat([bytes('61 1a'), Buffer.alloc(size, fill | 0x80)]);

export const pack = (ticks = 0, stuffing = 0) => serializePackHeader(ticks, 6106, stuffing);
export const video = (pts: number | undefined, payload: Buffer) => serializePes(0xe0, pts === undefined ? {} : { pts }, payload);
export const audio = (pts: number | undefined, payload: Buffer) => serializePes(0xc0, pts === undefined ? {} : { pts }, payload);
/** The same PES packet with another length field. */
export function withLength(pes: Buffer, length: number): Buffer {
  const copy = Buffer.from(pes);
  copy.writeUInt16BE(length & 0xffff, 4);
  return copy;
}
