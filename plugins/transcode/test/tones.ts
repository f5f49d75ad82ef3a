import { decodeG711 } from '../src/audio/g711.js';

/** A sine of `frequency` Hz with an amplitude of a half. */
export function tone(frequency: number, rate: number, samples: number, from = 0): Float32Array {
  return Float32Array.from({ length: samples }, (_, i) => 0.5 * Math.sin((2 * Math.PI * frequency * (from + i)) / rate));
}

/** Amplitude at `frequency` Hz: one place of a Fourier transform under a Hann window. */
export function amplitude(samples: Float32Array, frequency: number, rate: number): number {
  let [real, imaginary, sum] = [0, 0, 0];
  for (const [i, sample] of samples.entries()) {
    const window = 1 - Math.cos((2 * Math.PI * i) / samples.length);
    const angle = (2 * Math.PI * frequency * i) / rate;
    real += sample * window * Math.cos(angle);
    imaginary += sample * window * Math.sin(angle);
    sum += window;
  }
  return (2 * Math.hypot(real, imaginary)) / sum;
}

/** Frequency of a clean tone, by its upward zero crossings. */
export function pitch(samples: Float32Array, rate: number): number {
  const crossings: number[] = [];
  for (let i = 1; i < samples.length; i++) {
    const [before, after] = [samples[i - 1] as number, samples[i] as number];
    if (before < 0 && after >= 0) crossings.push(i - after / (after - before));
  }
  const [first, last] = [crossings[0], crossings.at(-1)];
  return first === undefined || last === undefined || first === last ? 0 : ((crossings.length - 1) * rate) / (last - first);
}

/** A-law codes of samples: for each the code whose value is nearest. */
export function encodeALaw(samples: Float32Array): Buffer {
  const values = decodeG711(
    'g711a',
    Uint8Array.from({ length: 256 }, (_, code) => code),
    1,
  )[0] as Float32Array;
  const codes = [...values.keys()].sort((a, b) => (values[a] as number) - (values[b] as number));
  const nearest = (sample: number): number => {
    const above = Math.max(
      1,
      codes.findIndex((code) => (values[code] as number) >= sample),
    );
    const [low, high] = [codes[above - 1] as number, codes[above] as number];
    return sample - (values[low] as number) < (values[high] as number) - sample ? low : high;
  };
  return Buffer.from(Array.from(samples, nearest));
}
