import { Buffer } from 'node:buffer';
import { crc32Mpeg2 } from './crc.js';

/** One elementary stream as a program map names it. */
export interface MappedPid {
  readonly pid: number;
  readonly streamType: number;
}

const PROGRAM_NUMBER = 1;

/** A section with its header and checksum (ISO/IEC 13818-1 2.4.4). */
function section(tableId: number, id: number, version: number, body: Buffer): Buffer {
  const bytes = Buffer.alloc(8 + body.length + 4);
  bytes[0] = tableId;
  // section_syntax_indicator, reserved bits, and the length of what follows it.
  bytes.writeUInt16BE(0xb000 | (5 + body.length + 4), 1);
  bytes.writeUInt16BE(id, 3);
  bytes[5] = 0xc1 | ((version & 0x1f) << 1);
  body.copy(bytes, 8);
  bytes.writeUInt32BE(crc32Mpeg2(bytes.subarray(0, bytes.length - 4)), bytes.length - 4);
  return bytes;
}

/** A program association table of one program (2.4.4.3). */
export function serializeProgramAssociation(mapPid: number): Buffer {
  const body = Buffer.alloc(4);
  body.writeUInt16BE(PROGRAM_NUMBER, 0);
  body.writeUInt16BE(0xe000 | mapPid, 2);
  return section(0, 1, 0, body);
}

/** A program map table (2.4.4.8). */
export function serializeProgramMap(streams: readonly MappedPid[], clockPid: number): Buffer {
  const body = Buffer.alloc(4 + 5 * streams.length);
  body.writeUInt16BE(0xe000 | clockPid, 0);
  body.writeUInt16BE(0xf000, 2);
  streams.forEach(({ pid, streamType }, i) => {
    const at = 4 + 5 * i;
    body[at] = streamType;
    body.writeUInt16BE(0xe000 | pid, at + 1);
    body.writeUInt16BE(0xf000, at + 3);
  });
  return section(2, PROGRAM_NUMBER, 0, body);
}
