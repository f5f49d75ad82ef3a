import type { Buffer } from 'node:buffer';

/** The values of nal_unit_type that matter outside a decoder (ITU-T H.264 table 7-1). */
export const H264NalType = {
  slice: 1,
  partitionA: 2,
  partitionC: 4,
  idr: 5,
  sei: 6,
  sps: 7,
  pps: 8,
  accessUnitDelimiter: 9,
} as const;

/** nal_unit_type of a NAL unit, 0 (unspecified) for an empty one. */
export function h264NalType(unit: Buffer): number {
  return (unit[0] ?? 0) & 0x1f;
}
