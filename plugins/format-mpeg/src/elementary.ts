import { Buffer } from 'node:buffer';
import { type Frame, parametersOf, rescale } from '@sluice/core';
import { serializeAdtsHeader } from '@sluice/plugin-codec-aac';
import { h264UnitsWithSets, isH264Delimiter } from '@sluice/plugin-codec-h264';
import { h265UnitsWithSets, isH265Delimiter } from '@sluice/plugin-codec-h265';

/** Ticks per second of PTS, DTS and the clock references, without their extension. */
const CLOCK_RATE = 90_000;

/** Decoding and presentation time in 90 kHz. */
export interface MuxTimes {
  readonly dts: number;
  readonly pts: number;
}

const START_CODE = Buffer.from([0, 0, 0, 1]);
/** Access unit delimiters that allow any slice type (ITU-T H.264 7.3.2.4, H.265 7.3.2.5). */
const DELIMITERS: Readonly<Record<string, Buffer>> = { h264: Buffer.from([0x09, 0xf0]), h265: Buffer.from([0x46, 0x01, 0x50]) };

/** The frame's own times. */
export function timesOf({ track, dts, pts }: Frame): MuxTimes {
  return { dts: rescale(dts, track.clockRate, CLOCK_RATE), pts: rescale(pts, track.clockRate, CLOCK_RATE) };
}

/**
 * A frame as bytes of its elementary stream: views, and what goes between them. Parameter sets stand before each key frame, AAC has ADTS headers;
 * with `delimiters` each picture begins with one.
 */
export function elementaryParts(frame: Frame, delimiters = false): Buffer[] {
  const { track, units } = frame;
  const aac = parametersOf(track, 'aac');
  if (aac !== undefined) return units.flatMap((unit) => [serializeAdtsHeader(aac, unit.length), unit]);
  if (track.kind !== 'video') return [...units];
  const withSets = track.codec === 'h265' ? h265UnitsWithSets(frame) : h264UnitsWithSets(frame);
  const parts: Buffer[] = [];
  const made = delimiters && !beginsWithDelimiter(frame) ? DELIMITERS[track.codec] : undefined;
  if (made !== undefined) parts.push(START_CODE, made);
  for (const unit of withSets) parts.push(START_CODE, unit);
  return parts;
}

function beginsWithDelimiter({ track, units: [first] }: Frame): boolean {
  return first !== undefined && (track.codec === 'h265' ? isH265Delimiter(first) : isH264Delimiter(first));
}

/** Bytes of all parts. */
export function sum(parts: readonly Buffer[]): number {
  let length = 0;
  for (const part of parts) length += part.length;
  return length;
}
