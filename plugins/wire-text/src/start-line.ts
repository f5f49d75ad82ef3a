import { wireTextError } from './errors.js';
import { isToken } from './headers.js';

/** `METHOD URI PROTOCOL/VERSION`. */
export interface RequestLine {
  readonly kind: 'request';
  readonly method: string;
  readonly uri: string;
  readonly protocol: string;
  readonly version: string;
}

/** `PROTOCOL/VERSION STATUS REASON`. */
export interface StatusLine {
  readonly kind: 'response';
  readonly status: number;
  readonly reason: string;
  readonly protocol: string;
  readonly version: string;
}

const STATUS_LINE = /^([A-Z]+)\/(\d{1,3}(?:\.\d{1,3})?) +(\d{3})(?: +(.*)| *)$/s;
const VERSION = /^([A-Z]+)\/(\d{1,3}(?:\.\d{1,3})?)$/i;

/** Reads the first line of a message. Throws ERR_TEXT_START_LINE. */
export function parseStartLine(line: string): RequestLine | StatusLine {
  const status = STATUS_LINE.exec(line);
  if (status) return { kind: 'response', protocol: status[1] ?? '', version: status[2] ?? '', status: Number(status[3]), reason: (status[4] ?? '').trim() };
  const text = line.trim();
  const first = text.indexOf(' ');
  const last = text.lastIndexOf(' ');
  const method = text.slice(0, Math.max(0, first));
  const version = VERSION.exec(text.slice(last + 1));
  const uri = text.slice(first + 1, Math.max(first + 1, last)).trim();
  if (!isToken(method) || !version || uri === '') throw wireTextError('ERR_TEXT_START_LINE', `not a start line: '${line.slice(0, 64)}'`);
  return { kind: 'request', method, uri, protocol: (version[1] ?? '').toUpperCase(), version: version[2] ?? '' };
}
