import type { Buffer } from 'node:buffer';
import type { Frame } from '@sluice/core';
import { parametersOf } from '@sluice/core';
import { type AccessUnitRules, groupAccessUnits, withParameterSets } from '@sluice/plugin-codec-nal';
import { H264NalType, h264NalType } from './nal-unit.js';

/** True for the nal_unit_type of a coded slice, or of a part of one (ITU-T H.264 table 7-1). */
export function isH264SliceType(type: number): boolean {
  return type >= H264NalType.slice && type <= H264NalType.idr;
}

/**
 * Whether a unit of this nal_unit_type begins an access unit once a slice went before (ITU-T H.264 7.4.1.2.3). Of a slice it does where
 * first_mb_in_slice is 0, which is the first bit of the byte behind the NAL header: the Exp-Golomb code of one bit.
 */
export function beginsH264AccessUnit(type: number, afterHeader: number): boolean {
  if (type === H264NalType.slice || type === H264NalType.partitionA || type === H264NalType.idr) return (afterHeader & 0x80) !== 0;
  return (type >= H264NalType.sei && type <= H264NalType.accessUnitDelimiter) || (type >= 14 && type <= 18);
}

/** True for an access unit delimiter. */
export function isH264Delimiter(unit: Buffer): boolean {
  return h264NalType(unit) === H264NalType.accessUnitDelimiter;
}

/** The units of a frame; of a key picture, with those of its track's parameter sets in front that it lacks. */
export function h264UnitsWithSets(frame: Frame): readonly Buffer[] {
  const parameters = frame.key ? parametersOf(frame.track, 'h264') : undefined;
  return parameters === undefined ? frame.units : withParameterSets(frame.units, [...parameters.sps, ...parameters.pps], isH264Delimiter);
}

const RULES: AccessUnitRules = {
  isSlice: (unit) => isH264SliceType(h264NalType(unit)),
  begins: (unit) => beginsH264AccessUnit(h264NalType(unit), unit[1] ?? 0),
  isDelimiter: isH264Delimiter,
};

/** Groups NAL units, of an Annex B file say, by access unit: each group is what `build` of a frame builder takes. */
export function h264AccessUnits(units: Iterable<Buffer>): Buffer[][] {
  return groupAccessUnits(units, RULES);
}
