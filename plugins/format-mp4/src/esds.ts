import type { Buffer } from 'node:buffer';
import { ByteReader } from '@sluice/core';

const Tag = { esDescriptor: 3, decoderConfig: 4, decoderSpecificInfo: 5 } as const;
/** MPEG-4 audio, and AAC of MPEG-2 in its three profiles (ISO/IEC 14496-1 7.2.6.6, table 5). */
const AAC_OBJECT_TYPES = new Set([0x40, 0x66, 0x67, 0x68]);

interface Descriptor {
  readonly tag: number;
  readonly body: ByteReader;
}

// ISO/IEC 14496-1 8.3.3: the length in groups of seven bits, four at most.
function nextDescriptor(reader: ByteReader): Descriptor {
  const tag = reader.u8();
  let length = 0;
  for (let i = 0; i < 4; i++) {
    const byte = reader.u8();
    length = (length << 7) | (byte & 0x7f);
    if (byte < 0x80) break;
  }
  return { tag, body: new ByteReader(reader.bytes(Math.min(length, reader.left))) };
}

function find(reader: ByteReader, tag: number): ByteReader | undefined {
  while (reader.left > 1) {
    const descriptor = nextDescriptor(reader);
    if (descriptor.tag === tag) return descriptor.body;
  }
  return undefined;
}

/** The AudioSpecificConfig in an `esds` box; undefined where the sound is no AAC (ISO/IEC 14496-14 5.6). */
export function audioSpecificConfig(esds: Buffer): Buffer | undefined {
  const es = find(new ByteReader(esds, 4), Tag.esDescriptor);
  if (es === undefined) return undefined;
  es.skip(2);
  const flags = es.u8();
  // 7.2.6.5: dependsOn, URL, OCR.
  if (flags & 0x80) es.skip(2);
  if (flags & 0x40) es.skip(es.u8());
  if (flags & 0x20) es.skip(2);
  const config = find(es, Tag.decoderConfig);
  if (config === undefined || !AAC_OBJECT_TYPES.has(config.u8())) return undefined;
  config.skip(12);
  return find(config, Tag.decoderSpecificInfo)?.rest();
}
