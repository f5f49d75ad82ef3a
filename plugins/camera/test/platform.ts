import { createHash } from 'node:crypto';
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';

/** A SIP message, read with nothing of ours. */
export interface Message {
  readonly text: string;
  /** `REGISTER`, or `200`. */
  readonly kind: string;
  readonly body: string;
  header(name: string): string;
}

function read(bytes: Buffer): Message {
  const text = bytes.toString('latin1');
  const [head = '', ...rest] = text.split('\r\n\r\n');
  const first = head.split(' ');
  return {
    text,
    kind: (first[0] === 'SIP/2.0' ? first[1] : first[0]) ?? '',
    body: rest.join('\r\n\r\n'),
    header: (name) => new RegExp(`^${name}\\s*:\\s*(.*)$`, 'im').exec(head)?.[1]?.trim() ?? '',
  };
}

const md5 = (text: string) => createHash('md5').update(text).digest('hex');

export const PASSWORD = '12345678';
const REALM = '3402000000';
const NONCE = '9450c474d1150064';

/** A platform on a UDP port that speaks SIP by hand. */
export class Platform {
  readonly messages: Message[] = [];
  /** Bodies of MESSAGE, in order. */
  readonly bodies: string[] = [];
  /** MESSAGEs are left without an answer. */
  deaf = false;
  readonly #socket: Socket;
  readonly #waiting = new Set<() => void>();
  readonly #devices = new Map<string, RemoteInfo>();
  #branches = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('message', (bytes, from) => this.#receive(read(bytes), from));
  }

  static async open(): Promise<Platform> {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return new Platform(socket);
  }

  get address(): string {
    return `127.0.0.1:${this.#socket.address().port}`;
  }

  close(): void {
    this.#socket.close();
  }

  /** Resolves with the first message, past or coming, that matches. */
  async until(matches: (message: Message) => boolean): Promise<Message> {
    for (;;) {
      const found = this.messages.find(matches);
      if (found !== undefined) return found;
      await this.#next();
    }
  }

  /** Resolves with bodies once `enough` of them match. */
  async bodiesWith(word: string, enough = 1): Promise<string[]> {
    for (;;) {
      const found = this.bodies.filter((body) => body.includes(word));
      if (found.length >= enough) return found;
      await this.#next();
    }
  }

  registered(id: string): Promise<Message> {
    return this.until(
      (message) => message.kind === 'REGISTER' && message.header('from').includes(id) && isAuthorized(message, id) && message.header('expires') !== '0',
    );
  }

  /** Sends a request in or out of a dialog and resolves with the final answer. */
  async request(
    method: string,
    id: string,
    options: { callId: string; cseq: number; toTag?: string; body?: string; type?: string; to?: string },
  ): Promise<Message> {
    this.send(method, id, options);
    return this.until(({ kind, header }) => /^[2-6]\d\d$/.test(kind) && header('call-id') === options.callId && header('cseq') === `${options.cseq} ${method}`);
  }

  /** Sends a request. `to` is a channel where it is not the device itself. */
  send(method: string, id: string, options: { callId: string; cseq: number; toTag?: string; body?: string; type?: string; to?: string }): void {
    const { callId, cseq, toTag, body = '', type = 'Application/MANSCDP+xml', to = id } = options;
    const device = this.#devices.get(id);
    if (device === undefined) throw new Error(`${id} was never here`);
    const lines = [
      `${method} sip:${to}@${device.address}:${device.port} SIP/2.0`,
      `Via: SIP/2.0/UDP ${this.address};rport;branch=z9hG4bKp${++this.#branches}`,
      'From: <sip:34020000002000000001@3402000000>;tag=platform1',
      `To: <sip:${to}@3402000000>${toTag === undefined ? '' : `;tag=${toTag}`}`,
      `Call-ID: ${callId}`,
      `CSeq: ${cseq} ${method}`,
      `Contact: <sip:34020000002000000001@${this.address}>`,
      'Max-Forwards: 70',
      ...(body === '' ? [] : [`Content-Type: ${type}`]),
      `Content-Length: ${body.length}`,
    ];
    this.#socket.send(`${lines.join('\r\n')}\r\n\r\n${body}`, device.port, device.address);
  }

  /** Asks something of a device. */
  query(id: string, cmdType: string, extra = '', root = 'Query'): Promise<Message> {
    const callId = `q${this.#branches}`;
    return this.request('MESSAGE', id, {
      callId,
      cseq: 20,
      body: `<?xml version="1.0"?>\r\n<${root}>\r\n<CmdType>${cmdType}</CmdType>\r\n<SN>42</SN>\r\n<DeviceID>${id}</DeviceID>\r\n${extra}</${root}>\r\n`,
    });
  }

  /** Answers a message of a device late, and not as it hoped. */
  refuse(message: Message, status: string): void {
    const id = /sip:([^@]+)@/.exec(message.header('from'))?.[1] ?? '';
    this.#answer(message, this.#devices.get(id) as RemoteInfo, status);
  }

  #receive(message: Message, from: RemoteInfo): void {
    this.messages.push(message);
    if (message.kind === 'REGISTER') this.#register(message, from);
    else if (message.kind === 'MESSAGE') {
      this.bodies.push(message.body);
      if (!this.deaf) this.#answer(message, from, '200 OK');
    } else if (message.kind === 'BYE') this.#answer(message, from, '200 OK');
    for (const wake of [...this.#waiting]) wake();
  }

  #register(message: Message, from: RemoteInfo): void {
    const id = /sip:([^@]+)@/.exec(message.header('from'))?.[1] ?? '';
    this.#devices.set(id, from);
    if (message.header('authorization') === '')
      this.#answer(message, from, '401 Unauthorized', [`WWW-Authenticate: Digest realm="${REALM}", nonce="${NONCE}"`]);
    else this.#answer(message, from, isAuthorized(message, id) ? '200 OK' : '403 Forbidden', [`Expires: ${message.header('expires')}`]);
  }

  #answer(message: Message, to: RemoteInfo, status: string, extra: readonly string[] = []): void {
    const copied = ['Via', 'From', 'Call-ID', 'CSeq'].map((name) => `${name}: ${message.header(name)}`);
    const toHeader = message.header('to');
    const lines = [`SIP/2.0 ${status}`, ...copied, `To: ${toHeader}${toHeader.includes('tag=') ? '' : ';tag=p1'}`, ...extra, 'Content-Length: 0'];
    this.#socket.send(`${lines.join('\r\n')}\r\n\r\n`, to.port, to.address);
  }

  #next(): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#waiting.delete(wake);
        resolve();
      };
      this.#waiting.add(wake);
    });
  }
}

/** RFC 2617 3.2.2.1, written out. */
function isAuthorized(message: Message, id: string): boolean {
  const credentials = message.header('authorization');
  const part = (name: string) => new RegExp(`${name}="([^"]*)"`).exec(credentials)?.[1] ?? '';
  return part('username') === id && part('response') === md5(`${md5(`${id}:${REALM}:${PASSWORD}`)}:${NONCE}:${md5(`REGISTER:${part('uri')}`)}`);
}
