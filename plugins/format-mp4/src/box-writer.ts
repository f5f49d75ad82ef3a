import { Buffer } from 'node:buffer';

/** What goes into a box: bytes, or numbers of 32 bits. */
export type BoxPart = Buffer | readonly number[];

/** Numbers of 32 bits, big-endian; negative ones as two's complement. */
export function words(values: readonly number[]): Buffer {
  const bytes = Buffer.allocUnsafe(4 * values.length);
  values.forEach((value, i) => void bytes.writeUInt32BE(value >>> 0, 4 * i));
  return bytes;
}

/** A number of 64 bits as two of 32. */
export function long(value: number): readonly [number, number] {
  return [Math.floor(value / 2 ** 32), value % 2 ** 32];
}

/** A box (ISO/IEC 14496-12 4.2). */
export function box(type: string, ...parts: readonly BoxPart[]): Buffer {
  const body = parts.map((part) => (Buffer.isBuffer(part) ? part : words(part)));
  const size = body.reduce((sum, { length }) => sum + length, 8);
  const head = Buffer.alloc(8);
  head.writeUInt32BE(size);
  head.write(type, 4, 'latin1');
  return Buffer.concat([head, ...body], size);
}

/** A box with version and flags. */
export function fullBox(type: string, version: number, flags: number, ...parts: readonly BoxPart[]): Buffer {
  return box(type, [version * 2 ** 24 + flags], ...parts);
}
