const SECRET_NAMES = new Set(['token', 'sig', 'key', 'password']);
const HIDDEN = '***';

/** A query without the values nobody may see. */
export function hideQuery(query: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(query).map(([name, value]) => [name, SECRET_NAMES.has(name.toLowerCase()) ? HIDDEN : value]));
}

/** For `JSON.stringify`: hides secrets in every `query` object, however deep. */
export function hideQueries(key: string, value: unknown): unknown {
  return key === 'query' && typeof value === 'object' && value !== null ? hideQuery(value as Record<string, string>) : value;
}
