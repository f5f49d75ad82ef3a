const SECONDS = 5;

/** Bits per second over the last seconds, fed with a running total once a second. */
export class BitrateMeter {
  readonly #totals: number[] = [];

  sample(totalBytes: number): void {
    this.#totals.push(totalBytes);
    if (this.#totals.length > SECONDS + 1) this.#totals.shift();
  }

  get bitsPerSecond(): number {
    const seconds = this.#totals.length - 1;
    return seconds < 1 ? 0 : Math.round((((this.#totals[seconds] as number) - (this.#totals[0] as number)) * 8) / seconds);
  }
}
