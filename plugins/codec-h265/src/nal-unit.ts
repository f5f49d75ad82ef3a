import type { Buffer } from 'node:buffer';

/** The values of nal_unit_type that matter outside a decoder (ITU-T H.265 table 7-1). */
export const H265NalType = {
  /** First of the intra random access points, which go to 23. */
  firstIrap: 16,
  lastIrap: 23,
  /** Last of the coded slices. */
  lastVcl: 31,
  vps: 32,
  sps: 33,
  pps: 34,
  accessUnitDelimiter: 35,
  prefixSei: 39,
  suffixSei: 40,
} as const;

/** nal_unit_type of a NAL unit; 0 for an empty one. */
export function h265NalType(unit: Buffer): number {
  return ((unit[0] ?? 0) >> 1) & 0x3f;
}

/** nuh_layer_id of a NAL unit: 0 is the base layer, the only one played here. */
export function h265LayerId(unit: Buffer): number {
  return (((unit[0] ?? 0) & 1) << 5) | ((unit[1] ?? 0) >> 3);
}
