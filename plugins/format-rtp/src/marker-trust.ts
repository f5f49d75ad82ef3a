/** Access units that the marker must have ended rightly, one after the other, before it is acted on. */
const NEEDED = 3;
const MAX_NEEDED = 4096;

/**
 * How far the RTP marker can be believed. It should be on the last packet of a picture; some senders set it on every packet or every slice,
 * some never. Compared with where pictures end, and acted on only after it was right.
 */
export class MarkerTrust {
  #score = 0;
  #needed = NEEDED;
  #wrong = false;

  /** A picture may be given out on a marker. */
  get trusted(): boolean {
    return this.#score >= this.#needed;
  }

  /** It was right before, and never wrong. */
  get reliable(): boolean {
    return this.#score > 0 && !this.#wrong;
  }

  right(): void {
    this.#score++;
  }

  wrong(): void {
    this.#wrong = true;
    this.#score = 0;
    this.#needed = Math.min(this.#needed * 8, MAX_NEEDED);
  }
}
