import type { SipHeaders, SipRequest, SipResponse } from '../service.js';
import { header, headers, tagOf } from './headers.js';
import { stampVia } from './via.js';

const REASONS: Readonly<Record<number, string>> = {
  100: 'Trying',
  180: 'Ringing',
  183: 'Session Progress',
  200: 'OK',
  202: 'Accepted',
  302: 'Moved Temporarily',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  413: 'Request Entity Too Large',
  415: 'Unsupported Media Type',
  423: 'Interval Too Brief',
  480: 'Temporarily Unavailable',
  481: 'Call/Transaction Does Not Exist',
  486: 'Busy Here',
  487: 'Request Terminated',
  488: 'Not Acceptable Here',
  489: 'Bad Event',
  500: 'Server Internal Error',
  501: 'Not Implemented',
  503: 'Service Unavailable',
};

/** Methods an endpoint understands, for `Allow`. */
export const ALLOWED_METHODS = 'INVITE, ACK, CANCEL, BYE, INFO, OPTIONS, MESSAGE, SUBSCRIBE, NOTIFY, REGISTER';

/** The usual reason of a status. */
export function reasonOf(status: number): string {
  return REASONS[status] ?? (status < 300 ? 'OK' : 'Error');
}

/** What a request of ours is made of. Where our side is in `sentBy`: `host:port`. */
export interface RequestParts {
  readonly method: string;
  readonly uri: string;
  readonly transport: 'udp' | 'tcp';
  readonly sentBy: string;
  readonly branch: string;
  /** From and To as header values, tags included. */
  readonly from: string;
  readonly to: string;
  readonly callId: string;
  readonly cseq: number;
  readonly contact?: string;
  readonly userAgent: string;
  readonly headers?: SipHeaders;
  readonly body?: Buffer;
}

const OWN_REQUEST_HEADERS = new Set(['via', 'from', 'to', 'call-id', 'cseq', 'max-forwards', 'content-length']);
const OWN_RESPONSE_HEADERS = new Set(['via', 'from', 'to', 'call-id', 'cseq', 'content-length']);

function lowerCase(list: SipHeaders, own: ReadonlySet<string>): [string, string][] {
  return list.map(([name, value]): [string, string] => [name.toLowerCase(), value]).filter(([name]) => !own.has(name));
}

/** Makes a request (RFC 3261 8.1.1). `rport` is always asked for (RFC 3581). Contact and User-Agent of `headers` win. */
export function buildRequest(parts: RequestParts): SipRequest {
  const extra = lowerCase(parts.headers ?? [], OWN_REQUEST_HEADERS);
  const given = new Set(extra.map(([name]) => name));
  const list: [string, string][] = [
    ['via', `SIP/2.0/${parts.transport.toUpperCase()} ${parts.sentBy};rport;branch=${parts.branch}`],
    ['from', parts.from],
    ['to', parts.to],
    ['call-id', parts.callId],
    ['cseq', `${parts.cseq} ${parts.method}`],
  ];
  if (parts.contact !== undefined && !given.has('contact')) list.push(['contact', parts.contact]);
  list.push(['max-forwards', '70']);
  if (!given.has('user-agent')) list.push(['user-agent', parts.userAgent]);
  return { kind: 'request', method: parts.method, uri: parts.uri, headers: [...list, ...extra], body: parts.body ?? Buffer.alloc(0) };
}

/** ACK for a response other than 2xx, or CANCEL: both are copies of the INVITE (RFC 3261 17.1.1.3, 9.1). */
export function buildFromInvite(invite: SipRequest, method: 'ACK' | 'CANCEL', response?: SipResponse): SipRequest {
  const cseq = Number.parseInt(header(invite, 'cseq') ?? '0', 10);
  const to = (response && header(response, 'to')) ?? header(invite, 'to') ?? '';
  const kept = invite.headers.filter(([name]) => ['via', 'from', 'call-id', 'max-forwards', 'route', 'user-agent'].includes(name));
  return { kind: 'request', method, uri: invite.uri, headers: [...kept, ['to', to], ['cseq', `${cseq} ${method}`]], body: Buffer.alloc(0) };
}

/** What an answer is made of. */
export interface ResponseParts {
  readonly status: number;
  readonly reason?: string;
  readonly headers?: SipHeaders;
  readonly body?: Buffer;
  /** Added to To where it has none, but not to 100. */
  readonly toTag: string;
  /** Where the request came from. */
  readonly source: { readonly address: string; readonly port: number };
  readonly userAgent: string;
}

/** Makes the answer to a request (RFC 3261 8.2.6). */
export function buildResponse(request: SipRequest, parts: ResponseParts): SipResponse {
  const vias = headers(request, 'via').map((value, index) => (index === 0 ? stampVia(value, parts.source.address, parts.source.port) : value));
  const to = header(request, 'to') ?? '';
  const extra = lowerCase(parts.headers ?? [], OWN_RESPONSE_HEADERS);
  const list: [string, string][] = vias.map((value) => ['via', value]);
  if (request.method === 'INVITE' && parts.status < 300) for (const value of headers(request, 'record-route')) list.push(['record-route', value]);
  list.push(['from', header(request, 'from') ?? '']);
  list.push(['to', parts.status === 100 || tagOf(to) !== undefined ? to : `${to};tag=${parts.toTag}`]);
  list.push(['call-id', header(request, 'call-id') ?? ''], ['cseq', header(request, 'cseq') ?? '']);
  if (!extra.some(([name]) => name === 'user-agent')) list.push(['user-agent', parts.userAgent]);
  return {
    kind: 'response',
    status: parts.status,
    reason: parts.reason ?? reasonOf(parts.status),
    headers: [...list, ...extra],
    body: parts.body ?? Buffer.alloc(0),
  };
}
