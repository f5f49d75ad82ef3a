/** Where a packet came from. */
export interface Origin {
  readonly transport: 'udp' | 'tcp';
  readonly address: string;
  /** `address:port`. */
  readonly remote: string;
  readonly remotePort: number;
  /** Our port. */
  readonly port: number;
}

/** An SSRC nobody asked for. */
export interface UnknownSsrc {
  readonly ssrc: number;
  /** Of the last packet. */
  readonly origin: Origin;
  /** Since it was told of last. */
  readonly packets: number;
  readonly bytes: number;
  /** Times of day, in milliseconds since 1970. */
  readonly firstAtMs: number;
  readonly lastAtMs: number;
}

type Entry = { -readonly [K in keyof UnknownSsrc]: UnknownSsrc[K] };

const MAX_KEPT = 256;
const TELL_AGAIN_MS = 60_000;
const TELL_ANY_MS = 1000;

/**
 * Counts packets of unknown SSRCs, and says when it is time to tell of one: one a second, and each once a minute. Keeps no more
 * than 256, however many come.
 */
export class UnknownSsrcs {
  readonly #known = new Map<number, Entry>();
  /** When one was told of, in the last minute: at most 60. Oldest first. */
  readonly #told = new Map<number, number>();
  #toldAtMs = Number.NEGATIVE_INFINITY;
  /** Packets of unknown SSRCs in all. */
  packets = 0;

  /** SSRCs kept. */
  get size(): number {
    return this.#known.size;
  }

  /** Counts a packet. */
  count(ssrc: number, bytes: number, origin: Origin, wallMs: number): void {
    this.packets++;
    const entry = this.#known.get(ssrc);
    if (entry === undefined) {
      this.#known.set(ssrc, { ssrc, origin, packets: 1, bytes, firstAtMs: wallMs, lastAtMs: wallMs });
      if (this.#known.size > MAX_KEPT) this.#forgetOldest();
      return;
    }
    entry.origin = origin;
    entry.packets++;
    entry.bytes += bytes;
    entry.lastAtMs = wallMs;
    // The newest last: the first one is the one to forget.
    this.#known.delete(ssrc);
    this.#known.set(ssrc, entry);
  }

  /** The one to be told of now, if any. */
  due(nowMs: number): UnknownSsrc | undefined {
    if (this.#known.size === 0 || nowMs - this.#toldAtMs < TELL_ANY_MS) return undefined;
    for (const [ssrc, atMs] of this.#told) {
      if (nowMs - atMs < TELL_AGAIN_MS) break;
      this.#told.delete(ssrc);
    }
    for (const entry of this.#known.values()) {
      if (this.#told.has(entry.ssrc)) continue;
      this.#known.delete(entry.ssrc);
      this.#told.set(entry.ssrc, nowMs);
      this.#toldAtMs = nowMs;
      return entry;
    }
    return undefined;
  }

  #forgetOldest(): void {
    for (const ssrc of this.#known.keys()) {
      this.#known.delete(ssrc);
      return;
    }
  }
}
