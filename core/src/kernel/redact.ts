/** Values of these query parameters are never shown. */
const SECRET_NAMES = new Set(['token', 'sig', 'key', 'password']);
const HIDDEN = '***';

function nameOf(pair: string): string {
  const equals = pair.indexOf('=');
  const raw = equals < 0 ? pair : pair.slice(0, equals);
  try {
    return decodeURIComponent(raw.replaceAll('+', ' ')).trim().toLowerCase();
  } catch {
    return raw.toLowerCase();
  }
}

/** A query without its secrets: the values of `token`, `sig`, `key` and `password` become `***`. With or without the `?`. */
export function redactQuery(query: string): string {
  if (query === '') return query;
  const mark = query.startsWith('?') || query.startsWith('#') ? query.slice(0, 1) : '';
  return (
    mark +
    query
      .slice(mark.length)
      .split('&')
      .map((pair) => (pair.includes('=') && SECRET_NAMES.has(nameOf(pair)) ? `${pair.slice(0, pair.indexOf('='))}=${HIDDEN}` : pair))
      .join('&')
  );
}

/** A decoded query without its secrets: the values of the same names become `***`. */
export function redactParameters(query: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(query).map(([name, value]) => [name, SECRET_NAMES.has(name.trim().toLowerCase()) ? HIDDEN : value]));
}

/** A URL without its secrets: user and password become `***`, query and fragment lose theirs. Text that is no URL comes back as it was. */
export function redactUrl(url: string): string {
  const bare = url.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i, `$1${HIDDEN}@`);
  const hash = bare.indexOf('#');
  const beforeHash = hash < 0 ? bare : bare.slice(0, hash);
  const fragment = hash < 0 ? '' : redactQuery(bare.slice(hash));
  const mark = beforeHash.indexOf('?');
  return (mark < 0 ? beforeHash : beforeHash.slice(0, mark) + redactQuery(beforeHash.slice(mark))) + fragment;
}

// The scheme is short: an endless one would be looked through from each of its letters on.
const USER_INFO = /([a-z][a-z0-9+.-]{0,31}:\/\/)[^/?#\s"'\\@]*@/gi;

/** Any text without the secrets of the URLs and queries in it. */
export function redactText(text: string): string {
  return text.replace(/([?&#](?:token|sig|key|password)=)[^&#\s"'\\]*/gi, `$1${HIDDEN}`).replace(USER_INFO, `$1${HIDDEN}@`);
}
