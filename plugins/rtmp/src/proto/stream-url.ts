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
  const path = `${appPath}/${namePath}`
    .split('/')
    .filter((part) => part !== '')
    .map(decode)
    .join('/');
  return { path, query: Object.fromEntries(query.slice(-MAX_PARAMETERS)) };
}
