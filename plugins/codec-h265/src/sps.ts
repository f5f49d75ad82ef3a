import type { Buffer } from 'node:buffer';
import { BitReader } from '@sluice/core';
import { unescapeRbsp } from '@sluice/plugin-codec-nal';
import { h265Error } from './errors.js';
import { H265NalType, h265NalType } from './nal-unit.js';
import { type ProfileTierLevel, parseProfileTierLevel } from './profile-tier-level.js';
import { skipLongTermPictures, skipShortTermSets } from './reference-pictures.js';
import { skipScalingLists } from './scaling-list.js';
import { type H265Vui, parseVui } from './vui.js';

/** Bytes of an SPS that are looked at; real ones have under 200. */
const MAX_SPS_BYTES = 4096;
const MAX_SIDE = 16384;
/** Annex A.4.2 allows 16 pictures; reordering more than 10 is not met in live streams. */
const MAX_REORDER = 10;
const MAX_BUFFERING = 16;

/** A sequence parameter set, as far as it matters outside a decoder (ITU-T H.265 7.3.2.2). */
export interface H265Sps {
  readonly id: number;
  readonly vpsId: number;
  readonly maxSubLayers: number;
  readonly temporalIdNesting: boolean;
  readonly profileTierLevel: ProfileTierLevel;
  /** chroma_format_idc: 0 monochrome, 1 4:2:0, 2 4:2:2, 3 4:4:4. */
  readonly chromaFormat: number;
  readonly bitDepthLuma: number;
  readonly bitDepthChroma: number;
  /** Pixels, inside the conformance window. */
  readonly width: number;
  /** Pixels, inside the conformance window. */
  readonly height: number;
  readonly log2MaxPicOrderCntLsb: number;
  /** sps_max_num_reorder_pics of the highest sub-layer. */
  readonly maxReorderFrames: number;
  readonly vui?: H265Vui;
  /** Pictures per second of the VUI, where it tells. */
  readonly fps?: number;
}

type SpsHead = Pick<H265Sps, 'id' | 'vpsId' | 'maxSubLayers' | 'temporalIdNesting' | 'profileTierLevel'>;

/**
 * Parses an SPS NAL unit of the base layer (with its header).
 * @throws SluiceError `ERR_H265_SPS` where it is cut, not an SPS or beyond the limits
 */
export function parseSps(unit: Buffer): H265Sps {
  return reading(unit, readSps);
}

/** The id of an SPS, also of one whose rest cannot be read. @throws SluiceError `ERR_H265_SPS` */
export function parseSpsId(unit: Buffer): number {
  return reading(unit, readHead).id;
}

function reading<T>(unit: Buffer, read: (bits: BitReader) => T): T {
  if (h265NalType(unit) !== H265NalType.sps) throw h265Error('ERR_H265_SPS', `NAL unit type ${h265NalType(unit)} is not an SPS`);
  if (unit.length > MAX_SPS_BYTES) throw h265Error('ERR_H265_SPS', `an SPS of ${unit.length} bytes`);
  try {
    return read(new BitReader(unescapeRbsp(unit)));
  } catch (error) {
    throw h265Error('ERR_H265_SPS', 'the SPS cannot be read', error);
  }
}

function readHead(bits: BitReader): SpsHead {
  bits.skip(16);
  const vpsId = bits.bits(4);
  const maxSubLayers = bits.bits(3) + 1;
  if (maxSubLayers > 7) throw new RangeError('sps_max_sub_layers_minus1 7');
  const temporalIdNesting = bits.flag();
  const profileTierLevel = parseProfileTierLevel(bits, maxSubLayers - 1);
  const id = atMost(bits.ue(), 15, 'sps_seq_parameter_set_id');
  return { id, vpsId, maxSubLayers, temporalIdNesting, profileTierLevel };
}

function readSps(bits: BitReader): H265Sps {
  const head = readHead(bits);
  const size = readSize(bits);
  const bitDepthLuma = atMost(bits.ue(), 8, 'bit_depth_luma_minus8') + 8;
  const bitDepthChroma = atMost(bits.ue(), 8, 'bit_depth_chroma_minus8') + 8;
  const log2MaxPicOrderCntLsb = atMost(bits.ue(), 12, 'log2_max_pic_order_cnt_lsb_minus4') + 4;
  const maxReorderFrames = readReorder(bits, head.maxSubLayers);
  skipCodingTools(bits);
  skipShortTermSets(bits);
  skipLongTermPictures(bits, log2MaxPicOrderCntLsb);
  bits.skip(2); // temporal motion vector prediction, strong intra smoothing
  const sps = { ...head, ...size, bitDepthLuma, bitDepthChroma, log2MaxPicOrderCntLsb, maxReorderFrames };
  if (!bits.flag()) return sps;
  const vui = parseVui(bits);
  const fps = fpsOf(vui);
  return fps === undefined ? { ...sps, vui } : { ...sps, vui, fps };
}

function readSize(bits: BitReader): Pick<H265Sps, 'chromaFormat' | 'width' | 'height'> {
  const chromaFormat = atMost(bits.ue(), 3, 'chroma_format_idc');
  if (chromaFormat === 3) bits.skip(1); // separate_colour_plane_flag
  let width = bits.ue();
  let height = bits.ue();
  if (bits.flag()) {
    // The conformance window counts in chroma samples (7.4.3.2.1, table 6-1).
    const unitX = chromaFormat === 1 || chromaFormat === 2 ? 2 : 1;
    const unitY = chromaFormat === 1 ? 2 : 1;
    width -= (bits.ue() + bits.ue()) * unitX;
    height -= (bits.ue() + bits.ue()) * unitY;
  }
  if (width < 1 || height < 1 || width > MAX_SIDE || height > MAX_SIDE) throw new RangeError(`a picture of ${width}x${height}`);
  return { chromaFormat, width, height };
}

function readReorder(bits: BitReader, maxSubLayers: number): number {
  const layers = bits.flag() ? maxSubLayers : 1;
  let reorder = 0;
  for (let i = 0; i < layers; i++) {
    atMost(bits.ue(), MAX_BUFFERING, 'sps_max_dec_pic_buffering_minus1');
    reorder = atMost(bits.ue(), MAX_REORDER, 'sps_max_num_reorder_pics');
    bits.ue(); // sps_max_latency_increase_plus1
  }
  return reorder;
}

function skipCodingTools(bits: BitReader): void {
  for (let i = 0; i < 6; i++) bits.ue(); // block sizes and transform depths
  if (bits.flag() && bits.flag()) skipScalingLists(bits);
  bits.skip(2); // asymmetric motion partitions, sample adaptive offset
  if (bits.flag()) {
    bits.skip(8); // PCM bit depths
    bits.ue();
    bits.ue();
    bits.skip(1); // pcm_loop_filter_disabled_flag
  }
}

function fpsOf(vui: H265Vui): number | undefined {
  if (!vui.numUnitsInTick || !vui.timeScale) return undefined;
  const fps = vui.timeScale / vui.numUnitsInTick;
  return fps <= 1000 ? fps : undefined;
}

function atMost(value: number, limit: number, name: string): number {
  if (value > limit) throw new RangeError(`${name} ${value}`);
  return value;
}
