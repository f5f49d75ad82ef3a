import type { Socket } from 'node:net';
import { type AcceptedConnection, type CloseReason, closeReason, messageOf, type Peer, plainAddress, SluiceError } from '@sluice/core';
import { findHeader, type HeaderList } from '@sluice/plugin-wire-text';
import { rtspError } from '../errors.js';
import { describeStream, rtpOutput } from '../map/describe-stream.js';
import { type ChallengeOptions, challenges, readAuthorization } from '../proto/authorization.js';
import { cseqOf, type RtspMessage, type RtspRequest, serializeRtspResponse } from '../proto/rtsp-message.js';
import { RtspReader, type RtspReaderSink } from '../proto/rtsp-reader.js';
import { parseRtspUrl, type RtspUrl } from '../proto/rtsp-url.js';
import { PUBLIC_METHODS, ServerSession } from '../proto/server-session.js';
import { parsePlayControl } from '../proto/stream-control.js';
import type { MediaSession, SessionOwner } from './media-session.js';
import { PlaySession } from './play-session.js';
import { randomText } from './random.js';
import { RecordSession, readAnnouncement } from './record-session.js';
import { OK, type Reply, refusal, rtspStatusOf } from './reply.js';
import { digestHash, type RtspServerParts } from './server-parts.js';
import { agreeTransport, transportHeader } from './set-up.js';
import type { UdpPair } from './udp-pair.js';

const PROTOCOL = 'rtsp';
const REALM = 'sluice';
const END_GRACE_MS = 2000;
const NO_STATUS_IS_OURS = 500;

/** What the description of a stream said on this connection. */
interface Described {
  readonly url: RtspUrl;
  readonly stream: Awaited<ReturnType<RtspServerParts['ctx']['streams']['locate']>>;
}

/** One client: its socket, its requests one after the other, and the session it may have. */
export class RtspConnection implements RtspReaderSink, SessionOwner {
  readonly parts: RtspServerParts;
  readonly address: string;
  readonly socket: Socket;
  readonly #connection: AcceptedConnection;
  readonly #isSecure: boolean;
  readonly #reader: RtspReader;
  readonly #session: ServerSession;
  readonly #challenge: ChallengeOptions;
  readonly #abort = new AbortController();
  readonly #sinceMs: number;
  /** Requests that wait for the answer to the one before. */
  readonly #requests: RtspRequest[] = [];
  #isBusy = false;
  #refused = 0;
  /** Answers since the socket was full. */
  #unread = 0;
  #wasGood = false;
  #lastSignMs: number;
  #receivedAtMs = 0;
  #described: Described | undefined;
  #media: MediaSession | undefined;
  #udp: { readonly pair: UdpPair; release(): void } | undefined;
  #isOver = false;

  constructor(parts: RtspServerParts, connection: AcceptedConnection, isSecure: boolean) {
    const { config, ctx } = parts;
    this.parts = parts;
    this.socket = connection.socket;
    this.address = plainAddress(connection.socket.remoteAddress ?? '');
    this.#connection = connection;
    this.#isSecure = isSecure;
    this.#reader = new RtspReader(this, config.limits);
    this.#session = new ServerSession(() => randomText(8));
    this.#challenge = { realm: REALM, nonce: randomText(16), schemes: config.authSchemes, hash: digestHash };
    this.#sinceMs = ctx.clock.now();
    this.#lastSignMs = this.#sinceMs;
    const { socket } = this;
    socket.on('data', (bytes: Buffer) => this.#receive(bytes));
    socket.on('drain', () => this.#drained());
    socket.on('close', () => this.#finish(closeReason('lost')));
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  send(bytes: Buffer): void {
    if (!this.#isOver && !this.socket.writableEnded) this.socket.write(bytes);
  }

  alive(): void {
    this.#lastSignMs = this.parts.ctx.clock.now();
  }

  #receive(bytes: Buffer): void {
    if (this.#isOver) return;
    this.#receivedAtMs = this.parts.ctx.transport.now();
    this.#media?.received(bytes.length);
    try {
      this.#reader.push(bytes);
    } catch (error) {
      this.#fail(error);
    }
  }

  #drained(): void {
    this.#unread = 0;
    this.#media?.drained();
  }

  interleaved(channel: number, payload: Buffer): void {
    this.#media?.interleaved(channel, payload, this.#receivedAtMs);
  }

  message(message: RtspMessage): void {
    // Nothing is asked of clients.
    if (message.kind === 'response') return;
    this.alive();
    this.#requests.push(message);
    if (this.#requests.length > this.parts.config.limits.pendingRequests) throw rtspError('ERR_RTSP_REQUESTS', 'too many requests at once');
    if (!this.#isBusy) void this.#work();
  }

  /** Answers requests one after the other (RFC 2326 9.1). */
  async #work(): Promise<void> {
    this.#isBusy = true;
    for (let request = this.#requests.shift(); request !== undefined && !this.#isOver; request = this.#requests.shift()) {
      try {
        const reply = await this.#handle(request);
        if (reply !== undefined) this.#answer(request, reply);
        else this.#note(200);
      } catch (error) {
        if (!this.#isOver) this.#answer(request, this.#refusalOf(error));
      }
    }
    this.#isBusy = false;
  }

  #handle(request: RtspRequest): Promise<Reply | undefined> | Reply {
    const status = this.#session.check(request);
    if (status === 551) return { status, headers: [['unsupported', findHeader(request.headers, 'require') ?? '']] };
    if (status === 455 || status === 501) return { status, headers: [['allow', PUBLIC_METHODS]] };
    if (status !== undefined) return refusal(status);
    switch (request.method) {
      case 'OPTIONS':
        return { status: 200, headers: [['public', PUBLIC_METHODS]] };
      case 'DESCRIBE':
        return this.#describe(request);
      case 'ANNOUNCE':
        return this.#announce(request);
      case 'SETUP':
        return this.#setUp(request);
      case 'PLAY':
      case 'RECORD':
        return this.#start(request);
      case 'PAUSE':
        this.#media?.pause();
        this.#session.running(false);
        return OK;
      case 'TEARDOWN':
        this.#release(closeReason('ended'));
        return OK;
      default:
        // Parameters of a stream there are none; without any it is a sign of life (RFC 2326 10.8).
        return request.body.length === 0 ? OK : refusal(451);
    }
  }

  async #describe(request: RtspRequest): Promise<Reply> {
    const accept = findHeader(request.headers, 'accept');
    const url = parseRtspUrl(request.uri);
    if (accept !== undefined && !/application\/(sdp|\*)|\*\/\*/i.test(accept)) {
      await this.parts.ctx.streams.authorize('play', url.path, this.#peer(request, url));
      return refusal(406);
    }
    const stream = await this.#locate(url, request);
    const body = Buffer.from(describeStream(stream), 'utf8');
    this.#described = { url, stream };
    // Without its query, behind which no control could be put as RFC 3986 5.2 has it: GStreamer would ask for `live/trackID=0`.
    const base = `${request.uri.replace(/[?#].*$/s, '').replace(/(?<!\/)\/+$/, '')}/`;
    return {
      status: 200,
      headers: [
        ['content-base', base],
        ['content-type', 'application/sdp'],
      ],
      body,
    };
  }

  #locate(url: RtspUrl, request: RtspRequest) {
    const options = { ...this.#peer(request, url), onAllowed: () => this.#connection.admit(), signal: this.signal, output: rtpOutput };
    return this.parts.ctx.streams.locate(url.path, options);
  }

  async #announce(request: RtspRequest): Promise<Reply> {
    const url = parseRtspUrl(request.uri);
    const peer = this.#peer(request, url);
    const announcement = announcementOf(request, url);
    if (typeof announcement === 'number') {
      await this.parts.ctx.streams.authorize('publish', url.path, peer);
      return refusal(announcement);
    }
    const media = await RecordSession.open(this, announcement, peer);
    if (this.#isOver) {
      media.close(closeReason('lost'));
      return OK;
    }
    this.#connection.admit();
    this.#media = media;
    this.#session.announced();
    return OK;
  }

  async #setUp(request: RtspRequest): Promise<Reply> {
    const media = this.#media ?? (await this.#openPlay(request));
    const found = media.mediumOf(request.uri);
    if ('status' in found) return refusal(found.status);
    const { medium } = found;
    const agreed = agreeTransport(request, this.#channels, this.#isSecure);
    if (typeof agreed === 'number') return refusal(agreed);
    const { transport } = agreed;
    const setUp = { medium, transport: transport.kind };
    const status = this.#session.checkSetUp(setUp);
    if (status !== undefined) return refusal(status);
    if (transport.kind === 'udp') this.#udp ??= await this.parts.pairs.take();
    const refusedWith = this.#isOver ? 503 : media.setUp({ medium, uri: request.uri, transport, pair: this.#udp?.pair });
    if (refusedWith !== undefined) {
      this.#releaseUnused();
      return refusal(refusedWith);
    }
    this.#media = media;
    if (transport.kind === 'tcp') this.#channels.add(transport.channel);
    this.#session.addSetUp(setUp);
    return { status: 200, headers: [['transport', transportHeader(agreed, this.#udp?.pair)]] };
  }

  /** RTP channels of what was set up. */
  readonly #channels = new Set<number>();

  async #openPlay(request: RtspRequest): Promise<MediaSession> {
    const asked = parsePlayControl(request.uri);
    const described = this.#described?.url.path === asked.path ? this.#described : undefined;
    const stream = described?.stream ?? (await this.#locate(asked, request));
    // Not all clients take the query along.
    return new PlaySession(this, stream, asked.search === '' && described !== undefined ? described.url : asked);
  }

  async #start(request: RtspRequest): Promise<Reply | undefined> {
    const media = this.#media;
    if (media === undefined) return refusal(455);
    if (request.method === 'PLAY') {
      const { path, trackId } = parsePlayControl(request.uri);
      if (path !== media.path) return refusal(455);
      if (trackId !== undefined && this.#session.setUps.length > 1) return refusal(460);
    }
    const answer = (headers: HeaderList): Buffer => this.#serialize(request, { status: 200, headers });
    const reply = await media.start({ peer: this.#peer(request, undefined), answer });
    if (this.#media === media) this.#session.running(true);
    return reply;
  }

  #peer(request: RtspRequest, url: RtspUrl | undefined): Peer {
    const userAgent = findHeader(request.headers, 'user-agent');
    const header = findHeader(request.headers, 'authorization');
    const credentials = header === undefined ? undefined : readAuthorization(header, request.method, request.uri, this.#challenge);
    return {
      protocol: PROTOCOL,
      remote: this.#connection.remote,
      ...(url === undefined ? {} : { query: url.query }),
      ...(userAgent === undefined ? {} : { userAgent }),
      ...(credentials === undefined ? {} : { credentials }),
    };
  }

  #answer(request: RtspRequest, reply: Reply): void {
    if (this.#isOver) return;
    this.send(this.#serialize(request, reply));
    this.#note(reply.status);
    if (this.socket.writableNeedDrain && ++this.#unread > this.parts.config.limits.pendingRequests) {
      this.#fail(rtspError('ERR_RTSP_REQUESTS', 'answers are not read'));
    }
  }

  #serialize(request: RtspRequest, { status, headers = [], body }: Reply): Buffer {
    const cseq = cseqOf(request);
    const { id } = this.#session;
    const common: HeaderList = [
      ...(cseq === undefined ? [] : [['cseq', String(cseq)] as const]),
      ...(id === undefined ? [] : [['session', `${id};timeout=${this.parts.config.sessionTimeoutSeconds}`] as const]),
    ];
    return serializeRtspResponse({ status, headers: [...common, ...headers], ...(body === undefined ? {} : { body }) });
  }

  /** Who only asks for what is refused has no business here. */
  #note(status: number): void {
    if (status < 400) {
      this.#wasGood = true;
      this.#refused = 0;
    } else if (++this.#refused >= this.parts.config.limits.refusedRequests) {
      this.#fail(rtspError('ERR_RTSP_REQUESTS', `${this.#refused} requests in a row were refused`));
    }
  }

  /** The answer to what cannot be done. Errors without a status are ours to log. */
  #refusalOf(error: unknown): Reply {
    const status = rtspStatusOf(error instanceof SluiceError ? error.status : undefined);
    if (status === NO_STATUS_IS_OURS) this.parts.log('failed', { remote: this.#connection.remote }, `request failed: ${messageOf(error)}`);
    if (status !== 401) return refusal(status);
    return { status, headers: challenges(this.#challenge).map((value) => ['www-authenticate', value] as const) };
  }

  /** The client broke the protocol, or took too long: it is told, where it can be, and cut. */
  #fail(error: unknown): void {
    const code = error instanceof SluiceError ? error.code : 'ERR_RTSP_FAILED';
    this.parts.ctx.count(code);
    this.parts.log(code, { remote: this.#connection.remote, code }, `connection ended: ${messageOf(error)}`);
    const isLate = code === 'ERR_RTSP_TIMEOUT';
    if (!isLate) this.send(serializeRtspResponse({ status: rtspStatusOf(error instanceof SluiceError ? error.status : undefined), headers: [] }));
    this.#finish(closeReason(isLate ? 'timeout' : 'protocol-error', messageOf(error)));
  }

  ended(reason: CloseReason): void {
    this.#media = undefined;
    this.#finish(reason);
  }

  /** To be called a few times a second: nobody is waited for who shows no sign of life. */
  tick(nowMs: number, receivedNowMs: number): void {
    this.#media?.tick(receivedNowMs);
    if (this.#isOver || this.#isBusy) return;
    const { requestTimeoutSeconds, sessionTimeoutSeconds } = this.parts.config;
    if (!this.#wasGood && nowMs - this.#sinceMs > requestTimeoutSeconds * 1000) {
      this.#fail(rtspError('ERR_RTSP_TIMEOUT', `no good request within ${requestTimeoutSeconds} s`));
    } else if (this.#mustShowLife && nowMs - this.#lastSignMs > sessionTimeoutSeconds * 1000) {
      this.#fail(rtspError('ERR_RTSP_TIMEOUT', `no sign of life for ${sessionTimeoutSeconds} s`));
    }
  }

  /** A connection that carries media shows itself whether it lives; silent publishers are the engine's to end. */
  get #mustShowLife(): boolean {
    const { state, setUps } = this.#session;
    return state === 'init' || state === 'ready' || (state === 'playing' && setUps.some(({ transport }) => transport === 'udp'));
  }

  /** Ends the session; the connection may begin another. */
  #release(reason: CloseReason): void {
    const media = this.#media;
    this.#media = undefined;
    media?.close(reason);
    this.#session.reset();
    this.#channels.clear();
    this.#releaseUnused();
  }

  #releaseUnused(): void {
    if (this.#session.setUps.length > 0) return;
    this.#udp?.release();
    this.#udp = undefined;
  }

  #finish(reason: CloseReason): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#reader.stop();
    this.#requests.length = 0;
    this.#abort.abort();
    this.#release(reason);
    const { socket } = this;
    if (socket.destroyed) return;
    socket.end();
    const cancel = this.parts.ctx.clock.after(END_GRACE_MS, () => socket.destroy());
    socket.once('close', cancel);
  }
}

/** What is announced, or the status that says why it cannot be taken. */
function announcementOf(request: RtspRequest, url: RtspUrl): ReturnType<typeof readAnnouncement> | number {
  const type = findHeader(request.headers, 'content-type');
  if (type === undefined || !/^application\/sdp\b/i.test(type)) return 415;
  try {
    const announcement = readAnnouncement(request.uri, url, request.body);
    if (announcement.description.media.length === 0) return 400;
    return announcement.tracks.length === 0 ? 415 : announcement;
  } catch (error) {
    return rtspStatusOf(error instanceof SluiceError ? error.status : undefined);
  }
}
