import { rtmpError } from '../errors.js';

/** An `rtmp://` or `rtmps://` URL as a client needs it. */
export interface RtmpUrl {
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
  /** All segments of the path but the last; with its query where the URL has one behind the app. */
  readonly app: string;
  /** The last segment of the path, with the query of the URL. */
  readonly name: string;
  /** The URL up to the app, as `connect` tells it: without user and password. */
  readonly tcUrl: string;
  /** Query of the name. */
  readonly query: Readonly<Record<string, string>>;
}

const SCHEME = /^(rtmps?):\/\/([^/?#]*)\/([^?#]*)(\?[^#]*)?$/i;
/** User and password are read over: `connect` has no place for them, and most servers ask for none. */
const AUTHORITY = /^(?:\S*@)?(\[[0-9a-f:.]+\]|[^[\]:@\s]+)(?::(\d{1,5}))?$/i;
const DEFAULT_PORT = { rtmp: 1935, rtmps: 443 } as const;

function bad(why: string): never {
  throw rtmpError('ERR_RTMP_URL', `no RTMP URL: ${why}`);
}

/** App and name: the last slash parts them. Some servers want the query behind the app: `/app?key=x/name`. */
function split(path: string, query: string): { readonly app: string; readonly name: string; readonly query: string } {
  const whole = path.replace(/^\/+|(?<!\/)\/+$/g, '');
  const slash = whole.lastIndexOf('/');
  if (slash > 0) return { app: whole.slice(0, slash), name: whole.slice(slash + 1), query };
  const inQuery = query.lastIndexOf('/');
  if (inQuery < 0) return { app: whole, name: '', query };
  return { app: whole + query.slice(0, inQuery), name: query.slice(inQuery + 1), query: '' };
}

/** Reads a RTMP URL. `extra` is added to the query of the name, where it has not got these names yet. Throws `ERR_RTMP_URL`. */
export function parseRtmpUrl(url: string, extra: Readonly<Record<string, string>> = {}): RtmpUrl {
  const [, scheme, authority = '', path = '', search = ''] = SCHEME.exec(url) ?? [];
  if (scheme === undefined) return bad('it must be rtmp://HOST[:PORT]/APP/NAME');
  const [, host = '', portText] = AUTHORITY.exec(authority) ?? [];
  if (host === '') return bad('its host or port is wrong');
  const kind = scheme.toLowerCase() as 'rtmp' | 'rtmps';
  const port = portText === undefined ? DEFAULT_PORT[kind] : Number(portText);
  if (port < 1 || port > 65_535) return bad('its port is wrong');
  const { app, name, query } = split(path, search);
  if (app === '' || name === '') return bad('it has no APP/NAME');
  const known = new URLSearchParams(query);
  const added = Object.entries(extra).filter(([key]) => !known.has(key));
  const more = new URLSearchParams(added).toString();
  const joined = more === '' ? query : `${query === '' ? '?' : `${query}&`}${more}`;
  return {
    host: host.replace(/^\[|\]$/g, ''),
    port,
    secure: kind === 'rtmps',
    app,
    name: name + joined,
    tcUrl: `${kind}://${host}${portText === undefined ? '' : `:${port}`}/${app}`,
    query: { ...Object.fromEntries(known), ...Object.fromEntries(added) },
  };
}
