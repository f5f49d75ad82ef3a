/** No stream shows a picture after more than so many that come later (ITU-T H.264 A.3.1, H.265 A.4.2: the size of the picture buffer). */
const MAX_DEPTH = 16;
/** Pictures looked back on. */
const WINDOW = 32;
/** Times further apart are no reordering: a seek, a sender that began anew, or one whose clock hops. */
const MAX_REORDER_SECONDS = 3;

/**
 * Decoding times for pictures that come in decoding order with presentation times alone, as RTP has them (RFC 6184 5.1). Where `depth`
 * pictures may come before one that is shown earlier, a picture is decoded at the time of the one `depth` places back in order of show.
 */
export class DecodeTimes {
  readonly #clockRate: number;
  /** A millisecond: forms that count these must be able to tell two pictures apart. */
  readonly #step: number;
  /** Presentation times of late, ascending. */
  readonly #shown: number[] = [];
  readonly #order: number[] = [];
  #depth = 0;
  #last: number | undefined;

  constructor(clockRate: number) {
    this.#clockRate = clockRate;
    this.#step = Math.ceil(clockRate / 1000);
  }

  /** The decoding time of the next picture. `depth`: how far the parameter sets say that pictures are reordered; otherwise it shows. */
  next(pts: number, depth = 0): number {
    if (this.#isElsewhere(pts)) this.reset();
    const at = this.#insert(pts);
    const later = this.#shown.length - 1 - at;
    this.#depth = Math.min(MAX_DEPTH, Math.max(this.#depth, depth, later));
    if (this.#depth === 0) {
      this.#last = pts;
      return pts;
    }
    const index = this.#shown.length - 1 - this.#depth;
    const dts = index >= 0 ? (this.#shown[index] as number) : (this.#shown[0] as number) + (index * this.#clockRate) / 25;
    const least = this.#last === undefined ? dts : this.#last + this.#leastStep();
    this.#last = Math.max(dts, least);
    return this.#last;
  }

  /** Pictures closer to each other than forms can tell are of a clock that counts something else: their times are kept as they come. */
  #leastStep(): number {
    const first = this.#shown[0] as number;
    const newest = this.#shown[this.#shown.length - 1] as number;
    const usual = Math.floor((newest - first) / this.#shown.length / 2);
    return Math.max(1, Math.min(this.#step, usual));
  }

  #isElsewhere(pts: number): boolean {
    const newest = this.#shown[this.#shown.length - 1];
    if (newest === undefined) return false;
    if (Math.abs(pts - newest) > MAX_REORDER_SECONDS * this.#clockRate) return true;
    const firstLater = this.#shown[this.#shown.length - 1 - MAX_DEPTH];
    return firstLater !== undefined && pts < firstLater;
  }

  reset(): void {
    this.#shown.length = 0;
    this.#order.length = 0;
    this.#last = undefined;
  }

  #insert(pts: number): number {
    if (this.#order.length >= WINDOW) {
      const oldest = this.#order.shift() as number;
      this.#shown.splice(this.#shown.indexOf(oldest), 1);
    }
    this.#order.push(pts);
    let at = this.#shown.length;
    while (at > 0 && (this.#shown[at - 1] as number) > pts) at--;
    this.#shown.splice(at, 0, pts);
    return at;
  }
}
