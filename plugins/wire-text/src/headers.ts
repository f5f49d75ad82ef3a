import { wireTextError } from './errors.js';
import { type TextLimits, textLimits } from './limits.js';

/** Headers in the order they came: name in lower case and long form, value trimmed. */
export type HeaderList = readonly (readonly [name: string, value: string])[];

/** How to read headers. */
export interface HeaderOptions {
  readonly limits?: Partial<TextLimits>;
  /** One-letter names and what they stand for (RFC 3261 7.3.3), both in lower case. */
  readonly compactForms?: Readonly<Record<string, string>>;
}

// RFC 3261 25.1 `token`; RFC 9110 5.1 is the same set but for `%` and `` ` ``.
const TOKEN = /^[A-Za-z0-9\-.!%*_+`'~#$&^|]+$/;

/** True for a `token` of RFC 3261 25.1: what a method, a header name or a parameter name is made of. */
export function isToken(text: string): boolean {
  return TOKEN.test(text);
}

/**
 * Reads header lines, unfolded (a line that starts with a space goes on from the line before) and without the empty line at the end.
 * Throws ERR_TEXT_HEADER or ERR_TEXT_TOO_LARGE.
 */
export function parseHeaderLines(lines: readonly string[], options: HeaderOptions = {}): HeaderList {
  const limits = textLimits(options.limits);
  const list: [string, string][] = [];
  for (const line of lines) {
    const folded = line.startsWith(' ') || line.startsWith('\t');
    const last = list.at(-1);
    if (folded) {
      if (last === undefined) throw wireTextError('ERR_TEXT_HEADER', 'the first header line is a continuation');
      const rest = line.trim();
      if (rest !== '') last[1] = last[1] === '' ? rest : `${last[1]} ${rest}`;
      if (last[1].length > limits.maxHeaderBytes) throw tooLong(last[0], limits);
      continue;
    }
    if (line.length > limits.maxHeaderBytes) throw tooLong(line.slice(0, 32), limits);
    if (list.length >= limits.maxHeaders) throw wireTextError('ERR_TEXT_TOO_LARGE', `more than ${limits.maxHeaders} headers`);
    list.push(parseHeaderLine(line, options.compactForms));
  }
  return list;
}

function tooLong(name: string, limits: TextLimits) {
  return wireTextError('ERR_TEXT_TOO_LARGE', `header '${name}' is longer than ${limits.maxHeaderBytes} bytes`);
}

function parseHeaderLine(line: string, compactForms: HeaderOptions['compactForms']): [string, string] {
  const colon = line.indexOf(':');
  // `Name : value` is allowed (RFC 3261 7.3.1).
  const name = line.slice(0, Math.max(0, colon)).trim().toLowerCase();
  if (!isToken(name)) throw wireTextError('ERR_TEXT_HEADER', `not a header: '${line.slice(0, 64)}'`);
  const long = compactForms !== undefined && Object.hasOwn(compactForms, name) ? compactForms[name] : undefined;
  return [long ?? name, line.slice(colon + 1).trim()];
}

/** The first header of a name, in whatever case it is asked for. */
export function findHeader(list: HeaderList, name: string): string | undefined {
  const wanted = name.toLowerCase();
  for (const [key, value] of list) if (key === wanted) return value;
  return undefined;
}

/** Every header of a name, in order. */
export function findHeaders(list: HeaderList, name: string): string[] {
  const wanted = name.toLowerCase();
  return list.filter(([key]) => key === wanted).map(([, value]) => value);
}

const UNUSUAL: Readonly<Record<string, string>> = {
  'call-id': 'Call-ID',
  cseq: 'CSeq',
  'www-authenticate': 'WWW-Authenticate',
  'x-gb-ver': 'X-GB-Ver',
  'rtp-info': 'RTP-Info',
};

/** The usual spelling of a lower-case header name: `call-id` → `Call-ID`, `user-agent` → `User-Agent`. */
export function headerSpelling(name: string): string {
  const lower = name.toLowerCase();
  return Object.hasOwn(UNUSUAL, lower) ? (UNUSUAL[lower] as string) : lower.replace(/(^|-)[a-z]/g, (match) => match.toUpperCase());
}

/** Writes headers, each line ended by CRLF. Line ends inside a value become spaces, so that a value cannot add headers. */
export function serializeHeaders(list: HeaderList): string {
  let text = '';
  for (const [name, value] of list) {
    if (!isToken(name)) throw wireTextError('ERR_TEXT_HEADER', `not a header name: '${name.slice(0, 64)}'`);
    text += `${headerSpelling(name)}: ${value.replace(/[\r\n\0]+/g, ' ')}\r\n`;
  }
  return text;
}
