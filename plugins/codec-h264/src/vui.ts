import { type BitReader, OutOfBytesError } from '@sluice/core';

const EXTENDED_SAR = 255;
const MAX_CPB_COUNT = 32;
/** Annex E.2.1 allows MaxDpbFrames, which is at most 16; cameras exceed neither. */
const MAX_REORDER_FRAMES = 10;
const MAX_DEC_FRAME_BUFFERING = 255;

/** The fields of the video usability information that are used here (ITU-T H.264 annex E). */
export interface H264Vui {
  /** Width and height of a sample, where told. */
  readonly sampleAspectRatio?: readonly [number, number];
  readonly numUnitsInTick?: number;
  readonly timeScale?: number;
  readonly fixedFrameRate?: boolean;
  readonly maxReorderFrames?: number;
  readonly maxDecFrameBuffering?: number;
}

/** Reads the VUI. A VUI that ends early (some cameras cut it) gives what was read up to there. Throws RangeError beyond its limits. */
export function parseVui(bits: BitReader): H264Vui {
  const vui: MutableVui = {};
  try {
    readAspect(bits, vui);
    if (bits.flag()) bits.skip(1); // overscan
    skipVideoSignal(bits);
    if (bits.flag()) {
      bits.ue(); // chroma sample locations
      bits.ue();
    }
    readTiming(bits, vui);
    const nal = skipHrdIfPresent(bits);
    const vcl = skipHrdIfPresent(bits);
    if (nal || vcl) bits.skip(1); // low_delay_hrd_flag
    bits.skip(1); // pic_struct_present_flag
    if (bits.flag()) readRestriction(bits, vui);
  } catch (error) {
    if (!(error instanceof OutOfBytesError)) throw error;
  }
  return vui;
}

type MutableVui = { -readonly [K in keyof H264Vui]: H264Vui[K] };

function readAspect(bits: BitReader, vui: MutableVui): void {
  if (bits.flag() && bits.bits(8) === EXTENDED_SAR) vui.sampleAspectRatio = [bits.bits(16), bits.bits(16)];
}

function skipVideoSignal(bits: BitReader): void {
  if (!bits.flag()) return;
  bits.skip(4); // video_format, full range
  if (bits.flag()) bits.skip(24); // colour description
}

function readTiming(bits: BitReader, vui: MutableVui): void {
  if (!bits.flag()) return;
  vui.numUnitsInTick = bits.bits(32);
  vui.timeScale = bits.bits(32);
  vui.fixedFrameRate = bits.flag();
}

function skipHrdIfPresent(bits: BitReader): boolean {
  if (!bits.flag()) return false;
  const count = bits.ue() + 1;
  if (count > MAX_CPB_COUNT) throw new RangeError(`cpb_cnt ${count}`);
  bits.skip(8); // scales
  for (let i = 0; i < count; i++) {
    bits.ue();
    bits.ue();
    bits.skip(1);
  }
  bits.skip(20); // lengths of delays and of the time offset
  return true;
}

function readRestriction(bits: BitReader, vui: MutableVui): void {
  bits.skip(1); // motion vectors over picture boundaries
  for (let i = 0; i < 4; i++) bits.ue();
  const reorder = bits.ue();
  const buffering = bits.ue();
  if (reorder > MAX_REORDER_FRAMES) throw new RangeError(`max_num_reorder_frames ${reorder}`);
  if (buffering > MAX_DEC_FRAME_BUFFERING) throw new RangeError(`max_dec_frame_buffering ${buffering}`);
  vui.maxReorderFrames = reorder;
  vui.maxDecFrameBuffering = buffering;
}
