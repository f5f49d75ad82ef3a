import { BitWriter } from './bit-writer.js';
import type { Picture } from './picture.js';

const VERTICAL = 0;
const HORIZONTAL = 1;
/** intra_chroma_pred_mode by the luma mode of the same direction (ITU-T H.264 table 7-16). */
const CHROMA_MODE = [2, 1] as const;
const P_SLICE = 5;
const I_SLICE = 7;
const I_PCM = 25;
/** Macroblock types of I slices begin at 5 in P slices (7.4.5). */
const INTRA_IN_P = 5;

/**
 * Codes pictures without loss and without an encoder: a macroblock that continues the samples above or at its left is Intra16x16 with
 * vertical or horizontal prediction and no residual, any other is I_PCM, an untouched one of a P slice is skipped. CAVLC, no deblocking.
 */
export class H264Writer {
  readonly #picture: Picture;
  readonly #bits: BitWriter;
  /** By macroblock: 16 for I_PCM, else 0, which is what the coefficient contexts count (9.2.1). */
  readonly #counts: Uint8Array;
  #frameNum = 0;
  #idrId = 0;

  constructor(picture: Picture) {
    const macroblocks = picture.columns * picture.rows;
    this.#picture = picture;
    this.#bits = new BitWriter(macroblocks * 390 + 64);
    this.#counts = new Uint8Array(macroblocks);
  }

  /** The slice of the picture as it is now, in its own memory; everything counts as taken after. */
  write(key: boolean): Buffer {
    this.#header(key);
    this.#macroblocks(key);
    this.#picture.clean();
    return this.#bits.nalUnit(key ? 0x65 : 0x61);
  }

  /** 7.3.3 */
  #header(key: boolean): void {
    const bits = this.#bits.reset();
    this.#frameNum = key ? 0 : (this.#frameNum + 1) % 16;
    bits
      .ue(0)
      .ue(key ? I_SLICE : P_SLICE)
      .ue(0)
      .bits(this.#frameNum, 4);
    if (key) {
      bits.ue(this.#idrId).bits(0, 2); // idr_pic_id, dec_ref_pic_marking
      this.#idrId ^= 1;
    } else {
      bits.bits(0, 1).bits(0, 1).bits(0, 1); // no override, no list modification, sliding window
    }
    bits.se(0).ue(1); // slice_qp_delta, disable_deblocking_filter_idc
  }

  /** 7.3.4 */
  #macroblocks(key: boolean): void {
    const { columns, rows, dirty } = this.#picture;
    let skipped = 0;
    for (let row = 0, index = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++, index++) {
        if (!key && dirty[index] === 0) {
          skipped++;
          this.#counts[index] = 0;
          continue;
        }
        if (!key) this.#bits.ue(skipped);
        skipped = 0;
        this.#macroblock(column, row, index, key ? 0 : INTRA_IN_P);
      }
    }
    if (skipped > 0) this.#bits.ue(skipped);
  }

  /** 7.3.5 */
  #macroblock(column: number, row: number, index: number, base: number): void {
    const { luma, cb, cr, stride } = this.#picture;
    const half = stride / 2;
    const at = row * 16 * stride + column * 16;
    const chromaAt = row * 8 * half + column * 8;
    const mode = direction(luma, at, stride, 16, row > 0, column > 0);
    const chroma = mode === undefined ? undefined : chromaDirection(cb, cr, chromaAt, half, row > 0, column > 0);
    if (mode === undefined || chroma === undefined) {
      this.#counts[index] = 16;
      this.#bits
        .ue(base + I_PCM)
        .align()
        .block(luma, at, stride, 16)
        .block(cb, chromaAt, half, 8)
        .block(cr, chromaAt, half, 8);
      return;
    }
    this.#bits
      .ue(base + 1 + mode)
      .ue(chroma)
      .se(0);
    this.#noCoefficients(column, row, index);
    this.#counts[index] = 0;
  }

  /** coeff_token for none, by the neighbours' number of coefficients (table 9-5). */
  #noCoefficients(column: number, row: number, index: number): void {
    const left = column > 0 ? (this.#counts[index - 1] as number) : undefined;
    const above = row > 0 ? (this.#counts[index - this.#picture.columns] as number) : undefined;
    const context = left === undefined || above === undefined ? (left ?? above ?? 0) : (left + above + 1) >> 1;
    // With counts of 0 and 16 the context is 0, 8 or 16.
    if (context === 0) this.#bits.bits(1, 1);
    else this.#bits.bits(0b000011, 6);
  }
}

function chromaDirection(cb: Uint8Array, cr: Uint8Array, at: number, stride: number, above: boolean, left: boolean): number | undefined {
  if (above && isVertical(cb, at, stride, 8) && isVertical(cr, at, stride, 8)) return CHROMA_MODE[VERTICAL];
  if (left && isHorizontal(cb, at, stride, 8) && isHorizontal(cr, at, stride, 8)) return CHROMA_MODE[HORIZONTAL];
  return undefined;
}

function direction(plane: Uint8Array, at: number, stride: number, size: number, above: boolean, left: boolean): number | undefined {
  if (above && isVertical(plane, at, stride, size)) return VERTICAL;
  if (left && isHorizontal(plane, at, stride, size)) return HORIZONTAL;
  return undefined;
}

/** True where every row of the block repeats the row above it. */
function isVertical(plane: Uint8Array, at: number, stride: number, size: number): boolean {
  for (let row = 0; row < size; row++) {
    const from = at + row * stride;
    for (let column = 0; column < size; column++) if (plane[from + column] !== plane[from + column - stride]) return false;
  }
  return true;
}

/** True where every column of the block repeats the column before it. */
function isHorizontal(plane: Uint8Array, at: number, stride: number, size: number): boolean {
  for (let row = 0; row < size; row++) {
    const from = at + row * stride;
    for (let column = 0; column < size; column++) if (plane[from + column] !== plane[from + column - 1]) return false;
  }
  return true;
}
