import { h264NalType, h264UnitsWithSets, isH264SliceType } from '@sluice/plugin-codec-h264';
import type { NalPacketRules } from './nal-layout.js';

/** RFC 6184 table 1. */
const STAP_A = 24;
const FU_A = 28;

/** H.264 in packetization mode 1 (RFC 6184 6.3): single NAL units, STAP-A, FU-A. */
export const H264_LAYOUT: NalPacketRules = {
  nalHeaderBytes: 1,
  fragmentHeaderBytes: 2,
  aggregateHeaderBytes: 1,
  unitsOf: h264UnitsWithSets,
  isSlice: (unit) => isH264SliceType(h264NalType(unit)),
  // RFC 6184 5.8
  writeFragmentHeader(unit, isFirst, isLast, bytes, at) {
    const header = unit[0] as number;
    bytes[at] = (header & 0xe0) | FU_A;
    bytes[at + 1] = (isFirst ? 0x80 : 0) | (isLast ? 0x40 : 0) | (header & 0x1f);
  },
  // RFC 6184 5.7: F is set where any unit has it, NRI is the highest of them.
  writeAggregateHeader(units, from, to, bytes, at) {
    let forbidden = 0;
    let importance = 0;
    for (let i = from; i < to; i++) {
      const header = units[i]?.[0] ?? 0;
      forbidden |= header & 0x80;
      importance = Math.max(importance, header & 0x60);
    }
    bytes[at] = forbidden | importance | STAP_A;
  },
};
