/** An SSRC nobody asked for. */
export interface UnknownSsrc {
  readonly ssrc: number;
  /** Packets since it was told of last. */
  packets: number;
  toldAtMs: number;
}

const MAX_KEPT = 256;
const TELL_AGAIN_MS = 60_000;
const TELL_ANY_MS = 1000;

/** Counts packets of unknown SSRCs, and says when it is time to tell of one. Keeps no more than 256, however many come. */
export class UnknownSsrcs {
  readonly #known = new Map<number, UnknownSsrc>();
  #toldAtMs = Number.NEGATIVE_INFINITY;
  /** Packets of unknown SSRCs in all. */
  packets = 0;

  /** SSRCs kept. */
  get size(): number {
    return this.#known.size;
  }

  /** Counts a packet. Answers how many there were since the last time, where it is to be told now. */
  count(ssrc: number, nowMs: number): number | undefined {
    this.packets++;
    const entry = this.#known.get(ssrc) ?? { ssrc, packets: 0, toldAtMs: Number.NEGATIVE_INFINITY };
    entry.packets++;
    // The newest last: the first one is the one to forget.
    this.#known.delete(ssrc);
    this.#known.set(ssrc, entry);
    if (this.#known.size > MAX_KEPT) this.#forgetOldest();
    if (nowMs - entry.toldAtMs < TELL_AGAIN_MS || nowMs - this.#toldAtMs < TELL_ANY_MS) return undefined;
    const { packets } = entry;
    entry.packets = 0;
    entry.toldAtMs = nowMs;
    this.#toldAtMs = nowMs;
    return packets;
  }

  #forgetOldest(): void {
    for (const ssrc of this.#known.keys()) {
      this.#known.delete(ssrc);
      return;
    }
  }
}
