import { SluiceError } from '@sluice/core';
import { crc32Mpeg2 } from './crc.js';
import type { PesTimes } from './media-time.js';
import type { MappedStream, ProgramStreamMap } from './program-stream-map.js';
import { StreamId } from './start-code.js';

/** Most payload bytes of one PES packet written here: its length has 16 bits and includes the header. */
export const MAX_PES_PAYLOAD = 65_000;

/** A pack header (ISO/IEC 13818-1 2.5.3.3). `scr` in 90 kHz, 33 bits; `muxRate` in 50 bytes per second; `stuffing` 0 to 7 bytes. */
export function serializePackHeader(scr: number, muxRate = 6106, stuffing = 0): Buffer {
  const bytes = Buffer.alloc(14 + stuffing, 0xff);
  bytes.writeUInt32BE(0x000001ba);
  const high = Math.floor(scr / 2 ** 30) & 7;
  const middle = Math.floor(scr / 2 ** 15) & 0x7fff;
  const low = scr % 2 ** 15;
  bytes[4] = 0x44 | (high << 3) | (middle >> 13);
  bytes[5] = (middle >> 5) & 0xff;
  bytes[6] = ((middle & 0x1f) << 3) | 4 | (low >> 13);
  bytes[7] = (low >> 5) & 0xff;
  bytes[8] = ((low & 0x1f) << 3) | 4;
  bytes[9] = 1;
  bytes.writeUIntBE((muxRate * 4) | 3, 10, 3);
  bytes[13] = 0xf8 | stuffing;
  return bytes;
}

/** A program stream map with its start code and CRC. */
export function serializeProgramStreamMap(map: ProgramStreamMap): Buffer {
  const length = 10 + 4 * map.streams.length;
  const bytes = Buffer.alloc(6 + length);
  bytes.writeUInt32BE(0x00000100 | StreamId.programStreamMap);
  bytes.writeUInt16BE(length, 4);
  bytes[6] = 0xe0 | (map.version & 0x1f);
  bytes[7] = 0xff;
  bytes.writeUInt16BE(4 * map.streams.length, 10);
  map.streams.forEach(({ streamType, streamId }: MappedStream, i) => {
    bytes[12 + 4 * i] = streamType;
    bytes[13 + 4 * i] = streamId;
  });
  bytes.writeUInt32BE(crc32Mpeg2(bytes.subarray(0, bytes.length - 4)), bytes.length - 4);
  return bytes;
}

/** A PES packet of MPEG-2. Throws `ERR_MPEG_PES` for a payload that its length cannot say. */
export function serializePes(streamId: number, times: PesTimes, payload: Buffer): Buffer {
  const withDts = times.dts !== undefined && times.dts !== times.pts;
  const timeBytes = times.pts === undefined ? 0 : withDts ? 10 : 5;
  const length = 3 + timeBytes + payload.length;
  if (length > 0xffff) throw new SluiceError('ERR_MPEG_PES', `a PES packet holds at most ${0xffff - 3 - timeBytes} bytes here`);
  const bytes = Buffer.alloc(9 + timeBytes + payload.length);
  bytes.writeUInt32BE(0x00000100 | streamId);
  bytes.writeUInt16BE(length, 4);
  bytes[6] = 0x80;
  bytes[7] = timeBytes === 0 ? 0 : withDts ? 0xc0 : 0x80;
  bytes[8] = timeBytes;
  if (times.pts !== undefined) writeTime(bytes, 9, withDts ? 3 : 2, times.pts);
  if (withDts && times.dts !== undefined) writeTime(bytes, 14, 1, times.dts);
  payload.copy(bytes, 9 + timeBytes);
  return bytes;
}

function writeTime(bytes: Buffer, at: number, prefix: number, ticks: number): void {
  const wrapped = ((ticks % 2 ** 33) + 2 ** 33) % 2 ** 33;
  bytes[at] = (prefix << 4) | (Math.floor(wrapped / 2 ** 30) << 1) | 1;
  bytes.writeUInt16BE(((Math.floor(wrapped / 2 ** 15) & 0x7fff) << 1) | 1, at + 1);
  bytes.writeUInt16BE(((wrapped % 2 ** 15) << 1) | 1, at + 3);
}
