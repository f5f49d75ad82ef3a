/** Silence after which a sender's packets are those of something new. */
const PAUSE_MS = 400;
const MAX_KEPT = 1024;

interface Flow {
  beganMs: number;
  lastMs: number;
}

/** Since when senders send what nobody receives. Keeps no more than 1024 of them, those heard last. */
export class Flows {
  readonly #flows = new Map<string, Flow>();

  /** Notes a packet of an SSRC from `remote`. When the packets that it is one of began, without a pause; -Infinity where that was received before. */
  note(ssrc: number, remote: string, nowMs: number): number {
    const key = `${ssrc}/${remote}`;
    const flow = this.#flows.get(key);
    const beganMs = flow === undefined || nowMs - flow.lastMs > PAUSE_MS ? nowMs : flow.beganMs;
    this.#keep(key, { beganMs, lastMs: nowMs });
    return beganMs;
  }

  /** What was received is not any more: as long as it goes on, it is no answer to anything. */
  leave(ssrc: number, remote: string, nowMs: number): void {
    this.#keep(`${ssrc}/${remote}`, { beganMs: Number.NEGATIVE_INFINITY, lastMs: nowMs });
  }

  #keep(key: string, flow: Flow): void {
    // The newest last: the first one is the one to forget.
    this.#flows.delete(key);
    this.#flows.set(key, flow);
    if (this.#flows.size <= MAX_KEPT) return;
    for (const oldest of this.#flows.keys()) {
      this.#flows.delete(oldest);
      return;
    }
  }
}
