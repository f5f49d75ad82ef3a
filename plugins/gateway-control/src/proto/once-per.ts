/** Lets a key through once in a period. Keeps no more keys than it is told, however many come: the oldest are forgotten. */
export class OncePer {
  readonly #periodMs: number;
  readonly #maxKeys: number;
  readonly #lastMs = new Map<string, number>();

  constructor(periodMs: number, maxKeys: number) {
    this.#periodMs = periodMs;
    this.#maxKeys = maxKeys;
  }

  /** True where this key's turn is now. */
  pass(key: string, nowMs: number): boolean {
    const last = this.#lastMs.get(key);
    if (last !== undefined && nowMs - last < this.#periodMs) return false;
    this.#lastMs.delete(key);
    this.#lastMs.set(key, nowMs);
    if (this.#lastMs.size > this.#maxKeys) this.#lastMs.delete(this.#lastMs.keys().next().value as string);
    return true;
  }
}
