import type { components } from '@sluice/plugin-api-client';

/** A port that the server listens on. */
export type ServerAddress = components['schemas']['Server']['addresses'][number];

/** How the page itself plays. */
export type PlayProtocol = 'http-flv' | 'ws-flv';

/** An address of a stream. */
export interface StreamUrl {
  readonly label: string;
  readonly url: string;
}

/** What of the page's query is a credential, and goes along to the stream. */
const CREDENTIALS = ['token', 'exp', 'sig'];

function encoded(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

/** A path as somebody gave it. Slashes at its beginning would make it another host's address. */
export function plainPath(text: string): string {
  return text.trim().replace(/^[/\\]+|\/+$/g, '');
}

/** The credentials of the page's address, as a query. */
export function credentialsOf(search: string): string {
  const given = new URLSearchParams(search);
  const kept = new URLSearchParams();
  for (const name of CREDENTIALS) {
    const value = given.get(name);
    if (value !== null) kept.set(name, value);
  }
  return kept.size === 0 ? '' : `?${kept}`;
}

/** Where the page plays a stream from. */
export function playUrl(base: URL, path: string, protocol: PlayProtocol, credentials: string): string {
  const url = new URL(`${encoded(path)}.flv${credentials}`, base);
  if (protocol === 'ws-flv') url.protocol = base.protocol === 'https:' ? 'wss:' : 'ws:';
  return url.href;
}

/** All addresses of a stream; RTMP and RTSP where the server says that it listens for them. */
export function streamUrls(base: URL, path: string, addresses: readonly ServerAddress[], credentials: string): StreamUrl[] {
  const urls: StreamUrl[] = [
    { label: 'HTTP-FLV', url: playUrl(base, path, 'http-flv', credentials) },
    { label: 'WS-FLV', url: playUrl(base, path, 'ws-flv', credentials) },
    { label: 'HLS', url: new URL(`${encoded(path)}.m3u8${credentials}`, base).href },
  ];
  for (const protocol of ['rtmp', 'rtsp'] as const) {
    const own = addresses.filter(({ plugin }) => plugin === protocol);
    const address = own.find(({ secure }) => !secure) ?? own[0];
    if (address === undefined) continue;
    urls.push({
      label: protocol.toUpperCase(),
      url: `${protocol}${address.secure ? 's' : ''}://${base.hostname}:${address.port}/${encoded(path)}${credentials}`,
    });
  }
  return urls;
}
