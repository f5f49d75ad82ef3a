import { rtspError } from '../errors.js';

/** What an RTSP URL says, of its host nothing. */
export interface RtspUrl {
  /** Path without slashes at its ends, decoded; for a SETUP with the control of a medium still in it. */
  readonly path: string;
  /** Query as sent, without `?`; empty where there is none. */
  readonly search: string;
  /** The query, decoded. Of a name given twice the first counts. */
  readonly query: Readonly<Record<string, string>>;
}

const MAX_URL = 2048;
const MAX_QUERY_NAMES = 64;

/** Reads the URL of a request: absolute, or a path alone. Throws `ERR_RTSP_URL` (400). */
export function parseRtspUrl(text: string): RtspUrl {
  if (text.length > MAX_URL) throw rtspError('ERR_RTSP_URL', `a URL of more than ${MAX_URL} characters`);
  // Not by `URL`, which drops `..` and takes credentials and ports that cameras write apart for errors.
  const match = /^(?:rtspu?s?:\/\/[^/?#]*)?(\/[^?#]*)?(?:\?([^#]*))?(?:#.*)?$/i.exec(text);
  if (match === null) throw rtspError('ERR_RTSP_URL', 'not an RTSP URL');
  const search = match[2] ?? '';
  const path = decode(match[1] ?? '').replace(/^\/+|(?<!\/)\/+$/g, '');
  return { path, search, query: parseQuery(search) };
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw rtspError('ERR_RTSP_URL', 'a path that is not UTF-8');
  }
}

function parseQuery(search: string): Readonly<Record<string, string>> {
  const entries = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(search)) {
    if (entries.size >= MAX_QUERY_NAMES) break;
    // `?query/trackID=1` and `?query/`: what clients make of a base that ends with a query.
    if (!entries.has(name)) entries.set(name, value);
  }
  return Object.fromEntries(entries);
}
