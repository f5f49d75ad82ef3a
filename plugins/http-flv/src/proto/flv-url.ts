import { Buffer } from 'node:buffer';
import type { LinkTarget } from '@sluice/core';
import { httpFlvError } from '../errors.js';

/** An HTTP URL as a client needs it. */
export interface FlvUrl extends LinkTarget {
  /** Path and query of the request line. */
  readonly request: string;
  /** Value of `Host`. */
  readonly authority: string;
  /** Value of `Authorization`, where the URL has user or password (RFC 7617). */
  readonly authorization: string | undefined;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Reads a URL. `extra` is added to its query, where it has not got these names yet. Throws `ERR_HTTP_FLV_URL`. */
export function parseFlvUrl(text: string, extra: Readonly<Record<string, string>> = {}): FlvUrl {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw httpFlvError('ERR_HTTP_FLV_URL', 'no URL to pull from: it must be http[s]://HOST[:PORT]/PATH');
  }
  for (const [name, value] of Object.entries(extra)) if (!url.searchParams.has(name)) url.searchParams.append(name, value);
  const secure = url.protocol === 'https:';
  const credentials = `${decode(url.username)}:${decode(url.password)}`;
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (secure ? 443 : 80) : Number(url.port),
    secure,
    path: decode(url.pathname.replace(/^\/+|(?<!\/)\/+$|\.flv$/g, '')),
    query: Object.fromEntries(url.searchParams),
    request: url.pathname + url.search,
    authority: url.host,
    authorization: credentials === ':' ? undefined : `Basic ${Buffer.from(credentials).toString('base64')}`,
  };
}

/** Where a redirect leads, from where it was given. Credentials do not go along to another server. Throws `ERR_HTTP_FLV_REDIRECT`. */
export function followRedirect(from: FlvUrl, location: string | undefined): FlvUrl {
  const base = `${from.secure ? 'https' : 'http'}://${from.authority}${from.request}`;
  if (location === undefined || !URL.canParse(location, base)) throw httpFlvError('ERR_HTTP_FLV_REDIRECT', 'a redirect to nowhere');
  const url = new URL(location, base);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw httpFlvError('ERR_HTTP_FLV_REDIRECT', `a redirect to ${url.protocol}`);
  const next = parseFlvUrl(url.href);
  return next.authority === from.authority && next.secure === from.secure ? { ...next, authorization: next.authorization ?? from.authorization } : next;
}
