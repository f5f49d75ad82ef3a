import { BitWriter } from './bit-writer.js';

/** Size in pixels (even) and pictures per second of a stream. */
export interface VideoFormat {
  readonly width: number;
  readonly height: number;
  readonly fps: number;
}

/** level_idc, MaxMBPS, MaxFS (ITU-T H.264 table A-1). */
const LEVELS: readonly (readonly [number, number, number])[] = [
  [20, 11880, 396],
  [30, 40500, 1620],
  [31, 108000, 3600],
  [32, 216000, 5120],
  [40, 245760, 8192],
  [42, 522240, 8704],
];

/** The level a decoder needs. Key frames are I_PCM for a good part, so the small levels and their bit rates are left out. */
export function levelOf({ width, height, fps }: VideoFormat): number {
  const macroblocks = Math.ceil(width / 16) * Math.ceil(height / 16);
  const level = LEVELS.find(([, rate, size]) => macroblocks <= size && macroblocks * fps <= rate);
  return level?.[0] ?? 51;
}

/** The sequence parameter set: constrained baseline, one reference, pictures in decoding order, cropped to the size (7.3.2.1.1, E.1.1). */
export function writeSps(format: VideoFormat): Buffer {
  const columns = Math.ceil(format.width / 16);
  const rows = Math.ceil(format.height / 16);
  const bits = new BitWriter(64);
  bits.bits(66, 8).bits(0xc0, 8).bits(levelOf(format), 8).ue(0); // profile_idc, constraint_set0 and 1, level_idc, id
  bits.ue(0).ue(2); // log2_max_frame_num_minus4, pic_order_cnt_type: output is decoding order
  bits.ue(1).bits(0, 1); // max_num_ref_frames, no gaps
  bits
    .ue(columns - 1)
    .ue(rows - 1)
    .bits(1, 1)
    .bits(1, 1); // frame_mbs_only_flag, direct_8x8_inference_flag
  const right = columns * 8 - format.width / 2;
  const bottom = rows * 8 - format.height / 2;
  if (right + bottom === 0) bits.bits(0, 1);
  else bits.bits(1, 1).ue(0).ue(right).ue(0).ue(bottom);
  return writeVui(bits, format.fps).nalUnit(0x67);
}

function writeVui(bits: BitWriter, fps: number): BitWriter {
  bits.bits(1, 1).bits(1, 1).bits(1, 8).bits(0, 1); // VUI, square pixels, no overscan_info
  bits.bits(1, 1).bits(5, 3).bits(0, 1).bits(1, 1).bits(1, 8).bits(1, 8).bits(1, 8); // BT.709, limited range
  bits.bits(0, 1); // chroma_loc_info_present_flag
  bits
    .bits(1, 1)
    .bits(1, 32)
    .bits(2 * fps, 32)
    .bits(1, 1); // two ticks a frame
  bits.bits(0, 1).bits(0, 1).bits(0, 1); // no HRD, no pic_struct
  // bitstream_restriction: nothing is reordered, so that a decoder shows each picture at once
  return bits.bits(1, 1).bits(1, 1).ue(0).ue(0).ue(10).ue(10).ue(0).ue(1);
}

/** The picture parameter set: CAVLC, with control over the deblocking filter (7.3.2.2). */
export function writePps(): Buffer {
  const bits = new BitWriter(16);
  bits.ue(0).ue(0).bits(0, 1).bits(0, 1).ue(0); // ids, CAVLC, no bottom_field_pic_order, one slice group
  bits.ue(0).ue(0).bits(0, 1).bits(0, 2); // one reference each, no weighting
  bits.se(0).se(0).se(0).bits(1, 1).bits(0, 1).bits(0, 1); // QP 26, deblocking_filter_control_present_flag
  return bits.nalUnit(0x68);
}
