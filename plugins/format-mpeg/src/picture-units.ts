import type { Buffer } from 'node:buffer';
import { beginsH264AccessUnit, h264AccessUnits, h264NalType, isH264Delimiter, isH264SliceType } from '@sluice/plugin-codec-h264';
import { beginsH265AccessUnit, h265AccessUnits, h265NalType, isH265Delimiter, isH265SliceType } from '@sluice/plugin-codec-h265';

/** How the payload of a PES packet begins. */
export type Alignment = 'start' | 'middle' | 'unaligned';

/** Bytes of payload that `alignmentOf` wants to see: some zero bytes, a start code, a NAL header and one more. */
export const ALIGNMENT_BYTES = 16;

/** Profiles of H.264 in use (ITU-T H.264 annex A). */
const H264_PROFILES = new Set([44, 66, 77, 83, 86, 88, 100, 110, 118, 122, 128, 244]);

/** True for a unit that holds a coded slice. */
export function isSlice(unit: Buffer, codec: string): boolean {
  return codec === 'h265' ? isH265SliceType(h265NalType(unit)) : isH264SliceType(h264NalType(unit));
}

/** True for a unit that begins a new access unit once there was a slice. */
export function beginsAccessUnit(unit: Buffer, codec: string): boolean {
  if (codec === 'h265') return beginsH265AccessUnit(h265NalType(unit), unit[2] ?? 0);
  return beginsH264AccessUnit(h264NalType(unit), unit[1] ?? 0);
}

function isDelimiter(unit: Buffer, codec: string): boolean {
  return codec === 'h265' ? isH265Delimiter(unit) : isH264Delimiter(unit);
}

/** True where an access unit delimiter stands anywhere but in front: several pictures in one PES packet. */
export function hasInnerDelimiter(units: readonly Buffer[], codec: string): boolean {
  for (let i = 1; i < units.length; i++) if (isDelimiter(units[i] as Buffer, codec)) return true;
  return false;
}

/** Looks at how a payload begins. */
export function alignmentOf(payload: Buffer, codec: string): Alignment {
  let at = 0;
  while (at < ALIGNMENT_BYTES - 4 && payload[at] === 0) at++;
  if (at < 2 || payload[at] !== 1) return 'unaligned';
  return beginsAccessUnit(payload.subarray(at + 1), codec) ? 'start' : 'middle';
}

/** Groups NAL units by access unit. The first group may be the rest of one whose beginning is not here. */
export function groupAccessUnits(units: readonly Buffer[], codec: string): Buffer[][] {
  return codec === 'h265' ? h265AccessUnits(units) : h264AccessUnits(units);
}

/** What the units show their codec to be, whatever the stream type says: only parameter sets are unambiguous. */
export function sniffCodec(units: readonly Buffer[]): 'h264' | 'h265' | undefined {
  for (const unit of units) {
    const first = unit[0] ?? 0;
    // VPS, SPS, PPS of layer 0, temporal id 0. As H.264 these would be types 0, 2 and 4, which nobody sends.
    if ((first === 0x40 || first === 0x42 || first === 0x44) && unit[1] === 1) return 'h265';
    if ((first & 0x9f) === 7 && first >= 0x20 && H264_PROFILES.has(unit[1] ?? 0)) return 'h264';
  }
  return undefined;
}

/** The same by slices, for streams nothing else is known of. */
export function guessCodec(units: readonly Buffer[]): 'h264' | 'h265' | undefined {
  for (const unit of units) {
    const first = unit[0] ?? 0;
    // As H.265 an odd first byte would be of a layer that nobody sends.
    if ((first & 1) === 1 && (isH264SliceType(first & 0x1f) || (first & 0x1f) === 7)) return 'h264';
    const second = unit[1] ?? 0;
    // 06 is an SEI of H.264 far more often than a sub-layer picture of H.265.
    if ((first & 1) === 0 && first !== 6 && first >> 1 <= 21 && second >= 1 && second <= 7) return 'h265';
  }
  return undefined;
}
