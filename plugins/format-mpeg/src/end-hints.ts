/** Hints that came true in a row before one is acted on. */
const NEEDED = 8;
const MAX_NEEDED = 4096;

/**
 * How far the carrier's word for "here ends a picture" can be believed. Some senders set the RTP marker on every packet, some never:
 * it is compared with where pictures were seen to end, and acted on only after it was right for a while.
 */
export class EndHints {
  #score = 0;
  #needed = NEEDED;
  #noted = false;
  #wrong = false;
  /** A picture was given out on a hint; whether that was right is not known yet. */
  acted = false;

  get trusted(): boolean {
    return this.#score >= this.#needed;
  }

  /** There is a hint just here, one was right before, and none was ever wrong. */
  get reliable(): boolean {
    return this.#noted && this.#score > 0 && !this.#wrong;
  }

  note(): void {
    this.#noted = true;
  }

  act(): void {
    this.acted = true;
  }

  /** It is known now whether a picture ended where the last hint was. */
  judge(ended: boolean): void {
    if (this.#noted) this.#settle(ended);
    this.#noted = false;
  }

  settle(continues: boolean): void {
    this.acted = false;
    this.#settle(!continues);
  }

  /** A hint where none can be. */
  clear(): void {
    this.#score = 0;
    this.#wrong = true;
    this.#noted = false;
  }

  /** Bytes are missing: nothing can be said of the last hint. */
  forget(): void {
    this.#noted = false;
    this.acted = false;
  }

  #settle(right: boolean): void {
    if (right) {
      this.#score++;
      return;
    }
    this.#score = 0;
    this.#wrong = true;
    this.#needed = Math.min(this.#needed * 8, MAX_NEEDED);
  }
}
