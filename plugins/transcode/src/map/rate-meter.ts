/** Rates that G.711 is really sent at; the specification has only the first. */
const RATES: readonly number[] = [8000, 16_000, 32_000, 48_000];
/** How far from a rate a measured one may be. */
const TOLERANCE = 0.08;
const WINDOW_SECONDS = 2;
/** Enough to tell 8 kHz from 16 kHz. */
const ENOUGH_SECONDS = 0.3;

/** Measures the rate of samples that are a byte each, by the clock of their times. */
export class RateMeter {
  #startSeconds: number | undefined;
  #bytes = 0;
  #lastSeconds = 0;
  #rate: number | undefined;
  #measured: number | undefined;

  /** Hz as measured last; `undefined` until it is known, or where it is no rate that is in use. */
  get rate(): number | undefined {
    return this.#rate;
  }

  /** A unit of `samples` samples per channel at `seconds`. */
  add(samples: number, seconds: number): void {
    const start = this.#startSeconds;
    const leapt = seconds <= this.#lastSeconds || seconds - this.#lastSeconds > 1;
    if (start === undefined || leapt) {
      this.#begin(samples, seconds);
      return;
    }
    this.#lastSeconds = seconds;
    const span = seconds - start;
    if (span >= (this.#rate === undefined ? ENOUGH_SECONDS : WINDOW_SECONDS)) {
      this.#measure(this.#bytes / span);
      this.#begin(samples, seconds);
      return;
    }
    this.#bytes += samples;
  }

  /** Another rate than the known one counts when it is measured twice: a loss may look like one. */
  #measure(perSecond: number): void {
    const measured = RATES.find((rate) => Math.abs(perSecond - rate) <= rate * TOLERANCE);
    if (this.#rate === undefined || measured === this.#measured) this.#rate = measured ?? this.#rate;
    this.#measured = measured;
  }

  #begin(samples: number, seconds: number): void {
    this.#startSeconds = seconds;
    this.#lastSeconds = seconds;
    this.#bytes = samples;
  }
}
