import type { SipRequest, SipResponse } from '../service.js';
import { exchangeOf, headers } from './headers.js';
import { splitVia, topVia } from './via.js';

/**
 * Names the server transaction of a request (RFC 3261 17.2.3): branch, sent-by and method, or the whole Via where there is no branch. Call-ID and CSeq are always part of it,
 * as there are cameras with one branch for all, and so is the source, so that nobody answers for another.
 */
export function serverKey(request: SipRequest, source: string, method = request.method): string {
  const { callId, cseq } = exchangeOf(request);
  const via = topVia(request);
  const branch = via?.parameters.get('branch');
  const hop = branch ? `${branch} ${via?.host}:${via?.port ?? ''}` : (splitVia(headers(request, 'via')[0] ?? '')[0] ?? '');
  return `${source} ${method} ${cseq.number} ${callId} ${hop}`;
}

/** Names the INVITE an ACK belongs to: the ACK of a 2xx has a branch of its own (RFC 3261 13.2.2.4). */
export function ackKey(request: SipRequest, source: string): string {
  const { callId, cseq } = exchangeOf(request);
  return `${source} ${cseq.number} ${callId}`;
}

/** Names of a client transaction: by branch (RFC 3261 17.1.3), and by Call-ID and CSeq for peers that lose the branch. */
export function clientKeys(message: SipRequest | SipResponse): readonly [byBranch: string, byExchange: string] {
  const { callId, cseq } = exchangeOf(message);
  return [`${topVia(message)?.parameters.get('branch') ?? ''} ${cseq.method}`, `${callId} ${cseq.number} ${cseq.method}`];
}
