const SECOND_MS = 1000;
const MAX_ADDRESSES = 10_000;
/** A device that was challenged is given so long to come back with the right digest. */
const GRACE_SECONDS = 5;

interface Counts {
  /** The second that is counted. */
  second: number;
  failures: number;
  /** Tries in this second while it was blocked. */
  refused: number;
  /** Challenges that nobody came back to yet, by how many seconds ago they were. */
  readonly open: number[];
}

/**
 * Counts failures per address and second. A challenge of somebody unknown is none, as every device begins with one and thousands of them
 * may be behind one address, but it becomes one when it is not followed by the right digest. Remembers a bounded number of addresses, those
 * that were quiet for longest go first.
 */
export class FailureCap {
  readonly #max: number;
  readonly #now: () => number;
  readonly #counts = new Map<string, Counts>();

  constructor(maxPerSecond: number, now: () => number) {
    this.#max = maxPerSecond;
    this.#now = now;
  }

  /** Whether an address failed too often in this second. */
  blocked(address: string): boolean {
    return (this.#current(address)?.failures ?? 0) >= this.#max;
  }

  /** An address that is blocked tried again: who goes on as before stays blocked. */
  refused(address: string): void {
    const counts = this.#current(address);
    if (counts !== undefined) counts.refused++;
  }

  /** Wrong digest. */
  failed(address: string): void {
    const counts = this.#current(address) ?? this.#add(address);
    counts.failures++;
    settle(counts.open);
  }

  /** Somebody unknown was challenged. */
  challenged(address: string): void {
    const counts = this.#current(address) ?? this.#add(address);
    counts.open[0] = (counts.open[0] ?? 0) + 1;
  }

  /** The right digest came. */
  succeeded(address: string): void {
    const counts = this.#current(address);
    if (counts !== undefined) settle(counts.open);
  }

  /** The counts of an address, brought up to this second. */
  #current(address: string): Counts | undefined {
    const counts = this.#counts.get(address);
    if (counts === undefined) return undefined;
    const second = Math.floor(this.#now() / SECOND_MS);
    const passed = second - counts.second;
    if (passed <= 0) return counts;
    const { open } = counts;
    counts.second = second;
    const goesOn = passed === 1 && counts.refused >= this.#max;
    counts.failures = (open[GRACE_SECONDS - passed] ?? 0) + (goesOn ? this.#max : 0);
    counts.refused = 0;
    open.unshift(...Array<number>(Math.min(passed, GRACE_SECONDS)).fill(0));
    open.length = GRACE_SECONDS;
    this.#counts.delete(address);
    if (counts.failures === 0 && open.every((count) => count === 0)) return undefined;
    this.#counts.set(address, counts);
    return counts;
  }

  #add(address: string): Counts {
    const counts: Counts = { second: Math.floor(this.#now() / SECOND_MS), failures: 0, refused: 0, open: Array<number>(GRACE_SECONDS).fill(0) };
    this.#counts.set(address, counts);
    const oldest = this.#counts.size > MAX_ADDRESSES ? this.#counts.keys().next() : undefined;
    if (oldest?.done === false) this.#counts.delete(oldest.value);
    return counts;
  }
}

/** The oldest open challenge was answered. */
function settle(open: number[]): void {
  const at = open.findLastIndex((count) => count > 0);
  if (at >= 0) open[at] = (open[at] ?? 0) - 1;
}
