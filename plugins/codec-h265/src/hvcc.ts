import type { Buffer } from 'node:buffer';
import { ByteReader, ByteWriter } from '@sluice/core';
import { unescapeRbsp } from '@sluice/plugin-codec-nal';
import { h265Error } from './errors.js';
import { H265NalType, h265NalType } from './nal-unit.js';
import type { H265Parameters } from './parameters.js';
import { type H265Sps, parseSps } from './sps.js';

/** What an HEVCDecoderConfigurationRecord says. */
export interface HvcC {
  readonly parameters: H265Parameters;
  /** Bytes of the length before each NAL unit: 1, 2 or 4. */
  readonly lengthSize: number;
}

/** Parameter sets one record may hold; real ones hold three. */
const MAX_SETS = 64;
/** Bytes from the version to avgFrameRate. */
const BYTES_BEFORE_LENGTH_SIZE = 20;
/** Offset of general_profile_space in an SPS without emulation prevention, and bytes of the general profile_tier_level. */
const PTL_OFFSET = 3;
const PTL_BYTES = 12;

/**
 * Parses an HEVCDecoderConfigurationRecord (ISO/IEC 14496-15 8.3.3.1). The parameter sets are views; SEI and other layers are left out.
 * @throws SluiceError `ERR_H265_HVCC`
 */
export function parseHvcC(record: Buffer): HvcC {
  try {
    return readHvcC(new ByteReader(record));
  } catch (error) {
    throw h265Error('ERR_H265_HVCC', 'the HEVCDecoderConfigurationRecord cannot be read', error);
  }
}

function readHvcC(reader: ByteReader): HvcC {
  // Version 0 was written before the standard was final, with the same layout.
  const version = reader.u8();
  if (version > 1) throw new RangeError(`configurationVersion ${version}`);
  reader.skip(BYTES_BEFORE_LENGTH_SIZE);
  const lengthSize = (reader.u8() & 3) + 1;
  if (lengthSize === 3) throw new RangeError('lengthSizeMinusOne 2');
  const parameters: Record<keyof H265Parameters, Buffer[]> = { vps: [], sps: [], pps: [] };
  let arrays = reader.u8();
  let sets = 0;
  for (; arrays > 0; arrays--) {
    const type = reader.u8() & 0x3f;
    const count = reader.u16();
    sets += count;
    if (sets > MAX_SETS) throw new RangeError(`${sets} parameter sets`);
    for (let i = 0; i < count; i++) addSet(parameters, type, reader.bytes(reader.u16()));
  }
  return { parameters, lengthSize };
}

function addSet(parameters: Record<keyof H265Parameters, Buffer[]>, type: number, unit: Buffer): void {
  if (unit.length === 0) return;
  const kind = kindOfType(type);
  if (kind === undefined) return;
  if (h265NalType(unit) !== type) throw new RangeError(`NAL unit type ${h265NalType(unit)} instead of ${type}`);
  parameters[kind].push(unit);
}

function kindOfType(type: number): keyof H265Parameters | undefined {
  if (type === H265NalType.vps) return 'vps';
  if (type === H265NalType.sps) return 'sps';
  return type === H265NalType.pps ? 'pps' : undefined;
}

/**
 * Makes the HEVCDecoderConfigurationRecord for `parameters`, with lengths of four bytes.
 * @throws SluiceError `ERR_H265_HVCC` where there is no SPS to take profile, tier and level from
 */
export function serializeHvcC(parameters: H265Parameters): Buffer {
  const first = parameters.sps[0];
  const rbsp = first === undefined ? undefined : unescapeRbsp(first);
  if (first === undefined || rbsp === undefined || rbsp.length < PTL_OFFSET + PTL_BYTES) {
    throw h265Error('ERR_H265_HVCC', 'no SPS to make an HEVCDecoderConfigurationRecord of');
  }
  const facts = factsOf(first);
  const writer = new ByteWriter(128);
  writer.u8(1).bytes(rbsp.subarray(PTL_OFFSET, PTL_OFFSET + PTL_BYTES));
  writer.u16(0xf000).u8(0xfc); // min_spatial_segmentation_idc and parallelismType: unknown
  writer
    .u8(0xfc | facts.chromaFormat)
    .u8(0xf8 | (facts.bitDepthLuma - 8))
    .u8(0xf8 | (facts.bitDepthChroma - 8));
  writer.u16(0); // avgFrameRate: unknown
  writer.u8((facts.maxSubLayers << 3) | (facts.temporalIdNesting ? 4 : 0) | 3); // lengthSizeMinusOne 3
  const arrays = [parameters.vps, parameters.sps, parameters.pps].filter((units) => units.length > 0);
  writer.u8(arrays.length);
  for (const units of arrays) writeArray(writer, units);
  return writer.finish();
}

/** array_completeness is 0, as the same sets may also stand in the stream. */
function writeArray(writer: ByteWriter, units: readonly Buffer[]): void {
  writer.u8(units[0] === undefined ? 0 : h265NalType(units[0])).u16(units.length);
  for (const unit of units) {
    if (unit.length > 0xffff) throw h265Error('ERR_H265_HVCC', `a parameter set of ${unit.length} bytes`);
    writer.u16(unit.length).bytes(unit);
  }
}

/** Of an SPS that cannot be read to its end, what nearly all of them say. */
function factsOf(sps: Buffer): Pick<H265Sps, 'chromaFormat' | 'bitDepthLuma' | 'bitDepthChroma' | 'maxSubLayers' | 'temporalIdNesting'> {
  try {
    return parseSps(sps);
  } catch {
    return { chromaFormat: 1, bitDepthLuma: 8, bitDepthChroma: 8, maxSubLayers: 1, temporalIdNesting: true };
  }
}
