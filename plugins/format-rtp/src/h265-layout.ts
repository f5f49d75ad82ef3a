import { h265NalType, h265UnitsWithSets, isH265SliceType } from '@sluice/plugin-codec-h265';
import type { NalPacketRules } from './nal-layout.js';

/** RFC 7798 4.4. */
const AGGREGATE = 48;
const FRAGMENT = 49;

/** H.265 without decoding order numbers (RFC 7798 4.4): single NAL units, AP, FU. */
export const H265_LAYOUT: NalPacketRules = {
  nalHeaderBytes: 2,
  fragmentHeaderBytes: 3,
  aggregateHeaderBytes: 2,
  unitsOf: h265UnitsWithSets,
  isSlice: (unit) => isH265SliceType(h265NalType(unit)),
  // RFC 7798 4.4.3
  writeFragmentHeader(unit, isFirst, isLast, bytes, at) {
    bytes[at] = ((unit[0] as number) & 0x81) | (FRAGMENT << 1);
    bytes[at + 1] = unit[1] as number;
    bytes[at + 2] = (isFirst ? 0x80 : 0) | (isLast ? 0x40 : 0) | h265NalType(unit);
  },
  // RFC 7798 4.4.2: F is set where any unit has it, layer and temporal id are the lowest of them.
  writeAggregateHeader(units, from, to, bytes, at) {
    let forbidden = 0;
    let layer = 0x3f;
    let temporal = 7;
    for (let i = from; i < to; i++) {
      const header = ((units[i]?.[0] ?? 0) << 8) | (units[i]?.[1] ?? 0);
      forbidden |= header & 0x8000;
      layer = Math.min(layer, (header >> 3) & 0x3f);
      temporal = Math.min(temporal, header & 7);
    }
    bytes.writeUInt16BE(forbidden | (AGGREGATE << 9) | (layer << 3) | temporal, at);
  },
};
