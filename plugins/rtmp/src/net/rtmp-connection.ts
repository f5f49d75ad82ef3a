import type { Socket } from 'node:net';
import {
  type AcceptedConnection,
  type Cancel,
  type CloseReason,
  closeReason,
  messageOf,
  type PluginContext,
  type Publisher,
  type RateLimitedLog,
  SluiceError,
  socketSink,
  type Viewer,
} from '@sluice/core';
import { type FlvMapping, FlvTagParser } from '@sluice/plugin-format-flv';
import type { RtmpConfig } from '../config.js';
import { rtmpError } from '../errors.js';
import { rtmpFormOf } from '../map/rtmp-form.js';
import { playStatus, publishStatus } from '../map/status.js';
import { type RtmpServerHandler, RtmpServerSession, type StreamRequest } from '../proto/server-session.js';
import { nodeHandshakeTools } from './handshake-tools.js';

const PROTOCOL = 'rtmp';
const END_GRACE_MS = 2000;

/** What all connections share. */
export interface RtmpServerParts {
  readonly ctx: PluginContext;
  readonly config: RtmpConfig;
  readonly mappings: readonly FlvMapping[];
  readonly fourCcs: readonly string[];
  /** For what peers do wrong. */
  readonly log: RateLimitedLog;
}

/** One client: its socket, its session, and the stream it publishes or plays. */
export class RtmpConnection implements RtmpServerHandler {
  readonly #parts: RtmpServerParts;
  readonly #connection: AcceptedConnection;
  readonly #socket: Socket;
  readonly #session: RtmpServerSession;
  /** Fires when the client goes or stops while it waits for a stream. */
  #waiting = new AbortController();
  #deadline: Cancel | undefined;
  #publisher: Publisher | undefined;
  #parser: FlvTagParser | undefined;
  #viewer: Viewer | undefined;
  /** Nothing is read while a publisher is being let in. */
  #admitting = false;
  /** It is over; what the client still sends until it has read the last answer is not looked at. */
  #ending = false;
  #closed = false;

  constructor(parts: RtmpServerParts, connection: AcceptedConnection) {
    this.#parts = parts;
    this.#connection = connection;
    const { socket } = connection;
    this.#socket = socket;
    this.#session = new RtmpServerSession({ handler: this, tools: nodeHandshakeTools, limits: parts.config.limits, fourCcs: parts.fourCcs });
    this.#expect('handshake', parts.config.handshakeTimeoutSeconds);
    connection.read((bytes) => this.#receive(bytes));
    socket.on('drain', () => this.#drained());
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#gone());
  }

  send(bytes: Buffer): void {
    if (this.#closed || this.#socket.writableEnded) return;
    // A peer that asks and does not read the answers is not read either.
    if (!this.#socket.write(bytes) && this.#viewer === undefined) this.#socket.pause();
  }

  handshaken(): void {
    this.#expect('command', this.#parts.config.commandTimeoutSeconds);
  }

  publish(request: StreamRequest): void {
    this.#deadline?.();
    this.#admitting = true;
    this.#socket.pause();
    void this.#publish(request);
  }

  play(request: StreamRequest): void {
    this.#deadline?.();
    void this.#play(request);
  }

  media(type: number, timestampMs: number, body: Buffer): void {
    const frame = this.#parser?.receive(type, timestampMs, body);
    if (frame !== undefined) this.#publisher?.write(frame);
  }

  stopped(): void {
    this.#release(closeReason('ended'));
    this.#expect('command', this.#parts.config.commandTimeoutSeconds);
  }

  #peer(request: StreamRequest) {
    const { query, userAgent } = request;
    return { protocol: PROTOCOL, remote: this.#connection.remote, query, ...(userAgent === undefined ? {} : { userAgent }) };
  }

  async #publish(request: StreamRequest): Promise<void> {
    try {
      const publisher = await this.#parts.ctx.streams.publish(request.path, { ...this.#peer(request), onClose: (reason) => this.#end(reason) });
      if (this.#closed) {
        await publisher.close(closeReason('lost'));
        return;
      }
      this.#publisher = publisher;
      this.#parser = new FlvTagParser({
        mappings: this.#parts.mappings,
        onTrack: (track) => publisher.setTrack(track),
        onMetadata: (_metadata, kinds) => publisher.expect(kinds),
        onIgnored: (reason) => publisher.count(`ignored-${reason}`),
      });
      this.#connection.admit();
      this.#admitting = false;
      this.#socket.resume();
      this.#session.acceptPublish();
    } catch (error) {
      this.#refuse(error, publishStatus);
    }
  }

  async #play(request: StreamRequest): Promise<void> {
    const waiting = new AbortController();
    this.#waiting = waiting;
    try {
      const viewer = await this.#parts.ctx.streams.view(request.path, {
        ...this.#peer(request),
        form: rtmpFormOf(request.query),
        sink: socketSink(this.#socket, (reason) => this.#end(reason)),
        preamble: () => this.#session.playPreamble(),
        onAllowed: () => this.#connection.admit(),
        signal: waiting.signal,
      });
      if (this.#closed || waiting.signal.aborted) {
        viewer.close(closeReason('lost'));
        return;
      }
      this.#viewer = viewer;
    } catch (error) {
      if (!waiting.signal.aborted) this.#refuse(error, playStatus);
    }
  }

  #receive(bytes: Buffer): void {
    if (this.#ending) return;
    this.#publisher?.received(bytes.length);
    this.#viewer?.received(bytes.length);
    try {
      this.#session.receive(bytes);
    } catch (error) {
      this.#fail(error);
    }
  }

  #drained(): void {
    if (this.#viewer !== undefined) this.#viewer.drained();
    else if (!this.#admitting) this.#socket.resume();
  }

  /** Arms the time-out for what must come next. */
  #expect(what: 'handshake' | 'command', seconds: number): void {
    this.#deadline?.();
    this.#deadline = this.#parts.ctx.clock.after(seconds * 1000, () => this.#fail(rtmpError('ERR_RTMP_TIMEOUT', `no ${what} within ${seconds} s`)));
  }

  /** Tells the client why not, and closes. Errors without a status are ours to log. */
  #refuse(error: unknown, statusOf: (status: number | undefined) => string): void {
    if (this.#closed) return;
    if (error instanceof SluiceError && !error.fatal && error.status !== undefined) this.#session.reject(statusOf(error.status), error.message);
    else this.#fail(error);
    this.#close();
  }

  /** The client broke the protocol, or took too long. */
  #fail(error: unknown): void {
    const code = error instanceof SluiceError ? error.code : 'ERR_RTMP_FAILED';
    this.#parts.ctx.count(code);
    this.#parts.log(code, { remote: this.#connection.remote, code }, `connection ended: ${messageOf(error)}`);
    this.#release(closeReason(error instanceof SluiceError && error.code === 'ERR_RTMP_TIMEOUT' ? 'timeout' : 'protocol-error'));
    this.#socket.destroy();
  }

  /** The engine ended what the client does. */
  #end(_reason: CloseReason): void {
    this.#publisher = undefined;
    this.#parser = undefined;
    this.#viewer = undefined;
    this.#session.finish();
    this.#close();
  }

  /** Ends what the client does, because the client did. */
  #release(reason: CloseReason): void {
    this.#waiting.abort();
    this.#viewer?.close(reason);
    this.#viewer = undefined;
    void this.#publisher?.close(reason);
    this.#publisher = undefined;
    this.#parser = undefined;
  }

  /** Closes with what is queued, within the grace. */
  #close(): void {
    const socket = this.#socket;
    this.#ending = true;
    if (socket.destroyed) return;
    socket.end();
    socket.resume();
    this.#deadline?.();
    this.#deadline = this.#parts.ctx.clock.after(END_GRACE_MS, () => socket.destroy());
  }

  #gone(): void {
    this.#closed = true;
    this.#deadline?.();
    this.#release(closeReason('lost'));
  }
}
