import { Buffer } from 'node:buffer';
import { parametersOf, type Track } from '@sluice/core';
import { serializeAvcC } from '@sluice/plugin-codec-h264';
import { serializeHvcC } from '@sluice/plugin-codec-h265';
import { box, fullBox } from './box-writer.js';
import { mp4Error } from './errors.js';

/** ISO/IEC 14496-1 7.2.6.6, table 5. */
const ObjectType = { aac: 0x40, mp3: 0x6b } as const;
/** A decoder of Opus throws away the first 6.5 ms at 48 kHz where nothing else is known (RFC 7845 5.1). */
const OPUS_PRE_SKIP = 312;

const WRITERS: Readonly<Record<string, (track: Track) => Buffer>> = {
  h264: (track) => visual('avc1', track, box('avcC', serializeAvcC(required(parametersOf(track, 'h264'), track)))),
  // Parameter sets stand in the record alone (ISO/IEC 14496-15 8.3.3).
  h265: (track) => visual('hvc1', track, box('hvcC', serializeHvcC(required(parametersOf(track, 'h265'), track)))),
  aac: (track) => audio('mp4a', track, esds(ObjectType.aac, required(parametersOf(track, 'aac'), track).config)),
  mp3: (track) => audio('mp4a', track, esds(ObjectType.mp3)),
  opus: (track) => audio('Opus', track, opusRecord(track)),
};

/** Whether a codec can be written. */
export function writesCodec(codec: string): boolean {
  return WRITERS[codec] !== undefined;
}

/** The sample entry of a track. Throws `ERR_MP4_CODEC` for a codec that is not written here, or that lacks its parameters. */
export function serializeSampleEntry(track: Track): Buffer {
  const write = WRITERS[track.codec];
  if (write === undefined) throw mp4Error('ERR_MP4_CODEC', `${track.codec} in MP4`);
  return write(track);
}

function required<P>(parameters: P | undefined, { codec }: Track): P {
  if (parameters === undefined) throw mp4Error('ERR_MP4_CODEC', `a track of ${codec} without parameters`);
  return parameters;
}

// ISO/IEC 14496-12 12.1.3
function visual(type: string, { info }: Track, record: Buffer): Buffer {
  const fields = Buffer.alloc(78);
  fields.writeUInt16BE(1, 6); // data_reference_index
  fields.writeUInt16BE(info.width ?? 0, 24);
  fields.writeUInt16BE(info.height ?? 0, 26);
  fields.writeUInt32BE(0x00480000, 28); // 72 dpi
  fields.writeUInt32BE(0x00480000, 32);
  fields.writeUInt16BE(1, 40); // frame_count
  fields.writeUInt16BE(24, 74); // depth
  fields.writeInt16BE(-1, 76);
  return box(type, fields, record);
}

// 12.2.3
function audio(type: string, { info }: Track, record: Buffer): Buffer {
  const fields = Buffer.alloc(28);
  fields.writeUInt16BE(1, 6); // data_reference_index
  fields.writeUInt16BE(info.channels ?? 2, 16);
  fields.writeUInt16BE(16, 18); // samplesize
  const rate = info.sampleRate ?? 48_000;
  // 16.16 bits; what does not fit is said by the record.
  if (rate < 0x10000) fields.writeUInt16BE(rate, 24);
  return box(type, fields, record);
}

/** A descriptor whose length fits one byte (ISO/IEC 14496-1 8.3.3). */
function descriptor(tag: number, ...parts: readonly (Buffer | readonly number[])[]): Buffer {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part)));
  return Buffer.concat([Buffer.from([tag, body.length]), body]);
}

// ISO/IEC 14496-14 5.6, 14496-1 7.2.6.5 and 7.2.6.6
function esds(objectType: number, specificInfo?: Buffer): Buffer {
  const AUDIO_STREAM = 0x15;
  const decoder = descriptor(
    4,
    [objectType, AUDIO_STREAM, 0, 0, 0],
    Buffer.alloc(8), // bit rates unknown
    specificInfo === undefined ? [] : descriptor(5, specificInfo),
  );
  return fullBox('esds', 0, 0, descriptor(3, [0, 0, 0], decoder, descriptor(6, [2])));
}

/** Encapsulation of Opus in ISO base media, 4.3.2. */
function opusRecord({ info }: Track): Buffer {
  const record = Buffer.alloc(11);
  record[1] = info.channels ?? 2;
  record.writeUInt16BE(OPUS_PRE_SKIP, 2);
  record.writeUInt32BE(info.sampleRate ?? 48_000, 4);
  return box('dOps', record);
}
