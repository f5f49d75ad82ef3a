/** Cameras whose clock was never set count from their start. */
const EARLIEST_MS = Date.UTC(2000);

/** What the last sender report says of the sender's clock (RFC 3550 6.4.1). */
export class WallClock {
  #wallMs: number | undefined;
  #timestamp = 0;

  /** `wallMs`: milliseconds since 1970; `timestamp`: the RTP time of the same moment. */
  set(wallMs: number, timestamp: number): void {
    this.#wallMs = wallMs;
    this.#timestamp = timestamp;
  }

  /** The time of day of an RTP time stamp, in milliseconds since 1970; `undefined` while nothing is known, or the sender's clock was never set. */
  at(timestamp: number, clockRate: number): number | undefined {
    const wallMs = this.senderMs(timestamp, clockRate);
    return wallMs === undefined || wallMs < EARLIEST_MS ? undefined : wallMs;
  }

  /** The same by the sender's clock, wherever it stands. */
  senderMs(timestamp: number, clockRate: number): number | undefined {
    if (this.#wallMs === undefined) return undefined;
    return this.#wallMs + (((timestamp - this.#timestamp) | 0) * 1000) / clockRate;
  }

  reset(): void {
    this.#wallMs = undefined;
  }
}
