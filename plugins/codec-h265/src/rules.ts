import { Buffer } from 'node:buffer';
import type { TrackInfo } from '@sluice/core';
import type { NalCodecRules, ParameterSets, UnitRole } from '@sluice/plugin-codec-nal';
import { h265Error } from './errors.js';
import { H265NalType, h265LayerId, h265NalType } from './nal-unit.js';
import { parsePpsId, parseVpsId } from './parameter-set-ids.js';
import type { H265Parameters } from './parameters.js';
import { profileName } from './profile-tier-level.js';
import { parseSps, parseSpsId } from './sps.js';

const VPS = 0;
const SPS = 1;
const PPS = 2;

/** What H.265 is to the shared frame builder. A VPS is not waited for: some cameras send none, and decoders do without. */
export const h265Rules: NalCodecRules<H265Parameters> = {
  codec: 'h265',
  setKinds: [
    { name: 'vps', required: false },
    { name: 'sps', required: true },
    { name: 'pps', required: true },
  ],
  spsKind: SPS,
  roleOf,
  kindOf: (unit) => h265NalType(unit) - H265NalType.vps,
  idOf,
  describe,
  toParameters: (sets) => ({ vps: sets[VPS] ?? [], sps: sets[SPS] ?? [], pps: sets[PPS] ?? [] }),
  fromParameters,
};

/** IDR, CRA and BLA pictures are starts (ITU-T H.265 3.69, intra random access point). Units of other layers are only passed on. */
function roleOf(unit: Buffer): UnitRole {
  const type = h265NalType(unit);
  if (h265LayerId(unit) !== 0) return 'other';
  if (type >= H265NalType.firstIrap && type <= H265NalType.lastIrap) return 'key';
  if (type <= H265NalType.lastVcl) return 'picture';
  return type <= H265NalType.pps ? 'parameterSet' : 'other';
}

function idOf(kind: number, unit: Buffer): number {
  if (kind === VPS) return parseVpsId(unit);
  return kind === SPS ? parseSpsId(unit) : parsePpsId(unit);
}

function describe(unit: Buffer): TrackInfo {
  const { width, height, fps, profileTierLevel } = parseSps(unit);
  const profile = profileName(profileTierLevel.profileIdc);
  return fps === undefined ? { width, height, profile } : { width, height, fps, profile };
}

function fromParameters(parameters: unknown): ParameterSets {
  const { vps, sps, pps } = (parameters ?? {}) as Partial<Record<keyof H265Parameters, unknown>>;
  return [unitsOf(vps, H265NalType.vps), unitsOf(sps, H265NalType.sps), unitsOf(pps, H265NalType.pps)];
}

function unitsOf(value: unknown, type: number): readonly Buffer[] {
  if (!Array.isArray(value)) throw h265Error('ERR_H265_PARAMETERS', 'H.265 parameters are { vps, sps, pps }, arrays of NAL units');
  for (const unit of value) {
    if (!Buffer.isBuffer(unit) || h265NalType(unit) !== type) throw h265Error('ERR_H265_PARAMETERS', `a unit that is not of NAL unit type ${type}`);
  }
  return value as readonly Buffer[];
}
