/** Where the time line of a session begins: sound that lines up with a picture may have been taken before it, and no time may be below zero. */
const BEGIN_MS = 1000;
/** What lies further off than this is a clock that was set anew, or was never right. */
const MAX_OFF_MS = 60_000;

/**
 * The time line that the tracks of one session share. Each has an RTP clock with a beginning of its own; sender reports say how these stand to the
 * one clock of the sender (RFC 3550 6.4.1), so that sound and picture line up. Before the first report they stand as they arrived.
 */
export class RtpSync {
  /** The sender's clock less the time of the session, ms; told by the track that reports first. */
  #baseMs: number | undefined;

  /** Where on the time line something is that arrived so long after the session began, by that alone. */
  arrival(arrivedMs: number): number {
    return BEGIN_MS + arrivedMs;
  }

  /**
   * Where a moment of the sender's clock is on the time line of the session, in ms; `placedMs` is where its track has it by now, and stays so where
   * the sender's clock cannot be believed.
   */
  place(senderMs: number, placedMs: number): number {
    const saidMs = this.#baseMs === undefined ? placedMs : senderMs - this.#baseMs;
    if (this.#baseMs !== undefined && Math.abs(saidMs - placedMs) <= MAX_OFF_MS) return saidMs;
    this.#baseMs = senderMs - placedMs;
    return placedMs;
  }
}
