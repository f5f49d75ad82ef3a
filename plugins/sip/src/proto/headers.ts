import { findHeader, findHeaders, parseParameters, splitOutside } from '@sluice/plugin-wire-text';
import type { SipRequest, SipResponse } from '../service.js';

/** A message of either kind. */
export type SipMessage = SipRequest | SipResponse;

/** One-letter header names (RFC 3261 7.3.3 and 20, RFC 6665). */
export const COMPACT_FORMS: Readonly<Record<string, string>> = {
  c: 'content-type',
  e: 'content-encoding',
  f: 'from',
  i: 'call-id',
  k: 'supported',
  l: 'content-length',
  m: 'contact',
  o: 'event',
  s: 'subject',
  t: 'to',
  u: 'allow-events',
  v: 'via',
};

/** The first header of a name (long form, any case), or undefined. */
export function header(message: Pick<SipMessage, 'headers'>, name: string): string | undefined {
  return findHeader(message.headers, name);
}

/** Every header of a name, in order. A line with several values stays one. */
export function headers(message: Pick<SipMessage, 'headers'>, name: string): string[] {
  return findHeaders(message.headers, name);
}

/** The URI of a `From`, `To` or `Contact` value: what stands in `<…>`, or the text before the parameters. */
export function uriOf(value: string): string {
  const first = splitOutside(value, ',')[0] ?? '';
  const open = first.lastIndexOf('<');
  if (open >= 0) {
    const close = first.indexOf('>', open);
    return first.slice(open + 1, close < 0 ? undefined : close).trim();
  }
  return (splitOutside(first, ';')[0] ?? '').trim();
}

/** The user part of a URI, or of a header that holds one: `"x" <sip:3402…@host>;tag=1` → `3402…`. '' where there is none. */
export function uriUser(value: string): string {
  const uri = uriOf(value).replace(/^[a-z][a-z0-9+.-]*:/i, '');
  const at = uri.lastIndexOf('@');
  if (at < 0) return '';
  const user = uri.slice(0, at);
  const password = user.indexOf(':');
  return password < 0 ? user : user.slice(0, password);
}

/** The host of a URI, or of a header that holds one, without port and parameters. */
export function uriHost(value: string): string {
  const uri = uriOf(value).replace(/^[a-z][a-z0-9+.-]*:/i, '');
  const host = uri.slice(uri.lastIndexOf('@') + 1);
  return /^\[[^\]]*\]|^[^:;?>\s]*/.exec(host)?.[0] ?? '';
}

/** The parameters of a `From`, `To` or `Contact` value, outside its `<…>`. */
export function parametersOfAddress(value: string): ReadonlyMap<string, string> {
  const close = value.lastIndexOf('>');
  const text = close < 0 ? splitOutside(value, ';').slice(1).join(';') : value.slice(close + 1);
  return parseParameters(text);
}

/** The tag of a `From` or `To` value. */
export function tagOf(value: string): string | undefined {
  return parametersOfAddress(value).get('tag');
}

/** `CSeq`. */
export interface CSeq {
  readonly number: number;
  readonly method: string;
}

/** Reads `CSeq`; undefined where it is none (RFC 3261 8.1.1.5: below 2^31). */
export function parseCSeq(value: string): CSeq | undefined {
  const match = /^(\d{1,15})\s+(\S+)$/.exec(value);
  const number = Number(match?.[1]);
  return match && number < 2 ** 31 ? { number, method: match[2] ?? '' } : undefined;
}

/** What makes one exchange of messages of a parsed message: both are there, `parseMessage` saw to it. */
export function exchangeOf(message: SipMessage): { readonly callId: string; readonly cseq: CSeq } {
  return { callId: header(message, 'call-id') ?? '', cseq: parseCSeq(header(message, 'cseq') ?? '') ?? { number: 0, method: '' } };
}
