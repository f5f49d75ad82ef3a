/** Even port numbers of a range, each for one stream; its RTCP is on the next one (RFC 3550 11). The one given back longest ago is the next. */
export class PortPool {
  readonly last: number;
  readonly #free = new Set<number>();
  readonly #held = new Set<number>();
  /** When ports may be used again. */
  readonly #resting = new Map<number, number>();

  /** `range`: FIRST-LAST. */
  constructor(range: string) {
    const [first = 0, last = 0] = range.split('-').map(Number);
    this.last = last;
    for (let port = first + (first % 2); port <= last; port += 2) this.#free.add(port);
  }

  /** Ports in use. */
  get held(): number {
    return this.#held.size;
  }

  /** Ports that may be taken at some time: free ones and resting ones. */
  get available(): number {
    return this.#free.size + this.#resting.size;
  }

  /** A port, or `undefined` where all are in use or resting. */
  take(nowMs: number): number | undefined {
    for (const [port, atMs] of this.#resting) {
      if (atMs > nowMs) continue;
      this.#resting.delete(port);
      this.#free.add(port);
    }
    for (const port of this.#free) {
      this.#free.delete(port);
      this.#held.add(port);
      return port;
    }
    return undefined;
  }

  /** Gives a port back; it is not taken again before `reusableAtMs`. Does nothing for one that is not held. */
  give(port: number, nowMs: number, reusableAtMs = nowMs): void {
    if (!this.#held.delete(port)) return;
    if (reusableAtMs > nowMs) this.#resting.set(port, reusableAtMs);
    else this.#free.add(port);
  }
}
