import { type AcceptedConnection, type Cancel, endSocket, type LinkOptions, messageOf, type PluginContext, SluiceError, watchUnsent } from '@sluice/core';
import { rtmpError } from '../errors.js';
import { type RtmpClientHandler, RtmpClientSession } from '../proto/client-session.js';
import type { RtmpLimits } from '../proto/limits.js';
import type { RtmpPurpose } from '../proto/requests.js';
import type { RtmpUrl } from '../proto/rtmp-url.js';
import { nodeHandshakeTools } from './handshake-tools.js';

/** A dead peer of a paused stream is found by the system. */
const KEEP_ALIVE_MS = 30_000;

/** What all connections of a client share. */
export interface ClientParts {
  readonly ctx: PluginContext;
  readonly limits: RtmpLimits;
  /** FourCCs that the server is told of. */
  readonly fourCcs: readonly string[];
}

/** What is done over a connection, and for whom. */
export interface ClientUse {
  readonly purpose: RtmpPurpose;
  readonly target: RtmpUrl;
  readonly timeoutMs: number;
  readonly allow: LinkOptions['allow'] | undefined;
  /** As of the session: the server takes the stream, or begins to send it. */
  started(streamId: number): void;
  media?(type: number, timestampMs: number, body: Buffer): void;
  received?(bytes: number): void;
  drained?(): void;
  /** It is over; called once. Without an error where `close` was called. */
  over(error?: SluiceError): void;
}

/** One connection to another server, from connecting to its end. */
export class ClientConnection implements RtmpClientHandler {
  readonly #parts: ClientParts;
  readonly #use: ClientUse;
  readonly #session: RtmpClientSession;
  #connection: AcceptedConnection | undefined;
  #deadline: Cancel | undefined;
  #stopWatch: Cancel | undefined;
  #over = false;

  constructor(parts: ClientParts, use: ClientUse) {
    this.#parts = parts;
    this.#use = use;
    const { limits, fourCcs } = parts;
    this.#session = new RtmpClientSession({ handler: this, tools: nodeHandshakeTools, purpose: use.purpose, target: use.target, limits, fourCcs });
    this.#deadline = parts.ctx.clock.after(use.timeoutMs, () => this.fail(this.#timeout('did not begin')));
    void this.#connect();
  }

  /** Bytes received and sent. */
  get bytes(): number {
    const socket = this.#connection?.socket;
    return socket === undefined ? 0 : socket.bytesRead + socket.bytesWritten;
  }

  /** The connection once there is one. */
  get open(): AcceptedConnection | undefined {
    return this.#over ? undefined : this.#connection;
  }

  get over(): boolean {
    return this.#over;
  }

  send(bytes: Buffer): void {
    const socket = this.#connection?.socket;
    if (socket !== undefined && !socket.writableEnded) socket.write(bytes);
  }

  started(streamId: number): void {
    this.#use.started(streamId);
  }

  media(type: number, timestampMs: number, body: Buffer): void {
    this.#use.media?.(type, timestampMs, body);
  }

  /** It runs: the time to begin is over. */
  settle(): void {
    this.#deadline?.();
    this.#connection?.admit();
  }

  /** Ends it politely. */
  close(): void {
    if (this.#over) return;
    this.#release();
    this.#session.finish();
    if (this.#connection !== undefined) endSocket(this.#connection.socket);
    this.#use.over();
  }

  /** Ends it at once. */
  fail(error: unknown): void {
    if (this.#over) return;
    this.#release();
    this.#connection?.socket.destroy();
    this.#use.over(error instanceof SluiceError ? error : rtmpError('ERR_RTMP_CLOSED', messageOf(error), error));
  }

  /** The server takes less than is sent. */
  tooSlow(): void {
    this.fail(this.#timeout('is too slow'));
  }

  async #connect(): Promise<void> {
    const { target, timeoutMs, purpose, allow } = this.#use;
    const { host, port, secure } = target;
    const tls = secure ? { tls: { servername: host } } : {};
    try {
      const connection = await this.#parts.ctx.transport.connectTcp({ name: `rtmp/${purpose}`, host, port, timeoutMs, ...tls, ...(allow && { allow }) });
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
    this.#stopWatch = watchUnsent(socket, this.#parts.ctx.clock, this.#use.timeoutMs, () => this.fail(this.#timeout('took nothing')));
    connection.read((bytes) => this.#receive(bytes));
    socket.on('drain', () => this.#use.drained?.());
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.fail(rtmpError('ERR_RTMP_CLOSED', `the server closed the connection (${this.#where()})`)));
    this.#session.start();
  }

  #receive(bytes: Buffer): void {
    if (this.#over) return;
    this.#use.received?.(bytes.length);
    try {
      this.#session.receive(bytes);
    } catch (error) {
      this.fail(error);
    }
  }

  #where(): string {
    const { phase } = this.#session;
    return phase === 'running' ? `while ${this.#use.purpose === 'publish' ? 'publishing' : 'playing'}` : `before it answered ${phase}`;
  }

  #timeout(what: string): SluiceError {
    return rtmpError('ERR_RTMP_TIMEOUT', `the server ${what} within ${this.#use.timeoutMs / 1000} s (${this.#where()})`);
  }

  #release(): void {
    this.#over = true;
    this.#deadline?.();
    this.#stopWatch?.();
  }
}
