import { parseRtspUrl, type RtspUrl } from './rtsp-url.js';

/** What a SETUP of a player is about. */
export interface PlayControl extends RtspUrl {
  /** Id of the track; `undefined` where the URL is that of the whole stream. */
  readonly trackId: number | undefined;
}

const TRACK = /\/?trackID=(\d{1,3})\/*$/i;

/** The control of a track in the descriptions given out here. */
export function controlOf(trackId: number): string {
  return `trackID=${trackId}`;
}

/** Reads the URL of a player's SETUP. The control may stand behind the query, as clients only put it at the end. Throws `ERR_RTSP_URL`. */
export function parsePlayControl(uri: string): PlayControl {
  const behind = TRACK.exec(uri);
  if (behind !== null) return { ...parseRtspUrl(uri.slice(0, behind.index)), trackId: Number(behind[1]) };
  const url = parseRtspUrl(uri);
  const within = TRACK.exec(url.path);
  if (within === null) return { ...url, trackId: undefined };
  return { ...url, path: url.path.slice(0, within.index), trackId: Number(within[1]) };
}

/**
 * Which medium of a publisher's description a SETUP is about: its index, or `undefined` where none is meant. `controls` are the `a=control`
 * lines: whole URLs, or what clients put behind the URL of the stream, query and all (RFC 2326 C.1.1).
 */
export function findControl(uri: string, base: string, controls: readonly string[]): number | undefined {
  const asked = bare(uri);
  // The longest first, as one may end with another.
  const order = controls.map((_, index) => index).sort((a, b) => (controls[b] ?? '').length - (controls[a] ?? '').length);
  for (const index of order) {
    const control = controls[index] ?? '';
    if (control === '' || control === '*') continue;
    if (isAbsolute(control) ? asked === bare(control) : asked.endsWith(`/${bare(control)}`) || isInPath(asked, control)) return index;
  }
  // One medium needs no control of its own.
  return controls.length === 1 && asked === bare(base) ? 0 : undefined;
}

/** `/live/a/streamid=0?token=x` */
function isInPath(asked: string, control: string): boolean {
  const query = asked.indexOf('?');
  return query >= 0 && asked.slice(0, query).endsWith(`/${bare(control)}`);
}

function isAbsolute(control: string): boolean {
  return /^rtsps?:\/\//i.test(control);
}

/** Without scheme, host and slashes at the ends: behind a proxy or a NAT the same server has other names. */
function bare(uri: string): string {
  return uri.replace(/^rtspu?s?:\/\/[^/?#]*/i, '').replace(/^\/+|(?<!\/)\/+$/g, '');
}
