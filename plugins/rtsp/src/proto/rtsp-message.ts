import { Buffer } from 'node:buffer';
import { findHeader, type HeaderList, parseStartLine, serializeHeaders, type TextHead } from '@sluice/plugin-wire-text';
import { rtspError } from '../errors.js';

/** A request (RFC 2326 6). */
export interface RtspRequest {
  readonly kind: 'request';
  readonly method: string;
  /** As sent. */
  readonly uri: string;
  /** `RTSP/1.0`, or whatever was sent. */
  readonly version: string;
  readonly headers: HeaderList;
  readonly body: Buffer;
}

/** A response (RFC 2326 7). */
export interface RtspResponse {
  readonly kind: 'response';
  readonly status: number;
  readonly reason: string;
  readonly headers: HeaderList;
  readonly body: Buffer;
}

/** Either. */
export type RtspMessage = RtspRequest | RtspResponse;

/** The version spoken here. */
export const RTSP_VERSION = 'RTSP/1.0';

const NO_BODY = Buffer.alloc(0);

/** RFC 2326 7.1.1, those given out here. */
const REASONS: Readonly<Record<number, string>> = {
  200: 'OK',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  406: 'Not Acceptable',
  413: 'Request Entity Too Large',
  415: 'Unsupported Media Type',
  451: 'Parameter Not Understood',
  453: 'Not Enough Bandwidth',
  454: 'Session Not Found',
  455: 'Method Not Valid in This State',
  457: 'Invalid Range',
  459: 'Aggregate Operation Not Allowed',
  460: 'Only Aggregate Operation Allowed',
  461: 'Unsupported Transport',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Time-out',
  505: 'RTSP Version Not Supported',
  551: 'Option Not Supported',
};

/** Makes a message of a head and the body behind it. Throws `ERR_TEXT_START_LINE`. */
export function rtspMessageOf(head: TextHead, body: Buffer): RtspMessage {
  const start = parseStartLine(head.startLine);
  const { headers } = head;
  if (start.kind === 'request') {
    return { kind: 'request', method: start.method, uri: start.uri, version: `${start.protocol}/${start.version}`, headers, body };
  }
  if (start.protocol !== 'RTSP') throw rtspError('ERR_RTSP_MESSAGE', `an answer in ${start.protocol.slice(0, 16)}`);
  return { kind: 'response', status: start.status, reason: start.reason, headers, body };
}

/** `CSeq` (RFC 2326 12.17), or `undefined` where it is missing or no number. */
export function cseqOf(message: RtspMessage): number | undefined {
  const text = findHeader(message.headers, 'cseq')?.trim();
  return text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : undefined;
}

/** The id in `Session`, without the time-out (RFC 2326 12.37). */
export function sessionIdOf(message: RtspMessage): string | undefined {
  return findHeader(message.headers, 'session')?.split(';', 1)[0]?.trim();
}

/** Writes a request. `Content-Length` is added where there is a body. */
export function serializeRtspRequest(request: { readonly method: string; readonly uri: string; readonly headers: HeaderList; readonly body?: Buffer }): Buffer {
  return serialize(`${request.method} ${request.uri} ${RTSP_VERSION}`, request.headers, request.body ?? NO_BODY);
}

/** Writes a response. `Content-Length` is added where there is a body, the reason where none is given. */
export function serializeRtspResponse(response: {
  readonly status: number;
  readonly reason?: string;
  readonly headers: HeaderList;
  readonly body?: Buffer;
}): Buffer {
  const { status, reason = REASONS[status] ?? 'Unknown' } = response;
  return serialize(`${RTSP_VERSION} ${status} ${reason}`, response.headers, response.body ?? NO_BODY);
}

function serialize(startLine: string, headers: HeaderList, body: Buffer): Buffer {
  if (/[\r\n\0]/.test(startLine)) throw rtspError('ERR_RTSP_MESSAGE', 'a line end in a start line');
  const length = body.length === 0 ? '' : `Content-Length: ${body.length}\r\n`;
  const head = Buffer.from(`${startLine}\r\n${serializeHeaders(headers)}${length}\r\n`, 'utf8');
  return body.length === 0 ? head : Buffer.concat([head, body]);
}
