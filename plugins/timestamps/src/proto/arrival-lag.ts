/** What is late for so long is not on its way: it is not there. */
const WINDOW_MS = 2000;
/** Less may be a longer way. */
const MIN_MISSING_MS = 100;
/** A crystal may be off by so much. */
const CRYSTAL = 0.002;

/**
 * Looks whether sound that counts its samples falls behind the time it comes at. Nothing comes before it is made, so that the least delay of late counts: a
 * connection that stood hands on all it kept, and what is lost is never made up for.
 */
export class ArrivalLag {
  #usualMs = Number.POSITIVE_INFINITY;
  #leastMs = Number.POSITIVE_INFINITY;
  #fromMs = Number.NaN;

  /** Takes where a sound is by its samples, and when it came. How much is missing before it, in ms: 0 while that is not sure. */
  push(countedMs: number, nowMs: number): number {
    const lagMs = nowMs - countedMs;
    if (Number.isNaN(this.#fromMs)) this.#fromMs = nowMs;
    this.#usualMs = Math.min(this.#usualMs, lagMs);
    this.#leastMs = Math.min(this.#leastMs, lagMs);
    const passedMs = nowMs - this.#fromMs;
    if (passedMs < WINDOW_MS) return 0;
    const missingMs = this.#leastMs - this.#usualMs;
    this.#usualMs += CRYSTAL * passedMs;
    this.#leastMs = Number.POSITIVE_INFINITY;
    this.#fromMs = nowMs;
    return missingMs < MIN_MISSING_MS ? 0 : missingMs;
  }
}
