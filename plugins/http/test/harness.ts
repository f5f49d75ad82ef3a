import { createServer, type Socket } from 'node:net';
import { type AcceptedConnection, type Listener, type PluginContext, type StreamInfo, systemClock } from '@sluice/core';
import { type HttpConfig, httpConfig } from '../src/config.js';
import { createHttpListener, type HttpListener } from '../src/net/http-listener.js';

/** An http listener on a plain TCP server in place of the engine's transport. */
export interface Harness {
  readonly listener: HttpListener;
  readonly engine: { state: 'starting' | 'running' | 'draining' | 'stopped' };
  readonly streams: StreamInfo[];
  readonly admitted: Set<Socket>;
  /** Kinds of errors counted. */
  readonly counted: readonly string[];
  /** Warnings. */
  readonly logged: readonly object[];
  readonly port: () => number;
  readonly url: (path: string) => string;
}

export function harness(config: Partial<Record<keyof HttpConfig, unknown>> = {}): Harness {
  const engine: Harness['engine'] = { state: 'running' };
  const streams: StreamInfo[] = [];
  const admitted = new Set<Socket>();
  const counted: string[] = [];
  const logged: object[] = [];
  let port = 0;
  const ctx = {
    name: 'http',
    log: { warn: (fields: object, message: string) => void logged.push({ ...fields, message }), info() {}, error() {}, debug() {} },
    engine,
    streams: { list: () => streams },
    clock: systemClock,
    count: (kind: string) => void counted.push(kind),
    transport: {
      listenTcp: (_options: unknown, onConnection: (connection: AcceptedConnection) => void) =>
        new Promise<Listener>((resolve) => {
          const server = createServer({ noDelay: true }, (socket) =>
            onConnection({
              socket,
              remote: `${socket.remoteAddress}:${socket.remotePort}`,
              admit: () => admitted.add(socket),
              read: (onBytes) => socket.on('data', onBytes),
            }),
          );
          server.listen(0, '127.0.0.1', () => {
            port = (server.address() as { port: number }).port;
            const close = () => new Promise<void>((done) => server.close(() => done()));
            resolve({ address: { name: 'http', plugin: 'http', protocol: 'tcp', host: '127.0.0.1', port, secure: false }, connections: 0, close });
          });
        }),
    },
  } as unknown as PluginContext;
  const listener = createHttpListener(ctx, httpConfig.parse({ port: 0, ...config }));
  return { listener, engine, streams, admitted, counted, logged, port: () => port, url: (path) => `http://127.0.0.1:${port}${path}` };
}

/** Sends bytes on a bare connection and answers all that comes until it closes. */
export async function exchange(port: number, bytes: string): Promise<string> {
  const { connect } = await import('node:net');
  return await new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
    });
    socket.on('close', () => resolve(text));
    socket.on('error', reject);
  });
}
