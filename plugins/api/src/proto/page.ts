/** A part of a list; `next` is the cursor of the following part, where there is one. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly next?: string;
}

/** Before the key, so that not every base64url text is a cursor. */
const MARK = '>';

/** Makes the cursor that means "after `key`". */
export function cursorAfter(key: string): string {
  return Buffer.from(MARK + key, 'utf8').toString('base64url');
}

/** What a cursor stands behind; `undefined` for a text that is none. */
export function keyOfCursor(cursor: string): string | undefined {
  const text = Buffer.from(cursor, 'base64url').toString('utf8');
  if (!text.startsWith(MARK)) return undefined;
  const key = text.slice(MARK.length);
  // Buffer takes everything; only what it would write itself is a cursor.
  return cursorAfter(key) === cursor ? key : undefined;
}

/** The first `limit` items after the cursor, in the order of their keys: stable while items come and go. A cursor that is none is as if there were none. */
export function pageOf<T>(all: readonly T[], keyOf: (item: T) => string, limit: number, cursor: string | undefined): Page<T> {
  const after = cursor === undefined ? undefined : keyOfCursor(cursor);
  const keyed = all.map((item) => ({ item, key: keyOf(item) })).filter(({ key }) => after === undefined || key > after);
  keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  const items = keyed.slice(0, limit);
  const last = items.at(-1);
  return { items: items.map(({ item }) => item), ...(keyed.length > limit && last !== undefined ? { next: cursorAfter(last.key) } : {}) };
}
