import { randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Fresh } from '../../types.js';
import { digestHeader } from './digest.js';

export const DOMAIN = '3402000000';
export const PLATFORM = '34020000002000000001';

/** A message that came. */
export interface SipMessage {
  /** 0 for a request. */
  readonly status: number;
  readonly method: string;
  readonly text: string;
  readonly bytes: number;
}

/** Headers of a request, as they are sent. */
export interface SipRequest {
  readonly method: string;
  /** User of From and To: the device. */
  readonly user: string;
  readonly headers?: readonly string[];
  readonly body?: Buffer | string;
  readonly uri?: string;
  readonly contact?: string;
}

export const sipPassword = (server: Fresh): string => readFileSync(join(server.data, 'secrets/gb28181-password'), 'utf8').trim();
export const headerOf = (message: SipMessage, name: string): string | undefined => new RegExp(`^${name} *: *(.*)$`, 'im').exec(message.text)?.[1]?.trim();
export const nonceOf = (message: SipMessage): string => /nonce="([^"]+)"/.exec(message.text)?.[1] ?? '';

/** A SIP device on a UDP socket that says what it is told to; nothing of the code under test makes its bytes. */
export class SipDevice {
  readonly #socket: Socket;
  readonly #server: Fresh;
  readonly #waiting = new Map<string, (answer: SipMessage) => void>();
  #cseq = 1;
  /** Bytes out and in. */
  sent = 0;
  got = 0;
  /** Called for requests of the server. */
  onRequest: (message: SipMessage) => void = () => {};

  private constructor(server: Fresh, socket: Socket) {
    this.#server = server;
    this.#socket = socket;
    socket.on('error', () => {});
    socket.on('message', (bytes) => this.#take(bytes));
  }

  static async open(server: Fresh, from = '127.0.0.1'): Promise<SipDevice> {
    const socket = createSocket('udp4');
    socket.bind(0, from);
    await once(socket, 'listening');
    return new SipDevice(server, socket);
  }

  get address(): string {
    const { address, port } = this.#socket.address();
    return `${address}:${port}`;
  }

  send(bytes: Buffer | string): void {
    const all = Buffer.from(bytes as string, 'utf8');
    this.sent += all.length;
    this.#socket.send(all, this.#server.ports.sip, '127.0.0.1');
  }

  /** Sends a request; resolves with its final answer, or with nothing where none comes. */
  ask(request: SipRequest, timeoutMs = 5000): Promise<SipMessage | undefined> {
    const callId = randomBytes(8).toString('hex');
    return new Promise((resolve) => {
      const timer = setTimeout(() => end(undefined), timeoutMs);
      const end = (answer: SipMessage | undefined): void => {
        clearTimeout(timer);
        this.#waiting.delete(callId);
        resolve(answer);
      };
      this.#waiting.set(callId, end);
      this.send(this.build(request, callId));
    });
  }

  build(
    { method, user, headers = [], body = '', uri = `sip:${PLATFORM}@${DOMAIN}`, contact = `<sip:${user}@${this.address}>` }: SipRequest,
    callId = randomBytes(8).toString('hex'),
  ): Buffer {
    const bytes = Buffer.from(body as string, 'utf8');
    const lines = [
      `${method} ${uri} SIP/2.0`,
      `Via: SIP/2.0/UDP ${this.address};rport;branch=z9hG4bK${randomBytes(6).toString('hex')}`,
      `From: <sip:${user}@${DOMAIN}>;tag=${randomBytes(4).toString('hex')}`,
      `To: <sip:${user}@${DOMAIN}>`,
      `Call-ID: ${callId}`,
      `CSeq: ${this.#cseq++} ${method}`,
      `Contact: ${contact}`,
      'Max-Forwards: 70',
      ...headers,
      ...(headers.some((line) => /^content-length/i.test(line)) ? [] : [`Content-Length: ${bytes.length}`]),
    ];
    return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'utf8'), bytes]);
  }

  /** Registers as devices do; resolves with the last answer. */
  async register(user: string, password: string, options: { readonly expires?: number; readonly userAgent?: string } = {}): Promise<SipMessage | undefined> {
    const { expires = 3600, userAgent = 'camera' } = options;
    const headers = [`Expires: ${expires}`, `User-Agent: ${userAgent}`];
    const challenge = await this.ask({ method: 'REGISTER', user, headers });
    if (challenge?.status !== 401) return challenge;
    return this.ask({ method: 'REGISTER', user, headers: [...headers, this.authorization(user, password, nonceOf(challenge))] });
  }

  authorization(username: string, password: string, nonce: string, realm = DOMAIN, nc?: string): string {
    const uri = `sip:${PLATFORM}@${DOMAIN}`;
    return `Authorization: ${digestHeader({ username, realm, password, method: 'REGISTER', uri, nonce, ...(nc === undefined ? {} : { nc }) })}`;
  }

  /** Answers a request of the server. */
  answer(request: SipMessage, status: number, reason: string, body = '', tag = 'dev'): void {
    const copied = request.text.split('\r\n').filter((line) => /^(via|from|call-id|cseq)\s*:/i.test(line));
    const to = headerOf(request, 'To') ?? '';
    const type = body === '' ? [] : ['Content-Type: application/sdp'];
    const lines = [
      `SIP/2.0 ${status} ${reason}`,
      ...copied,
      `To: ${to}${to.includes('tag=') ? '' : `;tag=${tag}`}`,
      `Contact: <sip:dev@${this.address}>`,
      ...type,
    ];
    this.send(`${lines.join('\r\n')}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  }

  close(): void {
    this.#socket.close();
  }

  #take(bytes: Buffer): void {
    this.got += bytes.length;
    const text = bytes.toString('utf8');
    const status = Number(/^SIP\/2\.0 (\d{3})/.exec(text)?.[1] ?? 0);
    const message = { status, method: status === 0 ? (text.split(' ')[0] ?? '') : '', text, bytes: bytes.length };
    if (status === 0) this.onRequest(message);
    else if (status >= 200) this.#waiting.get(headerOf(message, 'Call-ID') ?? '')?.(message);
  }
}
