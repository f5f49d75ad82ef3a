import type { BitReader } from '@sluice/core';

/** Skips one scaling list (ITU-T H.264 7.3.2.1.1.1). */
function skipScalingList(bits: BitReader, size: number): void {
  let last = 8;
  let next = 8;
  for (let i = 0; i < size; i++) {
    if (next !== 0) next = (last + bits.se() + 256) & 0xff;
    if (next !== 0) last = next;
  }
}

/** Skips the scaling matrix of an SPS. */
export function skipScalingMatrix(bits: BitReader, chromaFormat: number): void {
  const lists = chromaFormat === 3 ? 12 : 8;
  for (let i = 0; i < lists; i++) if (bits.flag()) skipScalingList(bits, i < 6 ? 16 : 64);
}
