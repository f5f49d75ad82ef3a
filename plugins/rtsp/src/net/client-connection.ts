import { type AcceptedConnection, type Cancel, endSocket, type LinkOptions, messageOf, plainAddress, SluiceError, VERSION, watchUnsent } from '@sluice/core';
import { rtspError } from '../errors.js';
import { ClientAuth } from '../proto/client-auth.js';
import { type ClientSetUp, type RtspClientHandler, RtspClientSession } from '../proto/client-session.js';
import type { ClientUrl } from '../proto/client-url.js';
import { RtspReader } from '../proto/rtsp-reader.js';
import type { SessionDescription } from '../proto/sdp.js';
import type { TransportSpec } from '../proto/transport-header.js';
import { randomText } from './random.js';
import { digestHash, type RtspServerParts } from './server-parts.js';

/** A dead peer of a paused stream is found by the system. */
const KEEP_ALIVE_MS = 30_000;
const CNONCE_BYTES = 8;

/** What all connections of the client share. */
export type ClientParts = Pick<RtspServerParts, 'ctx' | 'config'>;

/** What a connection is to do. */
export interface ClientTask {
  readonly target: ClientUrl;
  /** The description of a stream to publish. Left out, the stream is played. */
  readonly announce?: string;
  readonly timeoutMs: number;
  readonly allow?: LinkOptions['allow'];
}

/** What is told of a connection. What of it is as in `RtspClientHandler`. */
export interface ClientUse {
  described(description: SessionDescription | undefined): void;
  trackSetUp(index: number, transport: TransportSpec): void;
  ready(): void;
  started(): void;
  redirected(url: string): void;
  /** An interleaved frame; the payload is the receiver's. */
  interleaved?(channel: number, payload: Buffer): void;
  received?(bytes: number): void;
  drained?(): void;
  /** It is over; called once, and not after `close`. */
  failed(error: SluiceError): void;
}

/** One connection to another server, from connecting to its end. */
export class RtspClientConnection implements RtspClientHandler {
  readonly #parts: ClientParts;
  readonly #task: ClientTask;
  readonly #use: ClientUse;
  readonly #session: RtspClientSession;
  readonly #reader: RtspReader;
  #connection: AcceptedConnection | undefined;
  #keepAlive: Cancel | undefined;
  #stopWatch: Cancel | undefined;
  #over = false;

  constructor(parts: ClientParts, task: ClientTask, use: ClientUse) {
    this.#parts = parts;
    this.#task = task;
    this.#use = use;
    const { url, credentials } = task.target;
    const auth = new ClientAuth(credentials, { hash: digestHash, cnonce: () => randomText(CNONCE_BYTES) });
    const announce = task.announce === undefined ? {} : { announce: task.announce };
    this.#session = new RtspClientSession({ handler: this, url, auth, userAgent: `Sluice/${VERSION}`, ...announce });
    this.#reader = new RtspReader(
      {
        message: (message) => this.#session.receive(message),
        interleaved: (channel, payload) => this.#use.interleaved?.(channel, payload),
      },
      parts.config.limits,
    );
    void this.#connect();
  }

  /** Bytes received and sent. */
  get bytes(): number {
    const socket = this.#connection?.socket;
    return socket === undefined ? 0 : socket.bytesRead + socket.bytesWritten;
  }

  /** The connection, once there is one and as long as it is not over. */
  get open(): AcceptedConnection | undefined {
    return this.#over ? undefined : this.#connection;
  }

  /** Address of the server, once connected. */
  get address(): string {
    return plainAddress(this.#connection?.socket.remoteAddress ?? '');
  }

  /** Where it stands, for messages to people. */
  get where(): string {
    if (this.#connection === undefined) return 'while connecting';
    const { waitsFor } = this.#session;
    return waitsFor === undefined || this.#keepAlive !== undefined ? 'while it ran' : `before it answered ${waitsFor}`;
  }

  send(bytes: Buffer): void {
    const socket = this.#connection?.socket;
    if (socket !== undefined && !socket.writableEnded) socket.write(bytes);
  }

  described(description: SessionDescription | undefined): void {
    this.#use.described(description);
  }

  trackSetUp(index: number, transport: TransportSpec): void {
    this.#use.trackSetUp(index, transport);
  }

  ready(): void {
    this.#use.ready();
  }

  started(): void {
    this.#connection?.admit();
    this.#keepAlive = this.#parts.ctx.clock.every(this.#session.keepAliveMs, () => this.#sign());
    this.#use.started();
  }

  redirected(url: string): void {
    this.#use.redirected(url);
  }

  /** As `RtspClientSession.setUp`. */
  setUp(tracks: readonly ClientSetUp[]): void {
    if (!this.#over) this.#session.setUp(tracks);
  }

  /** As `RtspClientSession.start`. */
  start(): void {
    if (!this.#over) this.#session.start();
  }

  /** Ends it politely; nothing more is told. */
  close(): void {
    if (this.#over) return;
    this.#session.teardown();
    this.#release();
    if (this.#connection !== undefined) endSocket(this.#connection.socket);
  }

  /** Ends it at once. */
  fail(error: unknown): void {
    if (this.#over) return;
    this.#release();
    this.#connection?.socket.destroy();
    this.#use.failed(error instanceof SluiceError ? error : rtspError('ERR_RTSP_CLOSED', messageOf(error), error));
  }

  async #connect(): Promise<void> {
    const { target, timeoutMs, allow, announce } = this.#task;
    const { host, port, secure } = target;
    const tls = secure ? { tls: { servername: host } } : {};
    const name = announce === undefined ? 'rtsp/play' : 'rtsp/publish';
    try {
      const connection = await this.#parts.ctx.transport.connectTcp({ name, host, port, timeoutMs, ...tls, ...(allow && { allow }) });
      if (this.#over) connection.socket.destroy();
      else this.#run(connection);
    } catch (error) {
      this.fail(error);
    }
  }

  #run(connection: AcceptedConnection): void {
    const { socket } = connection;
    this.#connection = connection;
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    this.#stopWatch = watchUnsent(socket, this.#parts.ctx.clock, this.#task.timeoutMs, () =>
      this.fail(rtspError('ERR_RTSP_TIMEOUT', `the server took nothing within ${this.#task.timeoutMs / 1000} s (${this.where})`)),
    );
    socket.on('data', (bytes: Buffer) => this.#receive(bytes));
    socket.on('drain', () => this.#use.drained?.());
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.fail(rtspError('ERR_RTSP_CLOSED', `the server closed the connection (${this.where})`)));
    this.#session.begin();
  }

  #receive(bytes: Buffer): void {
    if (this.#over) return;
    this.#use.received?.(bytes.length);
    try {
      this.#reader.push(bytes);
    } catch (error) {
      this.fail(error);
    }
  }

  #sign(): void {
    this.#session.keepAlive();
  }

  #release(): void {
    this.#over = true;
    this.#reader.stop();
    this.#keepAlive?.();
    this.#stopWatch?.();
  }
}
