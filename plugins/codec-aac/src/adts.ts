import type { Buffer } from 'node:buffer';
import { makeAudioSpecificConfig } from './audio-specific-config.js';
import { aacError } from './errors.js';
import { channelsOf, samplingFrequency } from './sampling.js';

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
  /** Raw data blocks in the frame, 1 to 4. */
  readonly rawBlocks: number;
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
  if (frameBytes < headerBytes) throw aacError('ERR_AAC_ADTS', `a frame of ${frameBytes} bytes`);
  return {
    objectType: (second >> 14) + 1,
    sampleRate,
    channels: channelsOf(channelConfiguration) ?? 0,
    channelConfiguration,
    headerBytes,
    frameBytes,
    rawBlocks: ((data[offset + 6] ?? 0) & 3) + 1,
  };
}

/** Frames of ADTS data, as raw access units. */
export interface AdtsFrames {
  /** The AudioSpecificConfig of the first frame. */
  readonly config: Buffer;
  /** Raw access units; views. */
  readonly frames: readonly Buffer[];
}

/**
 * Splits whole ADTS frames that follow each other, as in one PES packet. Headers without data are dropped.
 * @throws SluiceError `ERR_AAC_ADTS` where a header is broken or the last frame is cut, `ERR_AAC_CONFIG` where no config can say it
 */
export function splitAdts(data: Buffer): AdtsFrames {
  const config = adtsConfig(parseAdtsHeader(data));
  const frames: Buffer[] = [];
  for (let offset = 0; offset < data.length; ) {
    const header = parseAdtsHeader(data, offset);
    const end = offset + header.frameBytes;
    if (end > data.length) throw aacError('ERR_AAC_ADTS', `a frame of ${header.frameBytes} bytes where ${data.length - offset} are left`);
    if (header.frameBytes > header.headerBytes) frames.push(data.subarray(offset + header.headerBytes, end));
    offset = end;
  }
  return { config, frames };
}

/** The AudioSpecificConfig an ADTS header stands for. @throws SluiceError `ERR_AAC_CONFIG` for channel configuration 0 */
export function adtsConfig(header: AdtsHeader): Buffer {
  return makeAudioSpecificConfig(header);
}
