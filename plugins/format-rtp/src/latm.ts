import { Buffer } from 'node:buffer';
import { BitReader, SluiceError } from '@sluice/core';

/** A StreamMuxConfig (ISO/IEC 14496-3 1.7.3.2) of one program and one layer: all that RFC 6416 senders use. */
export interface StreamMuxConfig {
  /** AudioSpecificConfig, padded to whole bytes. */
  readonly config: Buffer;
  /** Access units in each AudioMuxElement. */
  readonly subFrames: number;
  /** Bytes of an access unit where the length is fixed. */
  readonly fixedBytes?: number;
  readonly otherDataBits: number;
}

/** Access units of an AudioMuxElement, copied. */
export interface AudioMuxElement {
  readonly accessUnits: readonly Buffer[];
  /** Told where the element has one. */
  readonly muxConfig?: StreamMuxConfig;
  readonly bytes: number;
}

const GENERAL_AUDIO = new Set([1, 2, 3, 4]);
const SBR = 5;
const PARAMETRIC_STEREO = 29;
/** syncExtensionType 0x2b7 and audio object type 5. */
const SBR_EXTENSION = (0x2b7 << 5) | SBR;
const PS_EXTENSION = 0x548;
const ESCAPE_TYPE = 31;
const ESCAPE_FREQUENCY = 15;
const MAX_CONFIG_BITS = 4096;

function unsupported(what: string): SluiceError {
  return new SluiceError('ERR_RTP_LATM', `LATM with ${what}`);
}

/**
 * Parses the StreamMuxConfig of `a=fmtp`. What comes behind the AudioSpecificConfig may be cut (GStreamer's is): taken as zeros.
 * Throws `ERR_RTP_LATM` for what is not played here, and where the bits end.
 */
export function parseStreamMuxConfig(config: Buffer): StreamMuxConfig {
  const data = Buffer.concat([config, Buffer.alloc(2)]);
  try {
    return readMuxConfig(data, new BitReader(data));
  } catch (error) {
    if (error instanceof SluiceError) throw error;
    throw new SluiceError('ERR_RTP_LATM', 'a StreamMuxConfig that is cut', { cause: error });
  }
}

function readMuxConfig(data: Buffer, bits: BitReader): StreamMuxConfig {
  const version = bits.bits(1);
  if (version === 1 && bits.flag()) throw unsupported('audioMuxVersionA 1');
  if (version === 1) readValue(bits); // taraBufferFullness
  if (!bits.flag()) throw unsupported('streams of different framing');
  const subFrames = bits.bits(6) + 1;
  if (bits.bits(4) !== 0 || bits.bits(3) !== 0) throw unsupported('several programs or layers');
  const config = version === 1 ? readSizedConfig(data, bits) : readConfig(data, bits);
  const frameLengthType = bits.bits(3);
  if (frameLengthType > 1) throw unsupported(`frameLengthType ${frameLengthType}`);
  let fixedBytes: number | undefined;
  if (frameLengthType === 0)
    bits.skip(8); // latmBufferFullness
  else fixedBytes = bits.bits(9) + 20;
  const otherDataBits = bits.flag() ? readOtherLength(bits, version) : 0;
  if (bits.flag()) bits.skip(8); // crcCheckSum
  return { config, subFrames, otherDataBits, ...(fixedBytes === undefined ? undefined : { fixedBytes }) };
}

/** LatmGetValue (1.7.3.1). */
function readValue(bits: BitReader): number {
  const count = bits.bits(2) + 1;
  return bits.bits(8 * count);
}

function readOtherLength(bits: BitReader, version: number): number {
  if (version === 1) return readValue(bits);
  let length = 0;
  let more = true;
  while (more) {
    more = bits.flag();
    length = length * 256 + bits.bits(8);
    if (length > 0xffff) throw unsupported('much other data');
  }
  return length;
}

function readSizedConfig(data: Buffer, bits: BitReader): Buffer {
  const length = readValue(bits);
  if (length === 0 || length > MAX_CONFIG_BITS) throw unsupported(`an AudioSpecificConfig of ${length} bits`);
  const start = bits.position;
  bits.skip(length);
  return copyBits(data, start, length);
}

/** An AudioSpecificConfig (1.6.2.1) whose length only its content says. */
function readConfig(data: Buffer, bits: BitReader): Buffer {
  const start = bits.position;
  let type = readObjectType(bits);
  readFrequency(bits);
  const channels = bits.bits(4);
  if (type === SBR || type === PARAMETRIC_STEREO) {
    readFrequency(bits);
    type = readObjectType(bits);
  }
  if (!GENERAL_AUDIO.has(type) || channels === 0) throw unsupported(`audio object type ${type}, channel configuration ${channels}`);
  bits.skip(1); // frameLengthFlag
  if (bits.flag()) bits.skip(14); // coreCoderDelay
  bits.skip(1); // extensionFlag
  skipSyncExtension(data, bits);
  return copyBits(data, start, bits.position - start);
}

/** Backward compatible signalling of SBR and PS (1.6.5.2), which GStreamer writes though there is nothing to signal. */
function skipSyncExtension(data: Buffer, bits: BitReader): void {
  if (peek(data, bits, 16) !== SBR_EXTENSION) return;
  bits.skip(16);
  if (!bits.flag()) return;
  readFrequency(bits);
  if (peek(data, bits, 11) === PS_EXTENSION) bits.skip(12);
}

/** Up to 16 bits, without reading them. */
function peek(data: Buffer, bits: BitReader, count: number): number | undefined {
  if (bits.left < count) return undefined;
  return copyBits(data, bits.position, 16).readUInt16BE() >> (16 - count);
}

function readObjectType(bits: BitReader): number {
  const type = bits.bits(5);
  return type === ESCAPE_TYPE ? 32 + bits.bits(6) : type;
}

function readFrequency(bits: BitReader): void {
  if (bits.bits(4) === ESCAPE_FREQUENCY) bits.skip(24);
}

/** Bits from anywhere to a buffer of their own. The last byte is filled with zeros. */
function copyBits(data: Buffer, start: number, count: number): Buffer {
  const length = (count + 7) >> 3;
  const shift = start & 7;
  const from = start >> 3;
  const out = Buffer.alloc(length);
  data.copy(out, 0, from, from + length);
  if (shift > 0) for (let i = 0; i < length; i++) out[i] = (((data[from + i] as number) << shift) | ((data[from + i + 1] ?? 0) >> (8 - shift))) & 0xff;
  const spare = 8 * length - count;
  if (spare > 0) out[length - 1] = (out[length - 1] as number) & (0xff << spare);
  return out;
}

/**
 * Parses the AudioMuxElement at the beginning of `data` (1.7.3.1). `inBand`: it says whether it has a StreamMuxConfig (`cpresent`);
 * `known`: the config where it has none. Throws `ERR_RTP_LATM`.
 */
export function parseAudioMuxElement(data: Buffer, inBand: boolean, known?: StreamMuxConfig): AudioMuxElement {
  const bits = new BitReader(data);
  try {
    const muxConfig = inBand && !bits.flag() ? readMuxConfig(data, bits) : undefined;
    const config = muxConfig ?? known;
    if (config === undefined) throw unsupported('no StreamMuxConfig yet');
    const accessUnits: Buffer[] = [];
    for (let i = 0; i < config.subFrames; i++) {
      const length = config.fixedBytes ?? readLength(bits);
      const start = bits.position;
      bits.skip(8 * length);
      if (length > 0) accessUnits.push(copyBits(data, start, 8 * length));
    }
    bits.skip(config.otherDataBits);
    return { accessUnits, bytes: (bits.position + 7) >> 3, ...(muxConfig === undefined ? undefined : { muxConfig }) };
  } catch (error) {
    if (error instanceof SluiceError) throw error;
    throw new SluiceError('ERR_RTP_LATM', 'an AudioMuxElement that is cut', { cause: error });
  }
}

/** PayloadLengthInfo (1.7.3.1). */
function readLength(bits: BitReader): number {
  let length = 0;
  for (;;) {
    const byte = bits.bits(8);
    length += byte;
    if (byte !== 255) return length;
  }
}
