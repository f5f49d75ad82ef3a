import type { Socket } from 'node:net';
import {
  type AcceptedConnection,
  type Cancel,
  closeReason,
  endSocket,
  messageOf,
  type PluginContext,
  SluiceError,
  socketSink,
  type Viewer,
} from '@sluice/core';
import { rtmpError } from '../errors.js';
import { publishPreamble, rtmpFormOf } from '../map/rtmp-form.js';
import { type RtmpClientHandler, RtmpClientSession } from '../proto/client-session.js';
import type { RtmpLimits } from '../proto/limits.js';
import type { PushUrl } from '../proto/push-url.js';
import { nodeHandshakeTools } from './handshake-tools.js';

/** A dead peer of a paused stream is found by the system. */
const KEEP_ALIVE_MS = 30_000;

/** What a connection that pushes needs. */
export interface PushConnectionParts {
  readonly ctx: PluginContext;
  readonly limits: RtmpLimits;
  readonly fourCcs: readonly string[];
  readonly path: string;
  readonly target: PushUrl;
  readonly timeoutMs: number;
  /** The server took the stream. */
  readonly live: () => void;
  /** It is over. Without an error: the stream itself ended, or `close` was called. Called once. */
  readonly over: (error?: SluiceError) => void;
}

/** One try of a push: a connection on which a stream is published, as one of its viewers. */
export class PushConnection implements RtmpClientHandler {
  readonly #parts: PushConnectionParts;
  readonly #connection: AcceptedConnection;
  readonly #socket: Socket;
  readonly #session: RtmpClientSession;
  readonly #waiting = new AbortController();
  #deadline: Cancel | undefined;
  #viewer: Viewer | undefined;
  #over = false;

  constructor(parts: PushConnectionParts, connection: AcceptedConnection) {
    const { ctx, limits, fourCcs, target, timeoutMs } = parts;
    this.#parts = parts;
    this.#connection = connection;
    const { socket } = connection;
    this.#socket = socket;
    this.#session = new RtmpClientSession({ handler: this, tools: nodeHandshakeTools, target, limits, fourCcs });
    this.#deadline = ctx.clock.after(timeoutMs, () => this.#fail(this.#timeout('did not take the stream')));
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    // The socket's own timer knows of bytes on their way to the system; with nothing to send, silence is no fault.
    socket.setTimeout(timeoutMs, () => {
      if (this.#viewer !== undefined && socket.writableLength > 0) this.#fail(this.#timeout('took nothing'));
    });
    socket.on('data', (bytes: Buffer) => this.#receive(bytes));
    socket.on('drain', () => this.#viewer?.drained());
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#fail(rtmpError('ERR_RTMP_CLOSED', `the server closed the connection (${this.#where()})`)));
    this.#session.start();
  }

  /** Bytes given to the socket. */
  get bytes(): number {
    return this.#socket.bytesWritten;
  }

  send(bytes: Buffer): void {
    if (!this.#socket.writableEnded) this.#socket.write(bytes);
  }

  published(streamId: number): void {
    this.#deadline?.();
    void this.#view(streamId);
  }

  /** Ends it politely. */
  close(): void {
    if (this.#over) return;
    this.#release();
    this.#session.finish();
    endSocket(this.#socket);
    this.#parts.over();
  }

  async #view(streamId: number): Promise<void> {
    const { ctx, path, target } = this.#parts;
    try {
      const viewer = await ctx.streams.view(path, {
        protocol: 'rtmp',
        remote: this.#connection.remote,
        userAgent: 'push',
        trusted: true,
        form: rtmpFormOf(target.query, streamId),
        preamble: (tracks) => publishPreamble(tracks, target.query, streamId),
        sink: socketSink(this.#socket, (reason) => (reason.code === 'slow' ? this.#fail(this.#timeout('is too slow')) : this.close())),
        signal: this.#waiting.signal,
      });
      if (this.#over) {
        viewer.close(closeReason('ended'));
        return;
      }
      this.#viewer = viewer;
      this.#connection.admit();
      this.#parts.live();
    } catch (error) {
      // The stream went while the server was being asked.
      if (error instanceof SluiceError && error.status === 404) this.close();
      else this.#fail(error);
    }
  }

  #receive(bytes: Buffer): void {
    if (this.#over) return;
    this.#viewer?.received(bytes.length);
    try {
      this.#session.receive(bytes);
    } catch (error) {
      this.#fail(error);
    }
  }

  #where(): string {
    const { phase } = this.#session;
    return phase === 'publishing' ? 'while publishing' : `before it answered ${phase}`;
  }

  #timeout(what: string): SluiceError {
    return rtmpError('ERR_RTMP_TIMEOUT', `the server ${what} within ${this.#parts.timeoutMs / 1000} s (${this.#where()})`);
  }

  #fail(error: unknown): void {
    if (this.#over) return;
    this.#release();
    this.#socket.destroy();
    this.#parts.over(error instanceof SluiceError ? error : rtmpError('ERR_RTMP_CLOSED', messageOf(error), error));
  }

  #release(): void {
    this.#over = true;
    this.#deadline?.();
    this.#socket.setTimeout(0);
    this.#waiting.abort();
    this.#viewer?.close(closeReason('ended'));
    this.#viewer = undefined;
  }
}
