/** Bytes a stranger may get back for each byte that came from its address (RFC 9000 8.1 has the same rule). */
const FACTOR = 3;

/**
 * Keeps strangers from using us to flood somebody whose address they forge: until an address proved itself it gets at most three times what came from it.
 * What it remembers is bounded; a forgotten stranger starts anew, a forgotten friend is a stranger again.
 */
export class AmplificationGuard {
  readonly #budgets = new Map<string, number>();
  readonly #admitted = new Set<string>();
  readonly #maxAddresses: number;

  constructor(maxAddresses = 20_000) {
    this.#maxAddresses = maxAddresses;
  }

  /** Bytes came from an address. */
  received(address: string, bytes: number): void {
    if (this.#admitted.has(address)) return;
    const budget = this.#budgets.get(address) ?? 0;
    this.#budgets.delete(address);
    this.#budgets.set(address, Math.min(budget + FACTOR * bytes, 1_000_000));
    dropOldest(this.#budgets, this.#maxAddresses);
  }

  /** Whether bytes may be sent; they count as sent. */
  allow(address: string, bytes: number): boolean {
    if (this.#admitted.has(address)) return true;
    const budget = this.#budgets.get(address) ?? 0;
    if (bytes > budget) return false;
    this.#budgets.set(address, budget - bytes);
    return true;
  }

  isAdmitted(address: string): boolean {
    return this.#admitted.has(address);
  }

  /** The address proved itself. */
  admit(address: string): void {
    this.#budgets.delete(address);
    this.#admitted.delete(address);
    this.#admitted.add(address);
    dropOldest(this.#admitted, this.#maxAddresses);
  }

  /** Addresses remembered. */
  get size(): number {
    return this.#budgets.size + this.#admitted.size;
  }
}

function dropOldest(items: { readonly size: number; keys(): IterableIterator<string>; delete(key: string): boolean }, max: number): void {
  if (items.size <= max) return;
  const [oldest] = items.keys();
  if (oldest !== undefined) items.delete(oldest);
}
