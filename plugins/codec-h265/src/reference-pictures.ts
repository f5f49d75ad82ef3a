import type { BitReader } from '@sluice/core';

const MAX_SHORT_TERM_SETS = 64;
const MAX_LONG_TERM = 32;
const MAX_PICTURES = 16;

/** Skips the short-term reference picture sets of an SPS (ITU-T H.265 7.3.7). Throws RangeError beyond what the standard allows. */
export function skipShortTermSets(bits: BitReader): void {
  const count = bits.ue();
  if (count > MAX_SHORT_TERM_SETS) throw new RangeError(`num_short_term_ref_pic_sets ${count}`);
  let pictures = 0;
  for (let i = 0; i < count; i++) {
    const predicted = i > 0 && bits.flag();
    pictures = predicted ? readPredicted(bits, pictures) : readPlain(bits);
    if (pictures > MAX_PICTURES) throw new RangeError(`${pictures} pictures in a reference picture set`);
  }
}

/** A set predicted from the one before it; answers how many pictures it has. */
function readPredicted(bits: BitReader, before: number): number {
  bits.skip(1); // delta_rps_sign
  bits.ue(); // abs_delta_rps_minus1
  let pictures = 0;
  for (let j = 0; j <= before; j++) {
    const used = bits.flag();
    if (used || bits.flag()) pictures++; // used_by_curr_pic_flag, use_delta_flag
  }
  return pictures;
}

function readPlain(bits: BitReader): number {
  const negative = bits.ue();
  const positive = bits.ue();
  if (negative > MAX_PICTURES || positive > MAX_PICTURES) throw new RangeError(`${negative} and ${positive} pictures in a reference picture set`);
  for (let j = 0; j < negative + positive; j++) {
    bits.ue(); // delta_poc_minus1
    bits.skip(1); // used_by_curr_pic_flag
  }
  return negative + positive;
}

/** Skips the long-term reference pictures of an SPS. */
export function skipLongTermPictures(bits: BitReader, log2MaxPicOrderCntLsb: number): void {
  if (!bits.flag()) return;
  const count = bits.ue();
  if (count > MAX_LONG_TERM) throw new RangeError(`num_long_term_ref_pics_sps ${count}`);
  bits.skip(count * (log2MaxPicOrderCntLsb + 1));
}
