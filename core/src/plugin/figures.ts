import { type ExtensionPoint, extensionPoint } from './service.js';

/** A figure of a plugin for whoever measures: read when it is asked for, so it costs nothing before. */
export interface Figure {
  /** Full name as Prometheus has it: `sluice_THING_UNIT`, counters with `_total`. */
  readonly name: string;
  readonly help: string;
  readonly kind: 'gauge' | 'counter';
  /** Name of the label of `read`'s keys; without it the figure is one number. Its values are few and ours, never text of a peer. */
  readonly label?: string;
  read(): number | Readonly<Record<string, number>>;
}

/** Plugins add their figures: `ctx.extend(figures, { name: 'sluice_things', help: 'Things now', kind: 'gauge', read: () => things.size })`. */
export const figures: ExtensionPoint<Figure> = extensionPoint('figures');

/** Counts things by a word, with a zero for each of `words` that none has. */
export function countBy<T>(things: Iterable<T>, words: readonly string[], wordOf: (thing: T) => string): Record<string, number> {
  const counts: Record<string, number> = Object.fromEntries(words.map((word) => [word, 0]));
  for (const thing of things) {
    const word = wordOf(thing);
    counts[word] = (counts[word] ?? 0) + 1;
  }
  return counts;
}
