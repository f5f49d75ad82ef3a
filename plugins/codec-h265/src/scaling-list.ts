import type { BitReader } from '@sluice/core';

/** Skips scaling_list_data (ITU-T H.265 7.3.4). */
export function skipScalingLists(bits: BitReader): void {
  for (let size = 0; size < 4; size++) {
    for (let matrix = 0; matrix < 6; matrix += size === 3 ? 3 : 1) skipScalingList(bits, size);
  }
}

function skipScalingList(bits: BitReader, size: number): void {
  if (!bits.flag()) {
    bits.ue(); // scaling_list_pred_matrix_id_delta
    return;
  }
  if (size > 1) bits.se(); // scaling_list_dc_coef_minus8
  const coefficients = Math.min(64, 1 << (4 + (size << 1)));
  for (let i = 0; i < coefficients; i++) bits.se();
}
