const MAX_WARNINGS = 100;

/** What an operator should know of, as long as it is so: each text once, and not more than a hundred. */
export class Warnings {
  readonly #counts = new Map<string, number>();

  /** Adds a warning. Answers how to take it back. */
  add(message: string): () => void {
    const count = this.#counts.get(message) ?? 0;
    if (count === 0 && this.#counts.size >= MAX_WARNINGS) return () => {};
    this.#counts.set(message, count + 1);
    let isThere = true;
    return () => {
      if (!isThere) return;
      isThere = false;
      const left = (this.#counts.get(message) ?? 1) - 1;
      if (left === 0) this.#counts.delete(message);
      else this.#counts.set(message, left);
    };
  }

  list(): string[] {
    return [...this.#counts.keys()];
  }
}
