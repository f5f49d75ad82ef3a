/** A line that came again. */
export interface Repeats<T> {
  /** The newest of them. */
  readonly line: T;
  readonly repeated: number;
}

interface Kind<T> {
  line: T;
  repeated: number;
  untilMs: number;
}

/**
 * Folds lines that say the same: the first is let through, further ones of its period are counted, and told of when the period is over. No more than so
 * many kinds are remembered: lines of others are let through.
 */
export class Fold<T> {
  readonly #periodMs: number;
  readonly #maxKinds: number;
  readonly #kinds = new Map<string, Kind<T>>();

  constructor(periodMs: number, maxKinds: number) {
    this.#periodMs = periodMs;
    this.#maxKinds = maxKinds;
  }

  /** True where the line is to be written. */
  first(kind: string, line: T, nowMs: number): boolean {
    const known = this.#kinds.get(kind);
    if (known !== undefined) {
      known.line = line;
      known.repeated++;
      return false;
    }
    if (this.#kinds.size < this.#maxKinds) this.#kinds.set(kind, { line, repeated: 0, untilMs: nowMs + this.#periodMs });
    return true;
  }

  /** What is to be told of now. A kind that came again in its period begins another one. */
  due(nowMs: number): Repeats<T>[] {
    const due: Repeats<T>[] = [];
    for (const [name, kind] of this.#kinds) {
      if (nowMs < kind.untilMs) continue;
      if (kind.repeated === 0) {
        this.#kinds.delete(name);
        continue;
      }
      due.push({ line: kind.line, repeated: kind.repeated });
      kind.repeated = 0;
      kind.untilMs = nowMs + this.#periodMs;
    }
    return due;
  }

  /** What was counted and not told of yet. */
  end(): Repeats<T>[] {
    const left = [...this.#kinds.values()].filter(({ repeated }) => repeated > 0);
    this.#kinds.clear();
    return left.map(({ line, repeated }) => ({ line, repeated }));
  }
}
