import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { buildRequest, buildResponse, header, parseDatagram, type SipMessage, type SipRequest, serializeMessage } from '@sluice/plugin-sip';

/** An answer to INVITE. */
export interface AutomaticAnswer {
  readonly status: number;
  readonly body?: string;
}

/** A camera on a real UDP socket: what it gets is waited for, what it says is said when the test wants. */
export class TestDevice {
  readonly #socket: Socket;
  readonly #platformPort: number;
  readonly #inbox: SipMessage[] = [];
  readonly #waiting: { wanted: (message: SipMessage) => boolean; take: (message: SipMessage) => void }[] = [];
  readonly id: string;
  #cseq = 0;
  #automatic: ((index: number) => AutomaticAnswer | undefined) | undefined;
  /** Call-IDs seen, by method, and who waits for how many. */
  readonly #calls = new Map<string, Set<string>>();
  #counted: () => void = () => {};

  private constructor(socket: Socket, id: string, platformPort: number) {
    this.#socket = socket;
    this.id = id;
    this.#platformPort = platformPort;
    socket.on('message', (bytes) => {
      const message = parseDatagram(bytes);
      if (message === undefined) return;
      if (this.#automatic !== undefined && message.kind === 'request') {
        this.#answer(message, this.#automatic);
        return;
      }
      const index = this.#waiting.findIndex(({ wanted }) => wanted(message));
      if (index < 0) this.#inbox.push(message);
      else this.#waiting.splice(index, 1)[0]?.take(message);
    });
  }

  static async open(id: string, platformPort: number): Promise<TestDevice> {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return new TestDevice(socket, id, platformPort);
  }

  close(): void {
    this.#socket.close();
  }

  /** Sends a request and answers the final response. */
  async request(method: string, headers: readonly (readonly [string, string])[] = [], body = ''): Promise<SipMessage> {
    const cseq = ++this.#cseq;
    const message = buildRequest({
      method,
      uri: 'sip:34020000002000000001@3402000000',
      transport: 'udp',
      // Devices name addresses that nobody can reach.
      sentBy: '10.77.37.137:5060',
      branch: `z9hG4bK${this.id}${cseq}`,
      from: `<sip:${this.id}@3402000000>;tag=${cseq}`,
      to: `<sip:${method === 'REGISTER' ? this.id : '34020000002000000001'}@3402000000>`,
      callId: `${cseq}`,
      cseq,
      userAgent: 'test',
      headers,
      body: Buffer.from(body),
    });
    this.#send(message);
    return this.#take((answer) => answer.kind === 'response' && answer.status >= 200 && header(answer, 'call-id') === `${cseq}`);
  }

  /** The next request of a method, answered. */
  async expect(method: string, status = 200, body = '', contains = ''): Promise<SipRequest> {
    const request = await this.#take((message) => message.kind === 'request' && message.method === method && message.body.includes(contains));
    if (request.kind !== 'request') throw new Error('no request');
    if (method === 'ACK') return request;
    const headers = body === '' ? [] : ([['content-type', 'application/sdp']] as const);
    this.#send(
      buildResponse(request, {
        status,
        headers,
        body: Buffer.from(body),
        toTag: 'device',
        source: { address: '127.0.0.1', port: this.#platformPort },
        userAgent: 'test',
      }),
    );
    return request;
  }

  /** From now on INVITEs are answered by their number, repeats like the first; all else by 200. */
  answerAll(how: (index: number) => AutomaticAnswer | undefined): void {
    this.#automatic = how;
    this.#calls.clear();
  }

  /** Resolves when so many calls had a request of a method since `answerAll`. */
  async seen(method: string, calls: number): Promise<void> {
    while ((this.#calls.get(method)?.size ?? 0) < calls) {
      await new Promise<void>((resolve) => {
        this.#counted = resolve;
      });
    }
  }

  #answer(request: SipRequest, how: (index: number) => AutomaticAnswer | undefined): void {
    const calls = this.#calls.get(request.method) ?? new Set();
    this.#calls.set(request.method, calls.add(header(request, 'call-id') ?? ''));
    this.#counted();
    if (request.method === 'ACK') return;
    const answer = request.method === 'INVITE' ? how([...calls].indexOf(header(request, 'call-id') ?? '')) : { status: 200 };
    if (answer === undefined) return;
    const source = { address: '127.0.0.1', port: this.#platformPort };
    const headers = answer.body === undefined ? [] : ([['content-type', 'application/sdp']] as const);
    this.#send(buildResponse(request, { status: answer.status, headers, body: Buffer.from(answer.body ?? ''), toTag: 'device', source, userAgent: 'test' }));
  }

  #take(wanted: (message: SipMessage) => boolean): Promise<SipMessage> {
    const index = this.#inbox.findIndex(wanted);
    const [message] = index < 0 ? [] : this.#inbox.splice(index, 1);
    return message === undefined ? new Promise((take) => this.#waiting.push({ wanted, take })) : Promise.resolve(message);
  }

  #send(message: SipMessage): void {
    this.#socket.send(serializeMessage(message), this.#platformPort, '127.0.0.1');
  }
}
