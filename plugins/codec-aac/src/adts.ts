import type { Buffer } from 'node:buffer';
import { makeAudioSpecificConfig, parseAudioSpecificConfig } from './audio-specific-config.js';
import { BitWriter } from './bit-writer.js';
import { countChannels } from './channel-elements.js';
import { aacError } from './errors.js';
import type { AacParameters } from './parameters.js';
import { channelsOf, ESCAPE_INDEX, samplingFrequency, samplingIndex } from './sampling.js';

const FIXED_HEADER_BYTES = 7;

/** The header of an ADTS frame (ISO/IEC 14496-3 1.A.3). */
export interface AdtsHeader {
  /** Audio object type, 1 to 4. */
  readonly objectType: number;
  readonly sampleRate: number;
  /** Channels; 0 where only the coded data says them. */
  readonly channels: number;
  readonly channelConfiguration: number;
  /** 7, or 9 with a checksum. */
  readonly headerBytes: number;
  /** Bytes of the whole frame with its header. */
  readonly frameBytes: number;
}

/** Whether `data` begins like an ADTS frame: syncword and layer 0. */
export function isAdts(data: Buffer): boolean {
  return data.length >= FIXED_HEADER_BYTES && data[0] === 0xff && ((data[1] ?? 0) & 0xf6) === 0xf0;
}

/**
 * Parses the ADTS header at `offset`; the frame itself need not be there.
 * @throws SluiceError `ERR_AAC_ADTS`
 */
export function parseAdtsHeader(data: Buffer, offset = 0): AdtsHeader {
  if (data.length - offset < FIXED_HEADER_BYTES) throw aacError('ERR_AAC_ADTS', 'an ADTS header that is cut');
  if ((data.readUInt16BE(offset) & 0xfff6) !== 0xfff0) throw aacError('ERR_AAC_ADTS', 'no ADTS syncword');
  const second = data.readUInt16BE(offset + 2);
  const sampleRate = samplingFrequency((second >> 10) & 15);
  const channelConfiguration = (second >> 6) & 7;
  if (sampleRate === undefined) throw aacError('ERR_AAC_ADTS', `sampling_frequency_index ${(second >> 10) & 15}`);
  const headerBytes = ((data[offset + 1] ?? 0) & 1) === 1 ? 7 : 9;
  const frameBytes = (data.readUIntBE(offset + 3, 3) >> 5) & 0x1fff;
  const rawBlocks = ((data[offset + 6] ?? 0) & 3) + 1;
  // Several raw data blocks stand side by side without lengths; nobody sends them, and they cannot be told apart without decoding.
  if (rawBlocks > 1) throw aacError('ERR_AAC_ADTS', `${rawBlocks} raw data blocks in a frame`);
  if (frameBytes < headerBytes) throw aacError('ERR_AAC_ADTS', `a frame of ${frameBytes} bytes`);
  return {
    objectType: (second >> 14) + 1,
    sampleRate,
    channels: channelsOf(channelConfiguration) ?? 0,
    channelConfiguration,
    headerBytes,
    frameBytes,
  };
}

/** Frames of ADTS data, as raw access units. */
export interface AdtsFrames {
  /** The AudioSpecificConfig of the first frame. */
  readonly config: Buffer;
  /** Raw access units; views. */
  readonly frames: readonly Buffer[];
  /** The head of a frame that goes on in later data; a view, mostly empty. */
  readonly rest: Buffer;
}

/**
 * Splits ADTS frames that follow each other, as in one PES packet. Headers without data are dropped.
 * @throws SluiceError `ERR_AAC_ADTS` where a header is broken or the first one is cut, `ERR_AAC_CONFIG` where no config can say it
 */
export function splitAdts(data: Buffer): AdtsFrames {
  const first = parseAdtsHeader(data);
  const frames: Buffer[] = [];
  let offset = 0;
  while (data.length - offset >= FIXED_HEADER_BYTES) {
    const header = parseAdtsHeader(data, offset);
    const end = offset + header.frameBytes;
    if (end > data.length) break;
    if (header.frameBytes > header.headerBytes) frames.push(data.subarray(offset + header.headerBytes, end));
    offset = end;
  }
  return { config: adtsConfig(first, data.subarray(first.headerBytes)), frames, rest: data.subarray(offset) };
}

/**
 * The AudioSpecificConfig an ADTS header stands for.
 * @param accessUnit what follows the header; with channel configuration 0 the channels are counted there
 * @throws SluiceError `ERR_AAC_CONFIG` where the channels cannot be told
 */
export function adtsConfig(header: AdtsHeader, accessUnit: Buffer): Buffer {
  const channels = header.channelConfiguration === 0 ? countChannels(accessUnit) : header.channels;
  return makeAudioSpecificConfig({ objectType: header.objectType, sampleRate: header.sampleRate, channels });
}

/**
 * Makes the seven-byte ADTS header of a raw access unit. SBR and PS are not signalled there: the core coder's facts are used.
 * @throws SluiceError `ERR_AAC_ADTS` where ADTS cannot say it
 */
export function serializeAdtsHeader(parameters: AacParameters, accessUnitBytes: number): Buffer {
  const { objectType, coreSampleRate, channelConfiguration } = parseAudioSpecificConfig(parameters.config);
  const index = samplingIndex(coreSampleRate);
  const frameBytes = accessUnitBytes + FIXED_HEADER_BYTES;
  if (objectType > 4 || index === ESCAPE_INDEX || channelConfiguration > 7 || frameBytes > 0x1fff) {
    throw aacError('ERR_AAC_ADTS', `no ADTS for object type ${objectType}, ${coreSampleRate} Hz and ${accessUnitBytes} bytes`);
  }
  const header = new BitWriter()
    .bits(0xfff1, 16)
    .bits(objectType - 1, 2)
    .bits(index, 4)
    .bits(0, 1)
    .bits(channelConfiguration, 3);
  return header.bits(0, 4).bits(frameBytes, 13).bits(0x7ff, 11).bits(0, 2).finish();
}
