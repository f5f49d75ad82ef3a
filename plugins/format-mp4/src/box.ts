import type { Buffer } from 'node:buffer';
import { mp4Error } from './errors.js';
import type { Mp4Source } from './source.js';

/** A box: four letters and what it holds (ISO/IEC 14496-12 4.2). */
export interface Box {
  readonly type: string;
  /** View of the contents. */
  readonly body: Buffer;
}

const HEAD_BYTES = 8;
/** With a 64-bit size. */
const LONG_HEAD_BYTES = 16;

interface BoxHead {
  readonly type: string;
  /** Bytes of head and contents; 0 stands for: to the end. */
  readonly size: number;
  readonly headBytes: number;
}

function parseHead(bytes: Buffer, at: number): BoxHead | undefined {
  if (at + HEAD_BYTES > bytes.length) return undefined;
  const size = bytes.readUInt32BE(at);
  const type = bytes.toString('latin1', at + 4, at + 8);
  if (size !== 1) return { type, size, headBytes: HEAD_BYTES };
  if (at + LONG_HEAD_BYTES > bytes.length) return undefined;
  // Above 2^53 it is past every file's end anyhow.
  return { type, size: bytes.readUInt32BE(at + 8) * 2 ** 32 + bytes.readUInt32BE(at + 12), headBytes: LONG_HEAD_BYTES };
}

/** The boxes that a box holds. Throws `ERR_MP4_BOX` where one does not fit. */
export function boxesIn(body: Buffer): Box[] {
  const boxes: Box[] = [];
  for (let at = 0; at < body.length; ) {
    const head = parseHead(body, at);
    // QuickTime ends some lists with four zero bytes.
    if (head === undefined) break;
    const end = head.size === 0 ? body.length : at + head.size;
    if (end > body.length || end < at + head.headBytes) throw mp4Error('ERR_MP4_BOX', `box '${head.type}' does not fit the one around it`);
    boxes.push({ type: head.type, body: body.subarray(at + head.headBytes, end) });
    at = end;
  }
  return boxes;
}

/** The first box of that path below: `findBox(trak, 'mdia', 'minf')`. */
export function findBox(body: Buffer, ...path: readonly string[]): Buffer | undefined {
  let found: Buffer | undefined = body;
  for (const type of path) {
    found = boxesIn(found).find((box) => box.type === type)?.body;
    if (found === undefined) return undefined;
  }
  return found;
}

/** Reads the movie box wherever it is, before the media or after it. Rejects with `ERR_MP4_…`. */
export async function readMoov(source: Mp4Source, limits: { readonly maxMoovBytes: number; readonly maxBoxes: number }): Promise<Buffer> {
  let at = 0;
  for (let count = 0; at < source.size; count++) {
    if (count >= limits.maxBoxes) throw mp4Error('ERR_MP4_TOO_LARGE', `more than ${limits.maxBoxes} boxes before the movie box`);
    const head = parseHead(await source.read(at, LONG_HEAD_BYTES), 0);
    if (head === undefined) break;
    if (count === 0 && !/^[a-z0-9 ]{4}$/i.test(head.type)) throw mp4Error('ERR_MP4_SIGNATURE', 'not an MP4 file');
    const size = head.size === 0 ? source.size - at : head.size;
    if (size < head.headBytes) throw mp4Error('ERR_MP4_BOX', `box '${head.type}' of ${size} bytes`);
    if (head.type === 'moov') return readWhole(source, at + head.headBytes, size - head.headBytes, limits.maxMoovBytes);
    at += size;
  }
  throw mp4Error('ERR_MP4_SIGNATURE', 'the file has no movie box (moov): no MP4 file, or one that was cut');
}

async function readWhole(source: Mp4Source, offset: number, length: number, maxBytes: number): Promise<Buffer> {
  // First what cannot be, so that a small file never makes a large buffer.
  if (offset + length > source.size) throw mp4Error('ERR_MP4_TRUNCATED', 'the file ends inside its movie box');
  if (length > maxBytes) throw mp4Error('ERR_MP4_TOO_LARGE', `a movie box of ${length} bytes, ${maxBytes} allowed`);
  const moov = await source.read(offset, length);
  if (moov.length < length) throw mp4Error('ERR_MP4_TRUNCATED', 'the file ends inside its movie box');
  return moov;
}
