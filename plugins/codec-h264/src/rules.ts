import { Buffer } from 'node:buffer';
import type { TrackInfo } from '@sluice/core';
import type { NalCodecRules, ParameterSets, UnitRole } from '@sluice/plugin-codec-nal';
import { h264Error } from './errors.js';
import { H264NalType, h264NalType } from './nal-unit.js';
import type { H264Parameters } from './parameters.js';
import { parsePpsHead } from './pps.js';
import { profileName } from './profile.js';
import { parseSps, parseSpsId } from './sps.js';

const SPS = 0;
const PPS = 1;

/** What H.264 is to the shared frame builder. */
export const h264Rules: NalCodecRules<H264Parameters> = {
  codec: 'h264',
  setKinds: [
    { name: 'sps', required: true },
    { name: 'pps', required: true },
  ],
  spsKind: SPS,
  roleOf,
  kindOf: (unit) => (h264NalType(unit) === H264NalType.sps ? SPS : PPS),
  idOf: (kind, unit) => (kind === SPS ? parseSpsId(unit) : parsePpsHead(unit).id),
  describe,
  toParameters: (sets) => ({ sps: sets[SPS] ?? [], pps: sets[PPS] ?? [] }),
  fromParameters,
};

/** Only an IDR picture is a start for any decoder; a recovery point or an intra refresh is not (ITU-T H.264 7.4.1.2.4, D.2.8). */
function roleOf(unit: Buffer): UnitRole {
  const type = h264NalType(unit);
  if (type === H264NalType.idr) return 'key';
  if (type >= H264NalType.slice && type <= H264NalType.partitionC) return 'picture';
  return type === H264NalType.sps || type === H264NalType.pps ? 'parameterSet' : 'other';
}

function describe(unit: Buffer): TrackInfo {
  const { width, height, fps, profileIdc, constraints } = parseSps(unit);
  const profile = profileName(profileIdc, constraints);
  return fps === undefined ? { width, height, profile } : { width, height, fps, profile };
}

function fromParameters(parameters: unknown): ParameterSets {
  const { sps, pps } = (parameters ?? {}) as Partial<Record<keyof H264Parameters, unknown>>;
  return [unitsOf(sps, H264NalType.sps), unitsOf(pps, H264NalType.pps)];
}

function unitsOf(value: unknown, type: number): readonly Buffer[] {
  if (!Array.isArray(value)) throw h264Error('ERR_H264_PARAMETERS', 'H.264 parameters are { sps, pps }, arrays of NAL units');
  for (const unit of value) {
    if (!Buffer.isBuffer(unit) || h264NalType(unit) !== type) throw h264Error('ERR_H264_PARAMETERS', `a unit that is not of NAL unit type ${type}`);
  }
  return value as readonly Buffer[];
}
