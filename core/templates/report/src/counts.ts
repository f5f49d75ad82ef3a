/** How many there were of each kind. */
export class Counts {
  #counts = new Map<string, number>();

  add(kind: string): void {
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1);
  }

  /** What was counted since the last time; `undefined` where that is nothing. */
  take(): Readonly<Record<string, number>> | undefined {
    if (this.#counts.size === 0) return undefined;
    const taken = Object.fromEntries(this.#counts);
    this.#counts = new Map();
    return taken;
  }
}
