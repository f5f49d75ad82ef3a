/** For how long a connection is no burden: many may come in one moment, as when a site is back on the network. */
const GRACE_MS = 1000;
/** The same where an address has all the strangers it may have: others behind it are to get in, if they say at once what they want. */
const SHORT_GRACE_MS = 500;
/** So many times the cap may come in one moment. */
const BURST_FACTOR = 16;

/** A connection that has not proved itself yet. */
export interface Stranger {
  /** It proved itself, or is gone. Safe to call twice. */
  leave(): void;
}

interface AddressCount {
  /** Came within the grace. */
  fresh: number;
  /** Were not admitted within it. */
  lingering: number;
}

/**
 * Counts connections of addresses that have not proved themselves yet. What counts is who stays a stranger: of those that are not
 * admitted within a second at most `max` per address are kept, and while there are so many the next ones have half of that.
 */
export class StrangerCaps {
  readonly #max: number;
  readonly #counts = new Map<string, AddressCount>();

  constructor(max: number) {
    this.#max = max;
  }

  /** One more of `address`, or `undefined` where there are too many; `cut` is called when it turns out to be one too many. */
  enter(address: string, cut: () => void): Stranger | undefined {
    const count = this.#counts.get(address) ?? { fresh: 0, lingering: 0 };
    if (count.fresh + count.lingering >= this.#max * BURST_FACTOR) return undefined;
    this.#counts.set(address, count);
    count.fresh++;
    let state: keyof AddressCount | 'gone' = 'fresh';
    const leave = (): void => {
      clearTimeout(timer);
      if (state === 'gone') return;
      count[state]--;
      state = 'gone';
      if (count.fresh + count.lingering === 0 && this.#counts.get(address) === count) this.#counts.delete(address);
    };
    const graceMs = count.lingering >= this.#max ? SHORT_GRACE_MS : GRACE_MS;
    const timer = setTimeout(() => {
      if (count.lingering >= this.#max) {
        leave();
        cut();
        return;
      }
      count.fresh--;
      count.lingering++;
      state = 'lingering';
    }, graceMs).unref();
    return { leave };
  }
}
