/** Cameras whose clock was never set count from their start. */
const EARLIEST_MS = Date.UTC(2000);

/** What a sender report says of the time of day (RFC 3550 6.4.1). */
export class WallClock {
  #wallMs: number | undefined;
  #timestamp = 0;

  /** `wallMs`: milliseconds since 1970; `timestamp`: the RTP time of the same moment. */
  set(wallMs: number, timestamp: number): void {
    if (wallMs < EARLIEST_MS) return;
    this.#wallMs = wallMs;
    this.#timestamp = timestamp;
  }

  /** The time of day of an RTP time stamp, in milliseconds since 1970; `undefined` while nothing is known. */
  at(timestamp: number, clockRate: number): number | undefined {
    if (this.#wallMs === undefined) return undefined;
    return this.#wallMs + (((timestamp - this.#timestamp) | 0) * 1000) / clockRate;
  }

  reset(): void {
    this.#wallMs = undefined;
  }
}
