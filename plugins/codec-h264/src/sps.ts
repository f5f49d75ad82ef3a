import type { Buffer } from 'node:buffer';
import { BitReader } from '@sluice/core';
import { unescapeRbsp } from '@sluice/plugin-codec-nal';
import { h264Error } from './errors.js';
import { H264NalType, h264NalType } from './nal-unit.js';
import { skipScalingMatrix } from './scaling-list.js';
import { type H264Vui, parseVui } from './vui.js';

/** Bytes of an SPS that are looked at; real ones have under 100. */
const MAX_SPS_BYTES = 4096;
const MAX_REF_FRAMES = 255;
const MAX_SIDE = 16384;
/** Profiles whose SPS tells the chroma format (ITU-T H.264 7.3.2.1.1). */
const HIGH_PROFILES: readonly number[] = [100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135];

/** A sequence parameter set, as far as it matters outside a decoder (ITU-T H.264 7.3.2.1.1). */
export interface H264Sps {
  readonly profileIdc: number;
  /** The byte of constraint flags. */
  readonly constraints: number;
  /** Ten times the level: 31 is 3.1. */
  readonly levelIdc: number;
  readonly id: number;
  /** chroma_format_idc: 0 monochrome, 1 4:2:0, 2 4:2:2, 3 4:4:4. */
  readonly chromaFormat: number;
  readonly bitDepthLuma: number;
  readonly bitDepthChroma: number;
  readonly log2MaxFrameNum: number;
  readonly picOrderCntType: number;
  /** Meaningful for picture order count type 0, else 0. */
  readonly log2MaxPicOrderCntLsb: number;
  readonly maxRefFrames: number;
  /** Pixels, after cropping. */
  readonly width: number;
  /** Pixels, after cropping. */
  readonly height: number;
  readonly frameMbsOnly: boolean;
  readonly vui?: H264Vui;
  /** Frames per second of the VUI, where it tells. */
  readonly fps?: number;
}

/**
 * Parses an SPS NAL unit (with its header byte).
 * @throws SluiceError `ERR_H264_SPS` where it is cut, not an SPS or beyond the limits
 */
export function parseSps(unit: Buffer): H264Sps {
  if (h264NalType(unit) !== H264NalType.sps) throw h264Error('ERR_H264_SPS', `NAL unit type ${h264NalType(unit)} is not an SPS`);
  if (unit.length > MAX_SPS_BYTES) throw h264Error('ERR_H264_SPS', `an SPS of ${unit.length} bytes`);
  try {
    return readSps(new BitReader(unescapeRbsp(unit)));
  } catch (error) {
    throw h264Error('ERR_H264_SPS', 'the SPS cannot be read', error);
  }
}

function readSps(bits: BitReader): H264Sps {
  bits.skip(8);
  const profileIdc = bits.bits(8);
  const constraints = bits.bits(8);
  const levelIdc = bits.bits(8);
  const id = atMost(bits.ue(), 31, 'seq_parameter_set_id');
  const chroma = readChroma(bits, profileIdc);
  const log2MaxFrameNum = atMost(bits.ue(), 12, 'log2_max_frame_num_minus4') + 4;
  const order = readPicOrder(bits);
  const maxRefFrames = atMost(bits.ue(), MAX_REF_FRAMES, 'max_num_ref_frames');
  bits.skip(1); // gaps_in_frame_num_value_allowed_flag
  const size = readSize(bits, chroma.chromaFormat);
  const sps = { profileIdc, constraints, levelIdc, id, ...chroma, log2MaxFrameNum, ...order, maxRefFrames, ...size };
  if (!bits.flag()) return sps;
  const vui = parseVui(bits);
  const fps = fpsOf(vui);
  return fps === undefined ? { ...sps, vui } : { ...sps, vui, fps };
}

function readChroma(bits: BitReader, profileIdc: number): Pick<H264Sps, 'chromaFormat' | 'bitDepthLuma' | 'bitDepthChroma'> {
  if (!HIGH_PROFILES.includes(profileIdc)) return { chromaFormat: 1, bitDepthLuma: 8, bitDepthChroma: 8 };
  const chromaFormat = atMost(bits.ue(), 3, 'chroma_format_idc');
  // separate_colour_plane_flag makes three monochrome planes; sizes are as in 4:4:4 either way.
  if (chromaFormat === 3) bits.skip(1);
  const bitDepthLuma = atMost(bits.ue(), 6, 'bit_depth_luma_minus8') + 8;
  const bitDepthChroma = atMost(bits.ue(), 6, 'bit_depth_chroma_minus8') + 8;
  bits.skip(1); // qpprime_y_zero_transform_bypass_flag
  if (bits.flag()) skipScalingMatrix(bits, chromaFormat);
  return { chromaFormat, bitDepthLuma, bitDepthChroma };
}

function readPicOrder(bits: BitReader): Pick<H264Sps, 'picOrderCntType' | 'log2MaxPicOrderCntLsb'> {
  const picOrderCntType = atMost(bits.ue(), 2, 'pic_order_cnt_type');
  if (picOrderCntType === 0) {
    return { picOrderCntType, log2MaxPicOrderCntLsb: atMost(bits.ue(), 12, 'log2_max_pic_order_cnt_lsb_minus4') + 4 };
  }
  if (picOrderCntType === 1) {
    bits.skip(1); // delta_pic_order_always_zero_flag
    bits.se();
    bits.se();
    const cycle = atMost(bits.ue(), MAX_REF_FRAMES, 'num_ref_frames_in_pic_order_cnt_cycle');
    for (let i = 0; i < cycle; i++) bits.se();
  }
  return { picOrderCntType, log2MaxPicOrderCntLsb: 0 };
}

function readSize(bits: BitReader, chromaFormat: number): Pick<H264Sps, 'width' | 'height' | 'frameMbsOnly'> {
  const mbWidth = bits.ue() + 1;
  const mapHeight = bits.ue() + 1;
  const frameMbsOnly = bits.flag();
  if (!frameMbsOnly) bits.skip(1); // mb_adaptive_frame_field_flag
  bits.skip(1); // direct_8x8_inference_flag
  const frames = frameMbsOnly ? 1 : 2;
  let width = mbWidth * 16;
  let height = mapHeight * 16 * frames;
  if (bits.flag()) {
    const unitX = chromaFormat === 1 || chromaFormat === 2 ? 2 : 1;
    const unitY = (chromaFormat === 1 ? 2 : 1) * frames;
    width -= (bits.ue() + bits.ue()) * unitX;
    height -= (bits.ue() + bits.ue()) * unitY;
  }
  if (width < 1 || height < 1 || width > MAX_SIDE || height > MAX_SIDE) throw new RangeError(`a picture of ${width}x${height}`);
  return { width, height, frameMbsOnly };
}

/** A frame lasts two ticks (ITU-T H.264 E.2.1, num_units_in_tick). */
function fpsOf(vui: H264Vui): number | undefined {
  if (!vui.numUnitsInTick || !vui.timeScale) return undefined;
  const fps = vui.timeScale / (2 * vui.numUnitsInTick);
  return fps <= 1000 ? fps : undefined;
}

function atMost(value: number, limit: number, name: string): number {
  if (value > limit) throw new RangeError(`${name} ${value}`);
  return value;
}

/** The id of an SPS, also of one whose rest cannot be read. @throws SluiceError `ERR_H264_SPS` */
export function parseSpsId(unit: Buffer): number {
  try {
    const bits = new BitReader(unescapeRbsp(unit.subarray(0, 16)));
    bits.skip(32);
    return atMost(bits.ue(), 31, 'seq_parameter_set_id');
  } catch (error) {
    throw h264Error('ERR_H264_SPS', 'the SPS cannot be read', error);
  }
}
