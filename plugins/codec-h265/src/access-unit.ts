import type { Buffer } from 'node:buffer';
import type { Frame } from '@sluice/core';
import { parametersOf } from '@sluice/core';
import { type AccessUnitRules, groupAccessUnits, withParameterSets } from '@sluice/plugin-codec-nal';
import { H265NalType, h265NalType } from './nal-unit.js';

/** True for the nal_unit_type of a coded slice segment (ITU-T H.265 table 7-1). */
export function isH265SliceType(type: number): boolean {
  return type <= H265NalType.lastVcl;
}

/**
 * Whether a unit of this nal_unit_type begins an access unit once a slice went before (ITU-T H.265 7.4.2.4.4). Of a slice it does where
 * first_slice_segment_in_pic_flag is set: the first bit of the byte behind the NAL header.
 */
export function beginsH265AccessUnit(type: number, afterHeader: number): boolean {
  if (isH265SliceType(type)) return (afterHeader & 0x80) !== 0;
  return type <= H265NalType.accessUnitDelimiter || type === H265NalType.prefixSei || (type >= 41 && type <= 44) || (type >= 48 && type <= 55);
}

/** True for an access unit delimiter. */
export function isH265Delimiter(unit: Buffer): boolean {
  return h265NalType(unit) === H265NalType.accessUnitDelimiter;
}

/** The units of a frame; of a key picture, with those of its track's parameter sets in front that it lacks. */
export function h265UnitsWithSets(frame: Frame): readonly Buffer[] {
  const parameters = frame.key ? parametersOf(frame.track, 'h265') : undefined;
  if (parameters === undefined) return frame.units;
  return withParameterSets(frame.units, [...parameters.vps, ...parameters.sps, ...parameters.pps], isH265Delimiter);
}

const RULES: AccessUnitRules = {
  isSlice: (unit) => isH265SliceType(h265NalType(unit)),
  begins: (unit) => beginsH265AccessUnit(h265NalType(unit), unit[2] ?? 0),
  isDelimiter: isH265Delimiter,
};

/** Groups NAL units, of an Annex B file say, by access unit: each group is what `build` of a frame builder takes. */
export function h265AccessUnits(units: Iterable<Buffer>): Buffer[][] {
  return groupAccessUnits(units, RULES);
}
