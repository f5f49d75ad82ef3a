import { Duplex } from 'node:stream';
import type { AcceptedConnection, Clock, DatagramHandler, ListenAddress } from '@sluice/core';
import { type SipConfig, type SipListenOptions, type SipMessage, sipConfig } from '../src/index.js';
import { openEndpoint } from '../src/net/endpoint.js';
import type { SipRuntime } from '../src/net/runtime.js';
import { parseDatagram } from '../src/proto/parse.js';

/** A clock that stands still until it is told to go on. */
export function fakeClock() {
  let nowMs = 0;
  const timers = new Set<{ atMs: number; everyMs: number | undefined; run: () => void }>();
  const add = (ms: number, everyMs: number | undefined, run: () => void) => {
    const timer = { atMs: nowMs + ms, everyMs, run };
    timers.add(timer);
    return () => void timers.delete(timer);
  };
  const clock: Clock & { advance(ms: number): void; readonly pending: number } = {
    now: () => nowMs,
    wallMs: () => nowMs,
    after: (ms, run) => add(ms, undefined, run),
    every: (ms, run) => add(ms, ms, run),
    get pending() {
      return timers.size;
    },
    advance(ms) {
      const endMs = nowMs + ms;
      for (;;) {
        const next = [...timers].filter((timer) => timer.atMs <= endMs).sort((a, b) => a.atMs - b.atMs)[0];
        if (next === undefined) break;
        nowMs = Math.max(nowMs, next.atMs);
        if (next.everyMs === undefined) timers.delete(next);
        else next.atMs += next.everyMs;
        next.run();
      }
      nowMs = endMs;
    },
  };
  return clock;
}

/** What went out: to whom, the message, and its bytes. */
export interface Sent {
  readonly to: string;
  readonly message: SipMessage;
  readonly bytes: Buffer;
}

function parsed(bytes: Buffer): SipMessage {
  const message = parseDatagram(bytes);
  if (message === undefined) throw new Error('a keepalive was sent');
  return message;
}

/** An endpoint on a transport in memory. */
export async function openFake(options: Partial<SipListenOptions> = {}, config: Partial<SipConfig> = {}) {
  const clock = fakeClock();
  const sent: Sent[] = [];
  let onDatagram: DatagramHandler = () => undefined;
  let onConnection: (connection: AcceptedConnection) => void = () => undefined;
  const address = (protocol: 'tcp' | 'udp'): ListenAddress => ({ name: 'sip', plugin: 'sip', protocol, host: '0.0.0.0', port: 5060, secure: false });
  const close = () => Promise.resolve();
  const transport: SipRuntime['transport'] = {
    listenTcp: (_options, handler) => {
      onConnection = handler;
      return Promise.resolve({ address: address('tcp'), connections: 0, close });
    },
    bindUdp: (_options, handler) => {
      onDatagram = handler;
      return Promise.resolve({
        address: address('udp'),
        send: (bytes, to, port) => void sent.push({ to: `${to}:${port}`, message: parsed(Buffer.from(bytes)), bytes: Buffer.from(bytes) }),
        close,
      });
    },
    connectTcp: () => Promise.reject(new Error('not used')),
    adoptTcp: () => {
      throw new Error('not used');
    },
    localAddressFor: () => Promise.resolve('192.0.2.1'),
    now: () => clock.now(),
  };
  const quiet = () => undefined;
  const log = { debug: quiet, warn: quiet, info: quiet, error: quiet } as unknown as SipRuntime['log'];
  const counted = new Map<string, number>();
  const count = (kind: string, by = 1) => void counted.set(kind, (counted.get(kind) ?? 0) + by);
  const endpoint = await openEndpoint({ transport, clock, log, count }, { ...sipConfig.parse({}), ...config } as SipConfig, {
    name: 'sip',
    port: 5060,
    id: '34020000002000000001',
    domain: '3402000000',
    userAgent: 'Sluice',
    onRequest: (incoming) => incoming.respond(200),
    ...options,
  });
  return {
    clock,
    sent,
    counted,
    endpoint,
    /** A datagram arrives. */
    receive(bytes: string | Buffer, from = '198.51.100.7:5060') {
      const [host = '', port] = from.split(':');
      onDatagram(Buffer.from(bytes), host, Number(port), clock.now());
    },
    /** A TCP connection arrives. */
    connect(remote = '198.51.100.7:40000') {
      const written: Buffer[] = [];
      let admitted = false;
      const admit = () => {
        admitted = true;
      };
      const socket = new Duplex({
        read: () => undefined,
        write(chunk: Buffer, _encoding, done) {
          written.push(chunk);
          done();
        },
      });
      const connection = { socket, remote, admit } as unknown as AcceptedConnection;
      onConnection(connection);
      return {
        written,
        socket,
        receive: (bytes: string | Buffer) => void socket.emit('data', Buffer.from(bytes)),
        messages: () => written.map(parsed),
        isAdmitted: () => admitted,
      };
    },
    last: () => sent.at(-1),
  };
}

/** What is scheduled is done. */
export const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A request as a camera sends it. */
export function request(
  method: string,
  changes: {
    readonly callId?: string;
    readonly cseq?: number;
    readonly branch?: string;
    readonly to?: string;
    readonly extra?: string;
    readonly body?: string;
  } = {},
) {
  const { callId = '1217812750', cseq = 20, branch = 'z9hG4bK1', to = '<sip:34020000002000000001@3402000000>', extra = '', body = '' } = changes;
  return (
    `${method} sip:34020000002000000001@3402000000 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.9:5060;rport;branch=${branch}\r\n` +
    `From: <sip:34020000001320000001@3402000000>;tag=793155581\r\nTo: ${to}\r\nCall-ID: ${callId}\r\nCSeq: ${cseq} ${method}\r\n` +
    `Max-Forwards: 70\r\n${extra}Content-Length:   ${Buffer.byteLength(body)}\r\n\r\n${body}`
  );
}

/** An answer to a request of ours. */
export function answer(to: SipMessage, status: number, extra = '', body = '', tag = 'dev1') {
  const value = (name: string) => to.headers.find(([key]) => key === name)?.[1] ?? '';
  return (
    `SIP/2.0 ${status} X\r\nVia: ${value('via')}\r\nFrom: ${value('from')}\r\nTo: ${value('to')}${value('to').includes('tag=') || status === 100 ? '' : `;tag=${tag}`}\r\n` +
    `Call-ID: ${value('call-id')}\r\nCSeq: ${value('cseq')}\r\n${extra}Content-Length: ${body.length}\r\n\r\n${body}`
  );
}
