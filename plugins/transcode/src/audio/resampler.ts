import type { FilterBank } from './filter-bank.js';

/**
 * Changes the rate of one channel, piece by piece, without shifting it in time: output sample `n` is what the input is at `n * down / up`.
 * It is `half` input samples late in giving it.
 */
export class Resampler {
  readonly #bank: FilterBank;
  /** Input from `half - 1` samples before the next output's place on. */
  #held: Float64Array;
  #phase = 0;

  constructor(bank: FilterBank) {
    this.#bank = bank;
    this.#held = new Float64Array(bank.half - 1);
  }

  push(input: Float32Array): Float32Array {
    const { up, down, half, taps } = this.#bank;
    const samples = new Float64Array(this.#held.length + input.length);
    samples.set(this.#held);
    samples.set(input, this.#held.length);
    const width = 2 * half;
    const output = new Float32Array(Math.max(0, Math.ceil(((samples.length - width + 1) * up - this.#phase) / down)));
    let phase = this.#phase;
    let first = 0;
    for (let n = 0; n < output.length; n++) {
      const filter = phase * width;
      // Two sums, as each would wait for its last product.
      let sum = 0;
      let other = 0;
      for (let k = 0; k < width; k += 2) {
        sum += (samples[first + k] as number) * (taps[filter + k] as number);
        other += (samples[first + k + 1] as number) * (taps[filter + k + 1] as number);
      }
      output[n] = sum + other;
      phase += down;
      first += Math.floor(phase / up);
      phase %= up;
    }
    this.#phase = phase;
    this.#held = samples.slice(Math.min(first, samples.length));
    return output;
  }
}
