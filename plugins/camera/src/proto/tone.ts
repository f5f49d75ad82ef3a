import { Buffer } from 'node:buffer';

/** Samples in a second of G.711. */
export const TONE_RATE = 8000;
/** Samples of one frame: 40 ms. */
export const TONE_FRAME_SAMPLES = 320;

const BEEP_SAMPLES = 800;
const BEEP_HZ = 1000;
const AMPLITUDE = 8000;

/** A-law of a linear sample of 16 bits (ITU-T G.711 table 1a). */
export function encodeALaw(sample: number): number {
  const sign = sample < 0 ? 0 : 0x80;
  const magnitude = Math.min(sample < 0 ? -sample - 1 : sample, 0x7fff) >> 4;
  let exponent = 0;
  for (let rest = magnitude >> 4; rest > 0; rest >>= 1) exponent++;
  const mantissa = magnitude >> Math.max(0, exponent - 1);
  return (sign | (exponent << 4) | (mantissa & 0x0f)) ^ 0x55;
}

/** A second of G.711A: a beep of 100 ms, then silence. */
export function toneSecond(): Buffer {
  return Buffer.from(
    Array.from({ length: TONE_RATE }, (_, i) => encodeALaw(i < BEEP_SAMPLES ? Math.round(AMPLITUDE * Math.sin((2 * Math.PI * BEEP_HZ * i) / TONE_RATE)) : 0)),
  );
}
