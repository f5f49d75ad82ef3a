import type { Buffer } from 'node:buffer';
import { ByteReader, ByteWriter } from '@sluice/core';
import { h264Error } from './errors.js';
import { H264NalType, h264NalType } from './nal-unit.js';
import type { H264Parameters } from './parameters.js';
import { type H264Sps, parseSps } from './sps.js';

/** What an AVCDecoderConfigurationRecord says. */
export interface AvcC {
  readonly parameters: H264Parameters;
  /** Bytes of the length before each NAL unit: 1, 2 or 4. */
  readonly lengthSize: number;
}

/**
 * Parses an AVCDecoderConfigurationRecord (ISO/IEC 14496-15 5.3.3.1). The parameter sets are views. Bytes after the PPS are not read.
 * @throws SluiceError `ERR_H264_AVCC`
 */
export function parseAvcC(record: Buffer): AvcC {
  try {
    return readAvcC(new ByteReader(record));
  } catch (error) {
    throw h264Error('ERR_H264_AVCC', 'the AVCDecoderConfigurationRecord cannot be read', error);
  }
}

function readAvcC(reader: ByteReader): AvcC {
  const version = reader.u8();
  if (version !== 1) throw new RangeError(`configurationVersion ${version}`);
  reader.skip(3); // profile, compatibility, level: the SPS says them too
  const lengthSize = (reader.u8() & 3) + 1;
  if (lengthSize === 3) throw new RangeError('lengthSizeMinusOne 2');
  const sps = readSets(reader, reader.u8() & 31, H264NalType.sps);
  const pps = readSets(reader, reader.u8(), H264NalType.pps);
  return { parameters: { sps, pps }, lengthSize };
}

function readSets(reader: ByteReader, count: number, type: number): Buffer[] {
  const sets: Buffer[] = [];
  for (let i = 0; i < count; i++) {
    const unit = reader.bytes(reader.u16());
    if (unit.length === 0) continue;
    if (h264NalType(unit) !== type) throw new RangeError(`NAL unit type ${h264NalType(unit)} instead of ${type}`);
    sets.push(unit);
  }
  return sets;
}

/**
 * Makes the AVCDecoderConfigurationRecord for `parameters`, with lengths of four bytes.
 * @throws SluiceError `ERR_H264_AVCC` where there is no SPS or more than the record can hold
 */
export function serializeAvcC(parameters: H264Parameters): Buffer {
  const { sps, pps } = parameters;
  const first = sps[0];
  if (first === undefined || first.length < 4) throw h264Error('ERR_H264_AVCC', 'no SPS to make an AVCDecoderConfigurationRecord of');
  if (sps.length > 31 || pps.length > 255) throw h264Error('ERR_H264_AVCC', `${sps.length} SPS and ${pps.length} PPS`);
  const writer = new ByteWriter(64);
  writer.u8(1).bytes(first.subarray(1, 4)).u8(0xff); // version, profile to level, lengthSizeMinusOne 3
  writer.u8(0xe0 | sps.length);
  for (const unit of sps) writeSet(writer, unit);
  writer.u8(pps.length);
  for (const unit of pps) writeSet(writer, unit);
  writeHighProfile(writer, first);
  return writer.finish();
}

function writeSet(writer: ByteWriter, unit: Buffer): void {
  if (unit.length > 0xffff) throw h264Error('ERR_H264_AVCC', `a parameter set of ${unit.length} bytes`);
  writer.u16(unit.length).bytes(unit);
}

/** ISO/IEC 14496-15 5.3.3.1.2: the high profiles repeat chroma format and bit depths. */
function writeHighProfile(writer: ByteWriter, unit: Buffer): void {
  const profileIdc = unit[1] ?? 0;
  if (![100, 110, 122, 144].includes(profileIdc)) return;
  let sps: H264Sps;
  try {
    sps = parseSps(unit);
  } catch {
    return; // readers take a record without them
  }
  writer
    .u8(0xfc | sps.chromaFormat)
    .u8(0xf8 | (sps.bitDepthLuma - 8))
    .u8(0xf8 | (sps.bitDepthChroma - 8))
    .u8(0);
}
