/** Looked at together, by samples and by arrival: what comes at once is never divided. */
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
  #fromMs = Number.NaN;

  /** Takes the distance at a sound that lasts so long, and when it came, all in ms. */
  push(skewMs: number, durationMs: number, nowMs: number): void {
    if (Number.isNaN(this.#fromMs)) this.#fromMs = nowMs;
    if (this.#heardMs >= WINDOW_MS && nowMs - this.#fromMs >= WINDOW_MS) this.#turn(nowMs);
    this.#now.low = Math.min(this.#now.low, skewMs);
    this.#now.high = Math.max(this.#now.high, skewMs);
    this.#heardMs += durationMs;
  }

  #turn(nowMs: number): void {
    this.#heardMs = 0;
    this.#fromMs = nowMs;
    if (this.#usual === undefined && this.#before.high >= this.#before.low) this.#usual = this.#range();
    Object.assign(this.#before, this.#now);
    Object.assign(this.#now, empty());
  }

  /** What comes is compared anew with what is usual. */
  restart(): void {
    Object.assign(this.#before, empty());
    Object.assign(this.#now, empty());
    this.#heardMs = 0;
    this.#fromMs = Number.NaN;
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
