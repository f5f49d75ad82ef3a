/** Where a client wants to publish or play. */
export interface StreamUrl {
  /** `app/name`, not yet checked. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
}

const MAX_PARAMETERS = 64;

function cut(text: string): [before: string, query: string] {
  const at = text.indexOf('?');
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** By hand: `/\/+$/` takes the square of the time on a text full of slashes. */
function withoutOuterSlashes(text: string): string {
  let from = 0;
  let to = text.length;
  while (text[from] === '/') from++;
  while (to > from && text[to - 1] === '/') to--;
  return text.slice(from, to);
}

/**
 * Joins what `connect` and `publish` or `play` said. Clients put the query behind the stream's name, behind the app (and so into `tcUrl`),
 * or behind both; the nearer to the name, the more it counts.
 */
export function streamUrl(app: string, tcUrl: string, name: string): StreamUrl {
  const [appPath, appQuery] = cut(app);
  const [namePath, nameQuery] = cut(name.replace(/^(mp4|flv):/, ''));
  const [, urlQuery] = cut(tcUrl);
  const query: [string, string][] = [];
  for (const part of [urlQuery, appQuery, nameQuery]) query.push(...new URLSearchParams(part));
  // Many write `app/` and `/name`; a slash too many in between is no path, and stays one that is refused.
  const path = [appPath, namePath]
    .map(withoutOuterSlashes)
    .filter((part) => part !== '')
    .join('/')
    .split('/')
    .map(decode)
    .join('/');
  return { path, query: Object.fromEntries(query.slice(-MAX_PARAMETERS)) };
}
