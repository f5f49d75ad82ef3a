import { Buffer } from 'node:buffer';
import { findHeader } from '@sluice/plugin-wire-text';
import { rtspError } from '../errors.js';
import type { ClientAuth } from './client-auth.js';
import { ClientExchange, type ClientRequest } from './client-exchange.js';
import { baseUrl, controlUrl } from './control-url.js';
import type { RtspMessage, RtspRequest, RtspResponse } from './rtsp-message.js';
import { parseSdp, type SessionDescription } from './sdp.js';
import { parseTransport, serializeTransport, type TransportSpec } from './transport-header.js';

/** A track to set up. */
export interface ClientSetUp {
  /** `a=control`, as in the description. */
  readonly control: string;
  /** What is offered. */
  readonly transport: TransportSpec;
}

/** What a client session tells. It may be called back from within. */
export interface RtspClientHandler {
  send(bytes: Buffer): void;
  /** The stream is described, or the server took the description of ours: to be answered by `setUp`, now or later. */
  described(description: SessionDescription | undefined): void;
  /** One of the tracks given to `setUp` is set up, in this way. Its packets may come from now on. */
  trackSetUp(index: number, transport: TransportSpec): void;
  /** All that can be is set up: to be answered by `start`, now or later. */
  ready(): void;
  /** PLAY or RECORD was answered. */
  started(): void;
  /** The server wants to be left for this URL, which is not yet checked. */
  redirected(url: string): void;
}

/** What a session is made from. */
export interface RtspClientOptions {
  readonly handler: RtspClientHandler;
  /** URL of the stream, without user and password. */
  readonly url: string;
  readonly auth: ClientAuth;
  readonly userAgent: string;
  /** The description of a stream to publish. Left out, the stream is played. */
  readonly announce?: string;
}

const SERVER_MAY_ASK = new Set(['OPTIONS', 'GET_PARAMETER', 'SET_PARAMETER', 'ANNOUNCE', 'REDIRECT', 'TEARDOWN', 'PLAY_NOTIFY']);

/**
 * A client's way through RTSP (RFC 2326): OPTIONS, DESCRIBE or ANNOUNCE, a SETUP per track, PLAY or RECORD, and signs of life. Knows no socket and no
 * time. Whatever ends it is thrown by `receive`.
 */
export class RtspClientSession {
  readonly #options: RtspClientOptions;
  readonly #exchange: ClientExchange;
  #public = '';
  #base: string;
  /** The URL of the whole stream. */
  #aggregate: string;
  #keepAliveRefused = false;

  constructor(options: RtspClientOptions) {
    this.#options = options;
    const { handler, auth, userAgent, url } = options;
    this.#exchange = new ClientExchange({ send: (bytes) => handler.send(bytes), auth, userAgent });
    this.#base = url;
    this.#aggregate = url;
  }

  /** The method whose answer is waited for. */
  get waitsFor(): string | undefined {
    return this.#exchange.waitsFor;
  }

  /** How often `keepAlive` should be called: half the session's time-out. */
  get keepAliveMs(): number {
    return this.#exchange.sessionSeconds * 500;
  }

  /** Begins. */
  begin(): void {
    this.#exchange.request({ method: 'OPTIONS', uri: this.#options.url }, (response) => {
      if (this.#isRedirect(response)) return;
      // Some refuse OPTIONS, and do all the rest.
      this.#public = (findHeader(response.headers, 'public') ?? '').toUpperCase();
      if (this.#options.announce === undefined) this.#describe();
      else this.#announce(this.#options.announce);
    });
  }

  /** Sets up tracks, one after the other. One that is refused is left out, unless it is the first. */
  setUp(tracks: readonly ClientSetUp[]): void {
    this.#setUpFrom(tracks, 0);
  }

  /** PLAY or RECORD. */
  start(): void {
    const method = this.#options.announce === undefined ? 'PLAY' : 'RECORD';
    // RFC 2326 10.5: from where it stands; a live stream has no other place.
    this.#ask({ method, uri: this.#aggregate, headers: [['range', 'npt=0.000-']] }, () => this.#options.handler.started());
  }

  /** A sign of life: GET_PARAMETER where it is known, as it is quiet; OPTIONS is always allowed (RFC 2326 10.8). */
  keepAlive(): void {
    const method = this.#public.includes('GET_PARAMETER') && !this.#keepAliveRefused ? 'GET_PARAMETER' : 'OPTIONS';
    this.#exchange.request({ method, uri: this.#aggregate }, (response) => {
      if (response.status === 454) throw rtspError('ERR_RTSP_CLOSED', 'the server does not know the session any more');
      if (response.status >= 400 && method === 'GET_PARAMETER') this.#keepAliveRefused = true;
    });
  }

  /** Tells the server that it is over. The answer is not waited for. */
  teardown(): void {
    if (this.#exchange.hasSession) this.#exchange.request({ method: 'TEARDOWN', uri: this.#aggregate }, () => {});
  }

  /** Takes a message of the server. Throws `ERR_RTSP_REFUSED`, `_AUTH`, `_TRANSPORT`, `_CLOSED`, `_SDP`. */
  receive(message: RtspMessage): void {
    if (message.kind === 'response') this.#exchange.receive(message);
    else this.#asked(message);
  }

  #describe(): void {
    const { url, handler } = this.#options;
    this.#ask({ method: 'DESCRIBE', uri: url, headers: [['accept', 'application/sdp']] }, ({ headers, body }) => {
      const description = parseSdp(body.toString('utf8'));
      this.#base = baseUrl(url, findHeader(headers, 'content-base'), findHeader(headers, 'content-location'));
      this.#aggregate = controlUrl(this.#base, description.control);
      handler.described(description);
    });
  }

  #announce(description: string): void {
    const { url, handler } = this.#options;
    const request = { method: 'ANNOUNCE', uri: url, headers: [['content-type', 'application/sdp']] as const, body: Buffer.from(description, 'utf8') };
    this.#ask(request, () => handler.described(undefined));
  }

  #setUpFrom(tracks: readonly ClientSetUp[], index: number): void {
    const track = tracks[index];
    if (track === undefined) {
      this.#options.handler.ready();
      return;
    }
    const request = {
      method: 'SETUP',
      uri: controlUrl(this.#base, track.control),
      headers: [['transport', serializeTransport(track.transport)]] as const,
    };
    this.#exchange.request(request, (response) => {
      if (this.#isRedirect(response)) return;
      if (response.status < 300) this.#options.handler.trackSetUp(index, answered(track.transport, response));
      else if (index === 0) throw refusal('SETUP', response);
      this.#setUpFrom(tracks, index + 1);
    });
  }

  /** Sends a request that must succeed. */
  #ask(request: ClientRequest, done: (response: RtspResponse) => void): void {
    this.#exchange.request(request, (response) => {
      if (this.#isRedirect(response)) return;
      if (response.status >= 300) throw refusal(request.method, response);
      done(response);
    });
  }

  /** RFC 2326 11.3 */
  #isRedirect(response: RtspResponse): boolean {
    if (response.status < 300 || response.status >= 400) return false;
    const location = findHeader(response.headers, 'location');
    if (location === undefined) return false;
    this.#options.handler.redirected(location);
    return true;
  }

  #asked(request: RtspRequest): void {
    this.#exchange.respond(request, SERVER_MAY_ASK.has(request.method) ? 200 : 501);
    if (request.method === 'TEARDOWN') throw rtspError('ERR_RTSP_CLOSED', 'the server ended the session');
    const location = request.method === 'REDIRECT' ? findHeader(request.headers, 'location') : undefined;
    if (location !== undefined) this.#options.handler.redirected(location);
  }
}

function refusal(method: string, { status, reason }: RtspResponse) {
  const code = status === 461 ? 'ERR_RTSP_TRANSPORT' : 'ERR_RTSP_REFUSED';
  return rtspError(code, `${method} was answered by ${status} ${reason.slice(0, 64)}`);
}

/** What the server made of the offer: it may give other channels. What it does not say is as offered. */
function answered(offered: TransportSpec, response: RtspResponse): TransportSpec {
  const [given] = parseTransport(findHeader(response.headers, 'transport') ?? '');
  if (given === undefined) return offered;
  if (isInterleaved(given) !== isInterleaved(offered)) throw rtspError('ERR_RTSP_TRANSPORT', `the server answered by ${given.profile}`);
  return { ...offered, ...given };
}

/** Some name the channels and forget the TCP. */
function isInterleaved({ profile, interleaved }: TransportSpec): boolean {
  return profile.endsWith('/TCP') || interleaved !== undefined;
}
