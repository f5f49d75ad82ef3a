const WINDOW_MS = 1000;
const MAX_ADDRESSES = 10_000;

/** Counts failures per address in windows of a second; remembers a bounded number of addresses, the oldest window goes first. */
export class FailureCap {
  readonly #max: number;
  readonly #now: () => number;
  readonly #windows = new Map<string, { readonly since: number; count: number }>();

  constructor(maxPerSecond: number, now: () => number) {
    this.#max = maxPerSecond;
    this.#now = now;
  }

  /** Whether an address failed too often just now. */
  blocked(address: string): boolean {
    const window = this.#windows.get(address);
    return window !== undefined && this.#now() - window.since < WINDOW_MS && window.count >= this.#max;
  }

  failed(address: string): void {
    const now = this.#now();
    const window = this.#windows.get(address);
    if (window !== undefined && now - window.since < WINDOW_MS) {
      window.count++;
      return;
    }
    this.#windows.delete(address);
    this.#windows.set(address, { since: now, count: 1 });
    if (this.#windows.size <= MAX_ADDRESSES) return;
    const oldest = this.#windows.keys().next();
    if (!oldest.done) this.#windows.delete(oldest.value);
  }
}
