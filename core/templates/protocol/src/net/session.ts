import {
  type AcceptedConnection,
  closeReason,
  endSocket,
  messageOf,
  type PluginContext,
  type Publisher,
  SluiceError,
  socketSink,
  type Track,
  type Viewer,
} from '@sluice/core';
import type { Config } from '../config.js';
import { protocolError } from '../errors.js';
import { parseFrame } from '../map/frame.js';
import { type Hello, parseHello } from '../map/hello.js';
import { parseTrack } from '../map/track.js';
import { wireForm } from '../map/wire-form.js';
import { type Message, MessageType, serializeJson, serializeMessage } from '../proto/message.js';
import { MessageReader } from '../proto/message-reader.js';

const PROTOCOL = '__name__';

/** One connection, from its first byte to its end. */
export class Session {
  readonly #ctx: PluginContext;
  readonly #config: Config;
  readonly #connection: AcceptedConnection;
  readonly #tracks = new Map<number, Track>();
  readonly #gone = new AbortController();
  #state: 'new' | 'opening' | 'publishing' | 'playing' | 'over' = 'new';
  #publisher: Publisher | undefined;
  #viewer: Viewer | undefined;

  constructor(ctx: PluginContext, config: Config, connection: AcceptedConnection) {
    this.#ctx = ctx;
    this.#config = config;
    this.#connection = connection;
    const { socket } = connection;
    socket.on('drain', () => this.#viewer?.drained());
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#lost());
    const reader = new MessageReader(config.maxMessageBytes, (message) => this.#receive(message));
    connection.read((bytes) => {
      this.#publisher?.received(bytes.length);
      try {
        if (this.#state !== 'over') reader.receive(bytes);
      } catch (error) {
        this.#fail(error);
      }
    });
  }

  #receive({ type, body }: Message): void {
    if (this.#state === 'new' && type === MessageType.hello) void this.#open(parseHello(body)).catch((error: unknown) => this.#fail(error));
    else if (this.#state === 'publishing' && type === MessageType.track) this.#setTrack(parseTrack(body));
    else if (this.#state === 'publishing' && type === MessageType.frame) this.#publisher?.write(parseFrame(body, this.#tracks));
    else if (this.#state === 'publishing' && type === MessageType.end) this.#end();
    else throw protocolError('order', `message ${type} is not due`);
  }

  /** Asks the engine, which asks whoever decides; what it refuses with goes to the client. */
  async #open({ action, path, query, token }: Hello): Promise<void> {
    this.#state = 'opening';
    const { remote, socket } = this.#connection;
    const peer = { protocol: PROTOCOL, remote, ...(query && { query }), ...(token === undefined ? {} : { token }) };
    const ok = serializeMessage(MessageType.ok);
    if (action === 'publish') {
      const publisher = await this.#ctx.streams.publish(path, { ...peer, onClose: () => this.#end() });
      this.#publisher = publisher;
      this.#connection.admit();
      this.#become('publishing');
      socket.write(ok);
      return;
    }
    const sink = socketSink(socket, () => this.#end());
    const { onLag } = this.#config;
    const onAllowed = (): void => this.#connection.admit();
    this.#viewer = await this.#ctx.streams.view(path, { ...peer, form: wireForm, sink, onLag, onAllowed, signal: this.#gone.signal, preamble: () => ok });
    this.#become('playing');
  }

  /** The client may have gone while the engine was asked. */
  #become(state: 'publishing' | 'playing'): void {
    if (this.#state === 'opening') this.#state = state;
    else this.#lost();
  }

  #setTrack(track: Track): void {
    this.#tracks.set(track.id, track);
    this.#publisher?.setTrack(track);
  }

  /** Ends it as the protocol says. */
  #end(): void {
    if (this.#state === 'over') return;
    this.#state = 'over';
    void this.#publisher?.close();
    const { socket } = this.#connection;
    socket.write(serializeMessage(MessageType.end));
    endSocket(socket);
  }

  /** A bad peer ends its own connection. */
  #fail(error: unknown): void {
    if (this.#state === 'over') return;
    this.#state = 'over';
    const code = error instanceof SluiceError ? error.code : 'ERR___NAME___FAILED';
    if (code.startsWith('ERR___NAME___')) this.#ctx.count(code);
    void this.#publisher?.close(closeReason('protocol-error', messageOf(error)));
    this.#viewer?.close(closeReason('protocol-error', messageOf(error)));
    const { socket } = this.#connection;
    socket.write(serializeJson(MessageType.error, { code, message: messageOf(error) }));
    endSocket(socket);
  }

  #lost(): void {
    this.#state = 'over';
    this.#gone.abort();
    void this.#publisher?.close(closeReason('lost'));
    this.#viewer?.close(closeReason('lost'));
  }
}
