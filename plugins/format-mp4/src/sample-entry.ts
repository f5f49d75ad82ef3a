import type { Buffer } from 'node:buffer';
import { ByteReader } from '@sluice/core';
import { parseAudioSpecificConfig } from '@sluice/plugin-codec-aac';
import { parseAvcC } from '@sluice/plugin-codec-h264';
import { parseHvcC } from '@sluice/plugin-codec-h265';
import { type Box, boxesIn, findBox } from './box.js';
import { audioSpecificConfig } from './esds.js';

/** What a sample entry says of its codec. */
export interface SampleFormat {
  /** Name of the codec. */
  readonly codec: string;
  /** In the codec package's shape. */
  readonly parameters: unknown;
  /** Bytes of the length before each NAL unit; undefined: a sample is one unit. */
  readonly lengthSize?: number;
}

// ISO/IEC 14496-12 12.1.3, 12.2.3: the fixed fields before the boxes inside.
const VISUAL_FIELDS = 78;
const AUDIO_FIELDS = 28;
/** QuickTime's versions of the sound entry have more fields. */
const AUDIO_VERSION_FIELDS: readonly number[] = [0, 16, 36];

/** Reads the first entry of an `stsd` box: avc1, avc3, hvc1, hev1, mp4a with AAC. Undefined for what is not known here. Throws a codec's error where its record cannot be read. */
export function parseSampleDescription(stsd: Buffer): SampleFormat | undefined {
  const entry = boxesIn(stsd.subarray(8))[0];
  if (entry === undefined) return undefined;
  switch (entry.type) {
    case 'avc1':
    case 'avc3':
      return videoFormat(entry, 'avcC', 'h264', parseAvcC);
    case 'hvc1':
    case 'hev1':
      return videoFormat(entry, 'hvcC', 'h265', parseHvcC);
    case 'mp4a':
      return audioFormat(entry);
    default:
      return undefined;
  }
}

function videoFormat(
  { body }: Box,
  recordType: string,
  codec: string,
  parse: (record: Buffer) => { readonly parameters: unknown; readonly lengthSize: number },
): SampleFormat | undefined {
  const record = findBox(body.subarray(VISUAL_FIELDS), recordType);
  return record === undefined ? undefined : { codec, ...parse(record) };
}

function audioFormat({ body }: Box): SampleFormat | undefined {
  const version = new ByteReader(body, 8).u16();
  const inside = body.subarray(AUDIO_FIELDS + (AUDIO_VERSION_FIELDS[version] ?? 0));
  const esds = findBox(inside, 'esds') ?? findBox(inside, 'wave', 'esds');
  const config = esds === undefined ? undefined : audioSpecificConfig(esds);
  return config === undefined ? undefined : { codec: 'aac', parameters: parseAudioSpecificConfig(config) };
}
