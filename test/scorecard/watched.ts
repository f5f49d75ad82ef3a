import type { Seen } from './types.js';

/** Gathers what a viewer and a prober see, and tells it for stretches of time. Times are milliseconds of one monotonic clock. */
export class Watched {
  #pictures = 0;
  #longestGapMs = 0;
  #lastPictureMs: number | undefined;
  #cuts = 0;
  #unhealthy = 0;
  #latencies: number[] = [];

  picture(atMs: number): void {
    this.#noteGap(atMs);
    this.#pictures++;
    this.#lastPictureMs = atMs;
  }

  cut(): void {
    this.#cuts++;
  }

  probe(latencyMs: number, ok: boolean): void {
    this.#latencies.push(latencyMs);
    if (!ok) this.#unhealthy++;
  }

  /** What was seen since the last time; a gap that is still open counts with the length it has. */
  take(nowMs: number): Seen {
    this.#noteGap(nowMs);
    const seen: Seen = {
      pictures: this.#pictures,
      longestGapMs: this.#longestGapMs,
      cuts: this.#cuts,
      healthP99Ms: percentile(this.#latencies, 0.99),
      unhealthy: this.#unhealthy,
      probes: this.#latencies.length,
    };
    this.#pictures = 0;
    this.#longestGapMs = 0;
    this.#cuts = 0;
    this.#unhealthy = 0;
    this.#latencies = [];
    return seen;
  }

  #noteGap(nowMs: number): void {
    if (this.#lastPictureMs !== undefined) this.#longestGapMs = Math.max(this.#longestGapMs, nowMs - this.#lastPictureMs);
  }
}

/** The value that `share` of all are not above (nearest rank); 0 of none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}
