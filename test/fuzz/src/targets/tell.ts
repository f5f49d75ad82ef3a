import { type Frame, SluiceError } from '@sluice/core';
import type { Tell } from '../target.js';

/** Tells a frame, without its track, which is told once. */
export function tellFrame(tell: Tell): (frame: Frame) => void {
  return ({ track, dts, pts, key, units }) => tell('frame', track.id, track.codec, track.epoch, dts, pts, key, units);
}

/** For targets that go on where a parser says no. */
export function only(tell: Tell, parse: () => unknown, label: string): void {
  try {
    tell(label, parse());
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    tell('refused', label, error.code);
  }
}

/** Counts, so that other magnitudes are something new. */
export function tellCounts(tell: Tell, counts: object): void {
  for (const [name, count] of Object.entries(counts)) if (count > 0) tell(`${name} of ${Math.floor(Math.log2(count))} bits`, count);
}
