import type { Buffer } from 'node:buffer';
import { BitReader } from '@sluice/core';
import { unescapeRbsp } from '@sluice/plugin-codec-nal';
import { h265Error } from './errors.js';

/** The id of a VPS NAL unit (ITU-T H.265 7.3.2.1). @throws SluiceError `ERR_H265_VPS` */
export function parseVpsId(unit: Buffer): number {
  if (unit.length < 4) throw h265Error('ERR_H265_VPS', `a VPS of ${unit.length} bytes`);
  return (unit[2] ?? 0) >> 4;
}

/** The id of a PPS NAL unit (ITU-T H.265 7.3.2.3). @throws SluiceError `ERR_H265_PPS` */
export function parsePpsId(unit: Buffer): number {
  let id: number;
  try {
    const bits = new BitReader(unescapeRbsp(unit.subarray(2, 16)));
    id = bits.ue();
  } catch (error) {
    throw h265Error('ERR_H265_PPS', 'the PPS cannot be read', error);
  }
  if (id > 63) throw h265Error('ERR_H265_PPS', `a PPS with id ${id}`);
  return id;
}
