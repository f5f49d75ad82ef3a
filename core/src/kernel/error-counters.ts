/** How often something went wrong in a plugin. */
export interface ErrorCount {
  readonly plugin: string;
  readonly kind: string;
  readonly count: number;
}

const KIND = /^[A-Za-z0-9_.-]{1,64}$/;
const MAX_KINDS = 64;
const OTHER = 'other';

/** Counters of what outsiders and machines do wrong, by plugin and kind. A plugin has a bounded number of kinds; further ones are `other`. */
export class ErrorCounters {
  readonly #counts = new Map<string, Map<string, number>>();

  count(plugin: string, kind: string, by = 1): void {
    let kinds = this.#counts.get(plugin);
    if (kinds === undefined) {
      kinds = new Map();
      this.#counts.set(plugin, kinds);
    }
    const fits = kinds.has(kind) || (KIND.test(kind) && kinds.size < MAX_KINDS);
    const counted = fits ? kind : OTHER;
    kinds.set(counted, (kinds.get(counted) ?? 0) + by);
  }

  list(): ErrorCount[] {
    return [...this.#counts].flatMap(([plugin, kinds]) => [...kinds].map(([kind, count]) => ({ plugin, kind, count })));
  }
}
