import type { Buffer } from 'node:buffer';
import { BitReader } from '@sluice/core';
import { unescapeRbsp } from '@sluice/plugin-codec-nal';
import { h264Error } from './errors.js';

/** The head of a picture parameter set (ITU-T H.264 7.3.2.2). */
export interface H264PpsHead {
  readonly id: number;
  readonly spsId: number;
}

/** Parses the ids at the head of a PPS NAL unit. @throws SluiceError `ERR_H264_PPS` */
export function parsePpsHead(unit: Buffer): H264PpsHead {
  let id: number;
  let spsId: number;
  try {
    const bits = new BitReader(unescapeRbsp(unit.subarray(1, 16)));
    id = bits.ue();
    spsId = bits.ue();
  } catch (error) {
    throw h264Error('ERR_H264_PPS', 'the PPS cannot be read', error);
  }
  if (id > 255 || spsId > 31) throw h264Error('ERR_H264_PPS', `a PPS with id ${id} for SPS ${spsId}`);
  return { id, spsId };
}
