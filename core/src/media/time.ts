/**
 * Converts ticks of one clock to another, rounding half up. Exact for all times a stream can reach
 * (products stay below 2^53 up to 700 years at 90 kHz to 1 kHz).
 */
export function rescale(ticks: number, fromRate: number, toRate: number): number {
  if (fromRate === toRate) return ticks;
  return Math.floor((ticks * toRate) / fromRate + 0.5);
}

/** Unwraps a counter of `bits` bits (up to 48) that goes round: each value is taken as the one nearest to the last. */
export class Unwrapper {
  readonly #modulus: number;
  #last: number | undefined;

  constructor(bits: number) {
    this.#modulus = 2 ** bits;
  }

  /** The unwrapped value. The first one is taken as it is. */
  unwrap(value: number): number {
    const last = this.#last;
    if (last === undefined) {
      this.#last = value;
      return value;
    }
    const modulus = this.#modulus;
    const base = last - (((last % modulus) + modulus) % modulus);
    let best = base + value;
    if (best - last > modulus / 2) best -= modulus;
    else if (last - best > modulus / 2) best += modulus;
    this.#last = best;
    return best;
  }

  /** Forgets the last value; the next one is taken as it is. */
  reset(): void {
    this.#last = undefined;
  }
}
