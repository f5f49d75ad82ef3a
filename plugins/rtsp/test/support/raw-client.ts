import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { type Socket, connect as tcpConnect } from 'node:net';
import { connect as tlsConnect } from 'node:tls';
import { findHeader, findHeaders, type HeaderList } from '@sluice/plugin-wire-text';
import { type RtspMessage, type RtspResponse, serializeRtspRequest } from '../../src/proto/rtsp-message.js';
import { RtspReader } from '../../src/proto/rtsp-reader.js';

/** What a test looks at in an answer. */
export interface Answer {
  readonly status: number;
  readonly header: (name: string) => string | undefined;
  readonly headers: (name: string) => string[];
  readonly body: string;
}

/** A client that says what it is told to, over TCP or TLS. */
export class RawClient {
  readonly frames: { readonly channel: number; readonly payload: Buffer }[] = [];
  readonly closed: Promise<unknown>;
  readonly #answers: RtspResponse[] = [];
  #cseq = 0;
  #wake: () => void = () => {};

  private constructor(readonly socket: Socket) {
    this.closed = once(socket, 'close');
    socket.on('error', () => {});
    const reader = new RtspReader({
      message: (message: RtspMessage) => {
        if (message.kind === 'response') this.#answers.push(message);
      },
      interleaved: (channel, payload) => this.frames.push({ channel, payload: Buffer.from(payload) }),
    });
    socket.on('data', (bytes: Buffer) => {
      reader.push(bytes);
      this.#wake();
    });
    socket.on('close', () => this.#wake());
  }

  static async open(port: number, options: { readonly secure?: boolean } = {}): Promise<RawClient> {
    const socket = options.secure === true ? tlsConnect({ port, host: '127.0.0.1', rejectUnauthorized: false }) : tcpConnect(port, '127.0.0.1');
    await once(socket, options.secure === true ? 'secureConnect' : 'connect');
    return new RawClient(socket);
  }

  /** Asks, with a CSeq. */
  ask(method: string, uri: string, headers: HeaderList = [], body = ''): Promise<Answer> {
    this.#cseq++;
    this.socket.write(serializeRtspRequest({ method, uri, headers: [['cseq', String(this.#cseq)], ...headers], body: Buffer.from(body) }));
    return this.answer();
  }

  /** The next answer. */
  async answer(): Promise<Answer> {
    await this.until(() => this.#answers.length > 0);
    const response = this.#answers.shift();
    if (response === undefined) throw new Error('the server closed the connection');
    const { status, headers, body } = response;
    return { status, header: (name) => findHeader(headers, name), headers: (name) => findHeaders(headers, name), body: body.toString() };
  }

  /** Resolves once it holds, looked at whenever something came, or when the connection is closed. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds() && !this.socket.destroyed) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Sends an interleaved frame. */
  frame(channel: number, payload: Buffer): void {
    const head = Buffer.from([0x24, channel, 0, 0]);
    head.writeUInt16BE(payload.length, 2);
    this.socket.write(Buffer.concat([head, payload]));
  }

  close(): void {
    this.socket.destroy();
  }
}
