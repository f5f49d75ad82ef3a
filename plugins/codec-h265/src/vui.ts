import { type BitReader, OutOfBytesError } from '@sluice/core';

const EXTENDED_SAR = 255;

/** The fields of the video usability information that are used here (ITU-T H.265 annex E); what follows the timing is not read. */
export interface H265Vui {
  /** Width and height of a sample, where told. */
  readonly sampleAspectRatio?: readonly [number, number];
  readonly numUnitsInTick?: number;
  readonly timeScale?: number;
}

type MutableVui = { -readonly [K in keyof H265Vui]: H265Vui[K] };

/** Reads the VUI. A VUI that ends early gives what was read up to there. */
export function parseVui(bits: BitReader): H265Vui {
  const vui: MutableVui = {};
  try {
    if (bits.flag() && bits.bits(8) === EXTENDED_SAR) vui.sampleAspectRatio = [bits.bits(16), bits.bits(16)];
    if (bits.flag()) bits.skip(1); // overscan
    skipVideoSignal(bits);
    if (bits.flag()) skipNumbers(bits, 2); // chroma sample locations
    bits.skip(3); // neutral chroma, field sequence, frame and field info
    if (bits.flag()) skipNumbers(bits, 4); // default display window
    if (bits.flag()) {
      vui.numUnitsInTick = bits.bits(32);
      vui.timeScale = bits.bits(32);
    }
  } catch (error) {
    if (!(error instanceof OutOfBytesError)) throw error;
  }
  return vui;
}

function skipVideoSignal(bits: BitReader): void {
  if (!bits.flag()) return;
  bits.skip(4); // video_format, full range
  if (bits.flag()) bits.skip(24); // colour description
}

function skipNumbers(bits: BitReader, count: number): void {
  for (let i = 0; i < count; i++) bits.ue();
}
