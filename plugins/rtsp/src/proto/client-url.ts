import { rtspError } from '../errors.js';
import { parseRtspUrl } from './rtsp-url.js';

/** User and password of a URL, percent-decoded. */
export interface UrlCredentials {
  readonly username: string;
  readonly password: string;
}

/** An `rtsp://` or `rtsps://` URL as a client needs it. */
export interface ClientUrl {
  /** Name or address, IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
  /** What requests say: the URL without user and password. */
  readonly url: string;
  readonly credentials?: UrlCredentials;
  /** Path without slashes at its ends, decoded. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
}

const SCHEME = /^(rtsps?):\/\/([^/?#]*)([^#]*)(?:#.*)?$/i;
const HOST = /^(\[[0-9a-f:.]+\]|[^[\]:@\s]+)(?::(\d{1,5}))?$/i;
// RFC 7826 4.2
const DEFAULT_PORT = { rtsp: 554, rtsps: 322 } as const;

// What is told to nobody: the URL itself has a password in it.
function bad(why: string): never {
  throw rtspError('ERR_RTSP_URL', `no URL of a stream: ${why}`);
}

/** Reads the URL of a stream elsewhere. `extra` is added to its query, where it has not got these names yet. Throws `ERR_RTSP_URL`. */
export function parseClientUrl(text: string, extra: Readonly<Record<string, string>> = {}): ClientUrl {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they would end a request line
  if (/[\x00-\x20\x7f]/.test(text)) return bad('blanks or control characters');
  const [, scheme, authority = '', rest = ''] = SCHEME.exec(text) ?? [];
  if (scheme === undefined) return bad('it must be rtsp://HOST[:PORT]/PATH');
  // Passwords with an @ are often written as they are.
  const at = authority.lastIndexOf('@');
  const [, host = '', portText] = HOST.exec(authority.slice(at + 1)) ?? [];
  if (host === '') return bad('its host or port is wrong');
  const kind = scheme.toLowerCase() as 'rtsp' | 'rtsps';
  const port = portText === undefined ? DEFAULT_PORT[kind] : Number(portText);
  if (port < 1 || port > 65_535) return bad('its port is wrong');
  const target = withQuery(rest, extra);
  const { path, query } = parseRtspUrl(target);
  return {
    host: host.replace(/^\[|\]$/g, ''),
    port,
    secure: kind === 'rtsps',
    url: `${kind}://${host}${portText === undefined ? '' : `:${portText}`}${target}`,
    ...(at < 0 ? {} : { credentials: credentialsOf(authority.slice(0, at)) }),
    path,
    query,
  };
}

/** One server can lead to another, and that to the next. */
export const MAX_REDIRECTS = 5;

/**
 * Where a redirect leads (RFC 2326 11.3). User and password go along to the same host only, and never in the clear where they were not. Throws
 * `ERR_RTSP_URL`.
 */
export function redirectUrl(from: ClientUrl, location: string): ClientUrl {
  const to = parseClientUrl(location);
  const isSame = to.host === from.host && (to.secure || !from.secure);
  return to.credentials === undefined && isSame && from.credentials !== undefined ? { ...to, credentials: from.credentials } : to;
}

/** Path and query, with what the query lacks. */
function withQuery(rest: string, extra: Readonly<Record<string, string>>): string {
  const question = rest.indexOf('?');
  const path = question < 0 ? rest : rest.slice(0, question);
  const search = question < 0 ? '' : rest.slice(question + 1);
  const known = new URLSearchParams(search);
  const more = new URLSearchParams(Object.entries(extra).filter(([name]) => !known.has(name))).toString();
  const joined = [search, more].filter((part) => part !== '').join('&');
  return (path === '' ? '/' : path) + (joined === '' ? '' : `?${joined}`);
}

function credentialsOf(userInfo: string): UrlCredentials {
  const colon = userInfo.indexOf(':');
  const username = colon < 0 ? userInfo : userInfo.slice(0, colon);
  return { username: decoded(username), password: colon < 0 ? '' : decoded(userInfo.slice(colon + 1)) };
}

/** A password with a `%` that was not encoded is taken as it is. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
