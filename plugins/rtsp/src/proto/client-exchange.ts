import type { Buffer } from 'node:buffer';
import { findHeader, findHeaders, type HeaderList } from '@sluice/plugin-wire-text';
import { rtspError } from '../errors.js';
import type { ClientAuth } from './client-auth.js';
import { type RtspRequest, type RtspResponse, serializeRtspRequest, serializeRtspResponse, sessionIdOf } from './rtsp-message.js';

/** A request of a client, without what every request has. */
export interface ClientRequest {
  readonly method: string;
  readonly uri: string;
  readonly headers?: HeaderList;
  readonly body?: Buffer;
}

/** What an exchange needs. */
export interface ExchangeParts {
  readonly send: (bytes: Buffer) => void;
  readonly auth: ClientAuth;
  readonly userAgent: string;
}

type Answered = (response: RtspResponse) => void;

interface Pending {
  readonly request: ClientRequest;
  readonly answered: Answered;
  /** So often the server asked for credentials. */
  challenges: number;
  /** It was sent with credentials. */
  presented: boolean;
}

// A nonce that grew old costs one, the first challenge another.
const MAX_CHALLENGES = 2;
// RFC 2326 12.37
const DEFAULT_SESSION_SECONDS = 60;
const MIN_SESSION_SECONDS = 2;

/**
 * Requests and their answers, one at a time: so an answer needs no `CSeq` to be known, and servers that send none or a wrong one are understood. Adds
 * `CSeq`, `Session` and credentials, and asks again with what a 401 wants.
 */
export class ClientExchange {
  readonly #parts: ExchangeParts;
  #cseq = 0;
  #pending: Pending | undefined;
  #session: string | undefined;
  #sessionSeconds = DEFAULT_SESSION_SECONDS;

  constructor(parts: ExchangeParts) {
    this.#parts = parts;
  }

  /** The method that is waited for. */
  get waitsFor(): string | undefined {
    return this.#pending?.request.method;
  }

  /** The session's time-out, in seconds. */
  get sessionSeconds(): number {
    return this.#sessionSeconds;
  }

  /** The server gave a session. */
  get hasSession(): boolean {
    return this.#session !== undefined;
  }

  /** Sends a request. The answer of one before is not waited for any more. */
  request(request: ClientRequest, answered: Answered): void {
    this.#pending = { request, answered, challenges: 0, presented: false };
    this.#send(this.#pending);
  }

  /** Takes a response. Throws `ERR_RTSP_AUTH`, and what the one who asked throws. */
  receive(response: RtspResponse): void {
    const pending = this.#pending;
    // RFC 2326 7.1.1: 1xx is not the answer yet.
    if (pending === undefined || response.status < 200) return;
    if (response.status === 401) {
      this.#challenged(pending, response);
      return;
    }
    this.#parts.auth.accepted();
    this.#pending = undefined;
    if (response.status < 300) this.#keepSession(response);
    pending.answered(response);
  }

  /** Answers a request of the server. */
  respond(request: RtspRequest, status: number): void {
    const echoed = ['cseq', 'session'].flatMap((name) => {
      const value = findHeader(request.headers, name);
      return value === undefined ? [] : [[name, value] as const];
    });
    this.#parts.send(serializeRtspResponse({ status, headers: echoed }));
  }

  #challenged(pending: Pending, response: RtspResponse): void {
    const headers = findHeaders(response.headers, 'www-authenticate');
    const goesOn = pending.challenges < MAX_CHALLENGES && this.#parts.auth.challenged(headers, pending.presented);
    if (!goesOn) throw rtspError('ERR_RTSP_AUTH', `${pending.request.method} needs ${pending.presented ? 'another user or password' : 'a user and password'}`);
    pending.challenges++;
    this.#send(pending);
  }

  #send(pending: Pending): void {
    const { method, uri, headers = [], body } = pending.request;
    const authorization = this.#parts.auth.authorization(method, uri);
    pending.presented = authorization !== undefined;
    const lines: [string, string][] = [['cseq', String(++this.#cseq)]];
    if (authorization !== undefined) lines.push(['authorization', authorization]);
    if (this.#session !== undefined) lines.push(['session', this.#session]);
    lines.push(['user-agent', this.#parts.userAgent]);
    this.#parts.send(serializeRtspRequest({ method, uri, headers: [...lines, ...headers], ...(body === undefined ? {} : { body }) }));
  }

  /** `Session: 12345678;timeout=60` (RFC 2326 12.37). */
  #keepSession(response: RtspResponse): void {
    const id = sessionIdOf(response);
    if (id === undefined || id === '') return;
    this.#session = id;
    const seconds = Number(/;\s*timeout\s*=\s*"?(\d{1,6})/i.exec(findHeader(response.headers, 'session') ?? '')?.[1] ?? 0);
    if (seconds > 0) this.#sessionSeconds = Math.max(MIN_SESSION_SECONDS, seconds);
  }
}
