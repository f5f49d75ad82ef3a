import { splitOutside } from '@sluice/plugin-wire-text';
import type { SipRequest } from '../service.js';
import { header, headers, type SipMessage, uriOf } from './headers.js';
import { BRANCH_COOKIE, splitVia, topVia } from './via.js';

/** Why a message that can be read is not taken. */
export interface Refusal {
  readonly status: number;
  readonly reason: string;
}

const refuse = (status: number, reason: string): Refusal => ({ status, reason });

/** Whether a request can be worked on; otherwise what to answer (RFC 3261 8.2). What cameras do wrong and is harmless passes. */
export function checkRequest(request: SipRequest): Refusal | undefined {
  return checkUri(request) ?? checkAddresses(request) ?? checkValues(request) ?? checkBody(request);
}

/** Whether a response is for us (RFC 3261 18.1.2, 8.1.3.3: a response with more than one Via is not). */
export function checkResponse(message: SipMessage): boolean {
  return headers(message, 'via').flatMap(splitVia).length === 1;
}

function checkUri(request: SipRequest): Refusal | undefined {
  const scheme = schemeOf(request.uri);
  if (scheme !== undefined && !['sip', 'sips', 'tel'].includes(scheme)) return refuse(416, 'Unsupported URI Scheme');
  return hasUriHeaders(request.uri) ? refuse(400, 'Headers in Request-URI') : undefined;
}

/** `host:5060` has no scheme although it looks so: a scheme is not followed by digits only. */
function schemeOf(uri: string): string | undefined {
  const match = /^([a-z][a-z0-9+.-]*):(.*)$/is.exec(uri);
  return match === null || /^\d{1,5}($|;)/.test(match[2] ?? '') ? undefined : (match[1] ?? '').toLowerCase();
}

/** `?Route=…` after the host (RFC 3261 19.1.1); a `?` may be part of the user. */
function hasUriHeaders(uri: string): boolean {
  return uri.slice(uri.lastIndexOf('@') + 1).includes('?');
}

function checkAddresses(request: SipRequest): Refusal | undefined {
  for (const name of ['from', 'to']) {
    const value = header(request, name) ?? '';
    if (splitOutside(value, ',').length > 1 || !isAddress(value)) return refuse(400, `Bad ${name === 'to' ? 'To' : 'From'}`);
  }
  for (const value of headers(request, 'contact').flatMap((line) => splitOutside(line, ','))) {
    if (value !== '*' && (!isAddress(value) || hasUriHeaders(uriOf(value)))) return refuse(400, 'Bad Contact');
  }
  return undefined;
}

function isAddress(value: string): boolean {
  if ((value.replace(/\\./gs, '').match(/"/g) ?? []).length % 2 !== 0) return false;
  // Escapes outside of quotes are taken too, or each quote among them would be tried as the beginning of a text.
  const bare = value.replace(/(\\.)|"(?:\\.|[^"\\])*"/gs, '$1');
  const open = bare.indexOf('<');
  // RFC 4475 3.1.2.14: no spaces inside the angle brackets.
  if (open >= 0 && !/^<[^<>\s]*>\s*(;|$)/.test(bare.slice(open))) return false;
  const scheme = schemeOf(uriOf(value));
  return scheme === undefined || ['sip', 'sips', 'tel'].includes(scheme);
}

function checkValues(request: SipRequest): Refusal | undefined {
  const hops = header(request, 'max-forwards');
  if (hops !== undefined && (!/^\d{1,9}$/.test(hops) || Number(hops) > 255)) return refuse(400, 'Bad Max-Forwards');
  // RFC 3261 20.17: GMT only. GB/T 28181 writes ISO times there, which pass.
  if (/^[A-Z][a-z]{2},.*\s(?!GMT$)[A-Z]{2,5}$/.test(header(request, 'date') ?? '')) return refuse(400, 'Bad Date');
  if (topVia(request)?.parameters.get('branch') === BRANCH_COOKIE) return refuse(400, 'Bad branch');
  // RFC 3261 8.2.2.3: no extension is spoken here.
  if (headers(request, 'require').some((value) => value !== '') && request.method !== 'CANCEL') return refuse(420, 'Bad Extension');
  return undefined;
}

function checkBody(request: SipRequest): Refusal | undefined {
  if (request.method !== 'INVITE') return undefined;
  const type = (header(request, 'content-type') ?? '').split(';')[0]?.trim().toLowerCase();
  if (request.body.length > 0 && type !== '' && type !== 'application/sdp') return refuse(415, 'Unsupported Media Type');
  const accepts = headers(request, 'accept').join(',').toLowerCase();
  return accepts === '' || /application\/(sdp|\*)|\*\/\*/.test(accepts) ? undefined : refuse(406, 'Not Acceptable');
}
