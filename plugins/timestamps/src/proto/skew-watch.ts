/** Sound in bundles of up to as much looks no different from one that comes evenly. */
const WINDOW_MS = 500;

/** The least and the most of a distance. */
interface Range {
  low: number;
  high: number;
}

/**
 * The distance of the sound from the picture, of late and as it usually is. Sound that comes in bundles, or a picture that was held up, makes it wander to and fro; what
 * moved has both its least and its most on one side of what they were.
 */
export class SkewWatch {
  /** As it was in the beginning. */
  #usual: Range | undefined;
  readonly #before: Range = empty();
  readonly #now: Range = empty();
  #heardMs = 0;

  /** Takes the distance at a sound, which lasts so long, both in ms. */
  push(skewMs: number, durationMs: number): void {
    this.#now.low = Math.min(this.#now.low, skewMs);
    this.#now.high = Math.max(this.#now.high, skewMs);
    this.#heardMs += durationMs;
    if (this.#heardMs < WINDOW_MS) return;
    this.#heardMs = 0;
    if (this.#usual === undefined && this.#before.high >= this.#before.low) this.#usual = this.#range();
    Object.assign(this.#before, this.#now);
    Object.assign(this.#now, empty());
  }

  /** What comes is compared anew with what is usual. */
  restart(): void {
    Object.assign(this.#before, empty());
    Object.assign(this.#now, empty());
    this.#heardMs = 0;
  }

  #range(): Range {
    return { low: Math.min(this.#before.low, this.#now.low), high: Math.max(this.#before.high, this.#now.high) };
  }

  /** How far it is in the middle, as a rule; NaN before that is known. */
  get usualMs(): number {
    return this.#usual === undefined ? Number.NaN : (this.#usual.low + this.#usual.high) / 2;
  }

  /** By how much it is another than usual, at least. */
  get movedMs(): number {
    if (this.#usual === undefined || this.#before.high < this.#before.low) return 0;
    const low = Math.min(this.#before.low, this.#now.low) - this.#usual.low;
    const high = Math.max(this.#before.high, this.#now.high) - this.#usual.high;
    if (low > 0 && high > 0) return Math.min(low, high);
    return low < 0 && high < 0 ? Math.max(low, high) : 0;
  }
}

function empty(): Range {
  return { low: Number.POSITIVE_INFINITY, high: Number.NEGATIVE_INFINITY };
}
