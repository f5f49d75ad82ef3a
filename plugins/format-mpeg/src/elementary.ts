import { Buffer } from 'node:buffer';
import { type Frame, parametersOf, rescale, type Track } from '@sluice/core';
import { serializeAdtsHeader } from '@sluice/plugin-codec-aac';
import type {} from '@sluice/plugin-codec-h264';
import type {} from '@sluice/plugin-codec-h265';

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
const NONE: readonly Buffer[] = [];

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
  const own = units[0] !== undefined && isDelimiter(units[0], track.codec) ? units.slice(0, 1) : NONE;
  const made = delimiters ? DELIMITERS[track.codec] : undefined;
  const first = own.length === 0 && made !== undefined ? [made] : own;
  const parts: Buffer[] = [];
  for (const unit of first) parts.push(START_CODE, unit);
  if (frame.key) for (const unit of missingSets(frame)) parts.push(START_CODE, unit);
  for (let i = own.length; i < units.length; i++) parts.push(START_CODE, units[i] as Buffer);
  return parts;
}

/** Parameter sets that the key frame does not bring along itself. */
function missingSets({ track, units }: Frame): readonly Buffer[] {
  return parameterSets(track).filter((set) => !units.some((unit) => unit.equals(set)));
}

function isDelimiter(unit: Buffer, codec: string): boolean {
  const first = unit[0] ?? 0;
  return codec === 'h265' ? first >> 1 === 35 : (first & 0x1f) === 9;
}

function parameterSets(track: Track): readonly Buffer[] {
  const avc = parametersOf(track, 'h264');
  if (avc !== undefined) return [...avc.sps, ...avc.pps];
  const hevc = parametersOf(track, 'h265');
  return hevc === undefined ? [] : [...hevc.vps, ...hevc.sps, ...hevc.pps];
}

/** Bytes of all parts. */
export function sum(parts: readonly Buffer[]): number {
  let length = 0;
  for (const part of parts) length += part.length;
  return length;
}
