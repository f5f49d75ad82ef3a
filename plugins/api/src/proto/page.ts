/** A part of a list; `next` is the cursor of the following part, where there is one. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly next?: string;
}

/** Makes the cursor that means "after `key`". */
export function cursorAfter(key: string): string {
  return Buffer.from(key, 'utf8').toString('base64url');
}

/** The first `limit` items after the cursor, in the order of their keys: stable while items come and go. */
export function pageOf<T>(all: readonly T[], keyOf: (item: T) => string, limit: number, cursor: string | undefined): Page<T> {
  const after = cursor === undefined ? undefined : Buffer.from(cursor, 'base64url').toString('utf8');
  const keyed = all.map((item) => ({ item, key: keyOf(item) })).filter(({ key }) => after === undefined || key > after);
  keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  const items = keyed.slice(0, limit);
  const last = items.at(-1);
  return { items: items.map(({ item }) => item), ...(keyed.length > limit && last !== undefined ? { next: cursorAfter(last.key) } : {}) };
}
