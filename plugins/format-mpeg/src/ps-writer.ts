import { SluiceError } from '@sluice/core';
import { crc32Mpeg2 } from './crc.js';
import type { PesTimes } from './media-time.js';
import type { MappedStream, ProgramStreamMap } from './program-stream-map.js';
import { isAudioId, isVideoId, StreamId } from './start-code.js';

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

/** A system header (2.5.3.5). `muxRate` bounds the rate, in 50 bytes per second. */
export function serializeSystemHeader(streamIds: readonly number[], muxRate = 6106): Buffer {
  const bytes = Buffer.alloc(12 + 3 * streamIds.length);
  bytes.writeUInt32BE(0x00000100 | StreamId.systemHeader);
  bytes.writeUInt16BE(bytes.length - 6, 4);
  bytes.writeUIntBE(0x800001 | (muxRate << 1), 6, 3);
  bytes[9] = (streamIds.filter(isAudioId).length << 2) & 0xfc;
  // Marker; nothing locked to the system clock.
  bytes[10] = 0x20 | streamIds.filter(isVideoId).length;
  bytes[11] = 0x7f;
  streamIds.forEach((streamId, i) => {
    bytes[12 + 3 * i] = streamId;
    // Buffer bound: 232 units of 1024 bytes for video, 32 of 128 bytes for sound.
    bytes.writeUInt16BE(isVideoId(streamId) ? 0xe0e8 : 0xc020, 13 + 3 * i);
  });
  return bytes;
}

/** Bytes of the header that `writePesHeader` writes. */
export function pesHeaderBytes(times: PesTimes): number {
  return 9 + (times.pts === undefined ? 0 : hasDts(times) ? 10 : 5);
}

function hasDts({ pts, dts }: PesTimes): boolean {
  return dts !== undefined && dts !== pts;
}

/** Writes the header of a PES packet of MPEG-2; answers where its payload goes. Throws `ERR_MPEG_PES` for more than the length can say. */
export function writePesHeader(bytes: Buffer, at: number, streamId: number, times: PesTimes, payloadBytes: number): number {
  const headerBytes = pesHeaderBytes(times);
  const length = headerBytes - 6 + payloadBytes;
  if (length > 0xffff) throw new SluiceError('ERR_MPEG_PES', `a PES packet holds at most ${0xffff + 6 - headerBytes} bytes here`);
  const withDts = headerBytes === 19;
  bytes.writeUInt32BE(0x00000100 | streamId, at);
  bytes.writeUInt16BE(length, at + 4);
  bytes[at + 6] = 0x80;
  bytes[at + 7] = headerBytes === 9 ? 0 : withDts ? 0xc0 : 0x80;
  bytes[at + 8] = headerBytes - 9;
  if (times.pts !== undefined) writeTime(bytes, at + 9, withDts ? 3 : 2, times.pts);
  if (withDts && times.dts !== undefined) writeTime(bytes, at + 14, 1, times.dts);
  return at + headerBytes;
}

/** A PES packet of MPEG-2. Throws `ERR_MPEG_PES` for a payload that its length cannot say. */
export function serializePes(streamId: number, times: PesTimes, payload: Buffer): Buffer {
  const bytes = Buffer.alloc(pesHeaderBytes(times) + payload.length);
  payload.copy(bytes, writePesHeader(bytes, 0, streamId, times, payload.length));
  return bytes;
}

function writeTime(bytes: Buffer, at: number, prefix: number, ticks: number): void {
  const wrapped = ((ticks % 2 ** 33) + 2 ** 33) % 2 ** 33;
  bytes[at] = (prefix << 4) | (Math.floor(wrapped / 2 ** 30) << 1) | 1;
  bytes.writeUInt16BE(((Math.floor(wrapped / 2 ** 15) & 0x7fff) << 1) | 1, at + 1);
  bytes.writeUInt16BE(((wrapped % 2 ** 15) << 1) | 1, at + 3);
}
