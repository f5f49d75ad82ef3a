/** Zero crossings of the sinc on each side, at the lower of the two rates: 64 taps, 0.08 of a rate from pass to stop. */
const HALF_WIDTH = 32;
/** Kaiser's beta for 80 dB of stop band. */
const BETA = 8;
/** Where the filter is down by half, as a part of the lower Nyquist frequency: its stop band begins there. */
const CUTOFF = 0.92;

/** Low-pass filters for a change of rate by `up`/`down`, one for each of the `up` places between two input samples. */
export interface FilterBank {
  readonly up: number;
  readonly down: number;
  /** Input samples before and after the place; a filter has twice as many taps. */
  readonly half: number;
  /** Filters one after another; tap `k` of one belongs to input sample `floor(place) - half + 1 + k`. */
  readonly taps: Float64Array;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/** Modified Bessel function of order zero, by its power series. */
function bessel0(x: number): number {
  let sum = 1;
  let term = 1;
  for (let k = 1; term > sum * 1e-12; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function kaiser(place: number): number {
  return Math.abs(place) >= 1 ? 0 : bessel0(BETA * Math.sqrt(1 - place * place)) / bessel0(BETA);
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/** Filters by their rates, each made once. */
export class FilterBanks {
  readonly #made = new Map<string, FilterBank>();

  get(fromRate: number, toRate: number): FilterBank {
    const key = `${fromRate}/${toRate}`;
    const bank = this.#made.get(key) ?? createFilterBank(fromRate, toRate);
    this.#made.set(key, bank);
    return bank;
  }
}

/** Makes the filters from one rate in Hz to another: windowed sincs with unity gain at zero and linear phase. */
export function createFilterBank(fromRate: number, toRate: number): FilterBank {
  const divisor = greatestCommonDivisor(fromRate, toRate);
  const up = toRate / divisor;
  const down = fromRate / divisor;
  const narrowing = Math.max(1, down / up);
  const half = Math.ceil(HALF_WIDTH * narrowing);
  const taps = new Float64Array(up * 2 * half);
  for (let phase = 0; phase < up; phase++) {
    const filter = taps.subarray(phase * 2 * half, (phase + 1) * 2 * half);
    let sum = 0;
    for (let k = 0; k < filter.length; k++) {
      const distance = k - half + 1 - phase / up;
      const tap = sinc((distance * CUTOFF) / narrowing) * kaiser(distance / half);
      filter[k] = tap;
      sum += tap;
    }
    for (let k = 0; k < filter.length; k++) filter[k] = (filter[k] as number) / sum;
  }
  return { up, down, half, taps };
}
