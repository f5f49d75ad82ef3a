/** What is late for so long is not on its way: it is not there. */
const WINDOW_MS = 2000;
/** A pause of the connection counts for little in a window: what it kept comes behind it. */
const MAX_PAUSE_MS = 200;
/** Less may be a longer way. */
const MIN_MISSING_MS = 100;
/** A crystal may be off by so much. */
const CRYSTAL = 0.002;
/** What runs ahead of its arrival by more than this is sent faster than it is shown. */
const MAX_FAST = 0.15;

/**
 * Looks whether sound that counts its samples stays with the time it comes at. Nothing comes before it is made, so that the least delay of late counts: a
 * connection that stood hands on all it kept, and what is lost is never made up for. Samples that run ahead, little by little, are fewer than they are taken for.
 */
export class ArrivalLag {
  #usualMs = Number.NaN;
  #beforeMs = Number.NaN;
  #leastMs = Number.POSITIVE_INFINITY;
  #passedMs = 0;
  #lastMs = Number.NaN;
  #falling = 0;

  /** Takes where a sound is by its samples, and when it came. By how much the count is to be moved, in ms: forth for what is missing; 0 while nothing is sure. */
  push(countedMs: number, nowMs: number): number {
    const lagMs = nowMs - countedMs;
    if (!Number.isNaN(this.#lastMs)) this.#passedMs += Math.min(nowMs - this.#lastMs, MAX_PAUSE_MS);
    this.#lastMs = nowMs;
    this.#leastMs = Math.min(this.#leastMs, lagMs);
    if (this.#passedMs < WINDOW_MS) return 0;
    const moveMs = this.#judge(this.#leastMs);
    this.#beforeMs = this.#leastMs - moveMs;
    this.#usualMs += CRYSTAL * this.#passedMs;
    this.#leastMs = Number.POSITIVE_INFINITY;
    this.#passedMs = 0;
    return moveMs;
  }

  #judge(leastMs: number): number {
    if (Number.isNaN(this.#usualMs)) {
      this.#usualMs = leastMs;
      return 0;
    }
    const fellMs = this.#beforeMs - leastMs;
    if (fellMs > CRYSTAL * this.#passedMs && fellMs < MAX_FAST * this.#passedMs) {
      this.#falling++;
      return this.#falling > 1 ? Math.min(0, leastMs - this.#usualMs) : 0;
    }
    this.#falling = 0;
    this.#usualMs = Math.min(this.#usualMs, leastMs);
    return leastMs - this.#usualMs < MIN_MISSING_MS ? 0 : leastMs - this.#usualMs;
  }
}
