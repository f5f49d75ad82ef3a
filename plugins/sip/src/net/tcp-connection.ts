import { type AcceptedConnection, type Cancel, messageOf, plainAddress, SluiceError } from '@sluice/core';
import { MessageReader, type TextLimits } from '@sluice/plugin-wire-text';
import { sipError } from '../errors.js';
import { COMPACT_FORMS, type SipMessage } from '../proto/headers.js';
import { KEEPALIVES, parseFramed } from '../proto/parse.js';
import type { SipRuntime } from './runtime.js';

/** A peer that does not read is dropped when so much waits for it. */
const MAX_UNSENT_BYTES = 2 * 1024 * 1024;

/** What a connection tells. */
export interface TcpConnectionEvents {
  readonly onMessage: (message: SipMessage, byteLength: number) => void;
  readonly onClosed: () => void;
}

/** One TCP connection: cuts messages out of it, closes it when one takes too long. */
export class TcpConnection {
  readonly address: string;
  readonly port: number;
  readonly #connection: AcceptedConnection;
  readonly #runtime: SipRuntime;
  readonly #messageMs: number;
  readonly #reader: MessageReader;
  readonly #events: TcpConnectionEvents;
  #cancelDeadline: Cancel | undefined;
  #spoken = false;

  constructor(
    connection: AcceptedConnection,
    runtime: SipRuntime,
    options: { readonly messageMs: number; readonly limits: Partial<TextLimits> },
    events: TcpConnectionEvents,
  ) {
    const { socket, remote } = connection;
    const colon = remote.lastIndexOf(':');
    this.address = plainAddress(socket.remoteAddress ?? remote.slice(0, colon));
    this.port = socket.remotePort ?? Number(remote.slice(colon + 1));
    this.#connection = connection;
    this.#runtime = runtime;
    this.#messageMs = options.messageMs;
    this.#events = events;
    this.#reader = new MessageReader({ limits: options.limits, compactForms: COMPACT_FORMS, keepalives: KEEPALIVES });
    // Silence from the start is as bad as half a message.
    this.#startDeadline();
    socket.on('data', (bytes: Buffer) => this.#receive(bytes));
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#closed());
  }

  /** Throws ERR_SIP_UNREACHABLE. */
  send(bytes: Buffer): void {
    const { socket } = this.#connection;
    if (!socket.writable) throw sipError('ERR_SIP_UNREACHABLE', 'the TCP connection is closed');
    if (socket.writableLength > MAX_UNSENT_BYTES) {
      socket.destroy();
      throw sipError('ERR_SIP_UNREACHABLE', 'the peer does not read what is sent to it');
    }
    socket.write(bytes);
  }

  admit(): void {
    this.#connection.admit();
  }

  close(): void {
    this.#connection.socket.destroy();
  }

  #receive(bytes: Buffer): void {
    try {
      const messages = this.#reader.push(bytes);
      if (messages.length > 0 || this.#reader.buffered === 0) this.#stopDeadline(messages.length > 0);
      if (this.#reader.buffered > 0) this.#startDeadline();
      for (const { head, body, byteLength } of messages) this.#events.onMessage(parseFramed(head, body), byteLength);
    } catch (error) {
      this.#runtime.count(error instanceof SluiceError ? error.code : 'connection');
      this.#runtime.log.debug({ remote: this.#connection.remote, err: messageOf(error) }, 'sip: connection closed, its bytes are no SIP');
      this.close();
    }
  }

  #startDeadline(): void {
    this.#cancelDeadline ??= this.#runtime.clock.after(this.#messageMs, () => {
      this.#runtime.count('timeout');
      this.close();
    });
  }

  /** Keepalives alone do not lift the first deadline. */
  #stopDeadline(gotMessage: boolean): void {
    this.#spoken ||= gotMessage;
    if (!this.#spoken) return;
    this.#cancelDeadline?.();
    this.#cancelDeadline = undefined;
  }

  #closed(): void {
    this.#cancelDeadline?.();
    this.#cancelDeadline = undefined;
    this.#events.onClosed();
  }
}
