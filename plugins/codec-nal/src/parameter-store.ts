import { Buffer } from 'node:buffer';
import type { NalBuilderLimits, NalCodecRules, ParameterSets } from './rules.js';

interface StoredSet {
  readonly id: number;
  readonly bytes: Buffer;
}

/**
 * The parameter sets a stream has shown, by kind and id. Keeps copies, as they outlive the buffers they came in,
 * and knows whether bytes really differ: cameras repeat the same sets before each key frame.
 */
export class ParameterStore {
  readonly #rules: NalCodecRules<unknown>;
  readonly #maxSets: number;
  readonly #maxBytes: number;
  #kinds: StoredSet[][];
  /** Sets not taken because broken, too long or too many. */
  ignored = 0;

  constructor(rules: NalCodecRules<unknown>, limits: NalBuilderLimits) {
    this.#rules = rules;
    this.#maxSets = limits.maxSetsPerKind ?? 16;
    this.#maxBytes = limits.maxSetBytes ?? 8192;
    this.#kinds = rules.setKinds.map(() => []);
  }

  /** Whether there is at least one set of each required kind. */
  get complete(): boolean {
    return this.#rules.setKinds.every((kind, index) => !kind.required || (this.#kinds[index]?.length ?? 0) > 0);
  }

  get sets(): ParameterSets {
    return this.#kinds.map((sets) => sets.map((set) => set.bytes));
  }

  /** Whether a set with the very same bytes is kept. */
  #has(kind: number, bytes: Buffer): boolean {
    const sets = this.#kinds[kind];
    if (sets === undefined) return false;
    for (const set of sets) if (set.bytes.equals(bytes)) return true;
    return false;
  }

  /**
   * Takes the parameter sets of one access unit. A new SPS in the access unit of a key frame begins a new sequence: the kinds that
   * come with it replace what was known. Otherwise sets replace those of the same id. Answers whether anything changed.
   */
  take(units: readonly Buffer[], withKeyFrame: boolean): boolean {
    let fresh = false;
    let newSequence = false;
    for (const unit of units) {
      const kind = this.#kindOf(unit);
      if (kind === -1 || this.#has(kind, trimmed(unit))) continue;
      fresh = true;
      if (withKeyFrame && kind === this.#rules.spsKind && this.#readable(kind, unit)) newSequence = true;
    }
    if (!fresh) return false;
    const next = this.#kinds.map((sets, kind) => (newSequence && this.#anyReadable(kind, units) ? [] : [...sets]));
    for (const unit of units) {
      const kind = this.#kindOf(unit);
      if (kind !== -1) this.#put(next, kind, trimmed(unit));
    }
    return this.#adopt(next);
  }

  /** Replaces all sets of the kinds given (an empty kind stays as it is). Throws what the rules throw on broken sets. */
  replace(sets: ParameterSets): boolean {
    const next = this.#kinds.map((known, kind) => {
      const given = sets[kind] ?? [];
      if (given.length === 0) return known;
      return given.map((unit) => {
        const bytes = Buffer.from(trimmed(unit));
        return { id: this.#rules.idOf(kind, bytes), bytes };
      });
    });
    return this.#adopt(next);
  }

  #kindOf(unit: Buffer): number {
    return unit.length > 0 && this.#rules.roleOf(unit) === 'parameterSet' ? this.#rules.kindOf(unit) : -1;
  }

  #anyReadable(kind: number, units: readonly Buffer[]): boolean {
    return units.some((unit) => this.#kindOf(unit) === kind && this.#readable(kind, unit));
  }

  #readable(kind: number, unit: Buffer): boolean {
    if (unit.length > this.#maxBytes) return false;
    try {
      this.#rules.idOf(kind, unit);
      if (kind === this.#rules.spsKind) this.#rules.describe(unit);
      return true;
    } catch {
      return false;
    }
  }

  #put(next: StoredSet[][], kind: number, bytes: Buffer): void {
    const sets = next[kind];
    if (sets === undefined || sets.some((set) => set.bytes.equals(bytes))) return;
    let id: number;
    try {
      id = this.#rules.idOf(kind, bytes);
    } catch {
      this.ignored++;
      return;
    }
    const index = sets.findIndex((set) => set.id === id);
    // An SPS that cannot be read is better than none, but never pushes out a good one: it may be a damaged packet.
    const unwanted = sets.length > 0 && kind === this.#rules.spsKind && !this.#readable(kind, bytes);
    if (unwanted || bytes.length > this.#maxBytes || (index === -1 && sets.length >= this.#maxSets)) {
      this.ignored++;
      return;
    }
    const set = { id, bytes: Buffer.from(bytes) };
    if (index === -1) sets.push(set);
    else sets[index] = set;
  }

  #adopt(next: StoredSet[][]): boolean {
    const changed = next.some((sets, kind) => !sameSets(sets, this.#kinds[kind] ?? []));
    if (changed) this.#kinds = next;
    return changed;
  }
}

/** A parameter set ends in a stop bit, so zeros after it are framing, and must not look like a change. */
function trimmed(unit: Buffer): Buffer {
  let end = unit.length;
  while (end > 0 && unit[end - 1] === 0) end--;
  return end === unit.length ? unit : unit.subarray(0, end);
}

function sameSets(a: readonly StoredSet[], b: readonly StoredSet[]): boolean {
  return a.length === b.length && a.every((set, index) => b[index]?.bytes.equals(set.bytes));
}
