import { SluiceError } from '@sluice/core';
import { contentLengthOf, findHeadEnd, parseHead, parseStartLine, type TextHead, type TextLimits } from '@sluice/plugin-wire-text';
import { sipError } from '../errors.js';
import { COMPACT_FORMS, headers, parseCSeq, type SipMessage } from './headers.js';
import { parseVia, splitVia } from './via.js';

/** What eXosip sends to keep a NAT open, beside CRLF and NUL. */
export const KEEPALIVES: readonly Buffer[] = [Buffer.from('jaK\0', 'latin1')];

const REQUEST_LINE = /^\S+ [^\s<>"\p{Cc}]+ SIP\/\d+\.\d+$/iu;
const ONCE = ['call-id', 'cseq', 'from', 'to', 'max-forwards'];
const REQUIRED = ['via', 'call-id', 'cseq', 'from', 'to'];

/**
 * Reads a datagram. Undefined for a keepalive. Throws ERR_SIP_MALFORMED, ERR_SIP_VERSION or ERR_SIP_TOO_LARGE.
 * The end of the datagram ends the body where Content-Length says more: cameras miscount, and the network cuts no datagrams. But an INVITE that has not
 * half of what it announces is refused (RFC 3261 18.3): it would start a wrong call.
 */
export function parseDatagram(bytes: Buffer, limits: Partial<TextLimits> = {}): SipMessage | undefined {
  const start = skipKeepalives(bytes);
  if (start === bytes.length) return undefined;
  if (bytes.length > (limits.maxMessageBytes ?? 65_536)) throw sipError('ERR_SIP_TOO_LARGE', `datagram of ${bytes.length} bytes`);
  return guarded(() => {
    const text = bytes.subarray(start);
    const end = findHeadEnd(text);
    if (end < 0) throw sipError('ERR_SIP_MALFORMED', 'no empty line after the headers');
    const head = parseHead(text.subarray(0, end), { limits, compactForms: COMPACT_FORMS });
    const rest = text.subarray(end);
    const length = contentLengthOf(head);
    if (length !== undefined && length > 2 * rest.length && /^INVITE /i.test(head.startLine)) {
      throw sipError('ERR_SIP_MALFORMED', `body of ${rest.length} bytes where ${length} were announced`);
    }
    return messageOfParts(head, bodyOf(rest, length));
  });
}

/** Makes a message of a head and a body that a stream was cut into. Throws as `parseDatagram`. */
export function parseFramed(head: TextHead, body: Buffer): SipMessage {
  return guarded(() => messageOfParts(head, body));
}

function bodyOf(rest: Buffer, length: number | undefined): Buffer {
  if (length === undefined || length >= rest.length) return rest;
  // Too short a Content-Length (0, or characters counted for bytes): what looks like XML or SDP is the body all the same.
  const looksLikeBody = rest[0] === 0x3c || (rest[0] === 0x76 && rest[1] === 0x3d);
  return looksLikeBody ? rest : rest.subarray(0, length);
}

function skipKeepalives(bytes: Buffer): number {
  let at = 0;
  while (at < bytes.length) {
    const byte = bytes[at];
    const junk = KEEPALIVES.find((keepalive) => bytes.subarray(at, at + keepalive.length).equals(keepalive));
    if (junk !== undefined) at += junk.length;
    else if (byte === 0x0d || byte === 0x0a || byte === 0) at++;
    else break;
  }
  return at;
}

/** Errors of wire-text become errors of SIP: a caller has one set of codes to know. */
function guarded<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof SluiceError) || error.code.startsWith('ERR_SIP_')) throw error;
    throw sipError(error.code === 'ERR_TEXT_TOO_LARGE' ? 'ERR_SIP_TOO_LARGE' : 'ERR_SIP_MALFORMED', error.message, { cause: error });
  }
}

function messageOfParts(head: TextHead, body: Buffer): SipMessage {
  const line = parseStartLine(head.startLine);
  if (line.protocol !== 'SIP') throw sipError('ERR_SIP_MALFORMED', `protocol ${line.protocol.slice(0, 16)}`);
  if (line.version !== '2.0') throw sipError('ERR_SIP_VERSION', `SIP/${line.version} is not spoken here`);
  // RFC 3261 7.1: single spaces, and a Request-URI without any.
  if (line.kind === 'request' && !REQUEST_LINE.test(head.startLine)) throw sipError('ERR_SIP_MALFORMED', 'spaces in the request line');
  if (line.kind === 'response' && (line.status < 100 || line.status > 699)) throw sipError('ERR_SIP_MALFORMED', `status ${line.status}`);
  const message: SipMessage =
    line.kind === 'request'
      ? { kind: 'request', method: line.method, uri: line.uri, headers: head.headers, body }
      : { kind: 'response', status: line.status, reason: line.reason, headers: head.headers, body };
  checkRequired(message);
  return message;
}

function checkRequired(message: SipMessage): void {
  for (const name of REQUIRED) {
    if (!headers(message, name).some((value) => value !== '')) throw sipError('ERR_SIP_MALFORMED', `no ${name}`);
  }
  for (const name of ONCE) {
    const values = headers(message, name);
    if (values.some((value) => value !== values[0])) throw sipError('ERR_SIP_MALFORMED', `several ${name}`);
  }
  const cseq = parseCSeq(headers(message, 'cseq')[0] ?? '');
  if (!cseq) throw sipError('ERR_SIP_MALFORMED', 'not a CSeq');
  if (message.kind === 'request' && cseq.method !== message.method)
    throw sipError('ERR_SIP_MALFORMED', `CSeq of ${cseq.method.slice(0, 32)} in ${message.method.slice(0, 32)}`);
  for (const value of headers(message, 'via')) {
    if (splitVia(value).some((hop) => parseVia(hop) === undefined)) throw sipError('ERR_SIP_MALFORMED', `not a Via: '${value.slice(0, 64)}'`);
  }
}
