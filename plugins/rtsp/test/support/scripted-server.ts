import { createSocket, type Socket as DatagramSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { findHeader } from '@sluice/plugin-wire-text';
import { type RtspRequest, serializeRtspRequest, serializeRtspResponse } from '../../src/proto/rtsp-message.js';
import { RtspReader } from '../../src/proto/rtsp-reader.js';

/** An answer; headers beside `CSeq`. */
export interface ScriptedAnswer {
  readonly status?: number;
  readonly headers?: readonly (readonly [string, string])[];
  readonly body?: string;
}

/** A connection of a client. */
export interface ScriptedConnection {
  readonly requests: RtspRequest[];
  /** Channels of the interleaved frames that came. */
  readonly channels: number[];
  readonly socket: Socket;
  /** Sends bytes. */
  send(bytes: Buffer): void;
  /** Asks the client for something. */
  ask(method: string, headers?: readonly (readonly [string, string])[]): void;
  /** Resolves when the client has read everything sent so far. */
  settled(): Promise<void>;
}

/** What a server says to a request; nothing for no answer. */
export type Script = (request: RtspRequest, connection: ScriptedConnection) => ScriptedAnswer | undefined;

/** A server that says what a test wants it to. */
export interface ScriptedServer {
  readonly port: number;
  readonly connections: ScriptedConnection[];
  /** Methods of all requests, in order. */
  readonly methods: string[];
  /** Resolves when the `count`-th request of a method came. */
  asked(method: string, count?: number): Promise<RtspRequest>;
  /** Resolves when a frame came on a channel. */
  framed(channel: number): Promise<void>;
  close(): Promise<void>;
}

export async function startScripted(script: Script): Promise<ScriptedServer> {
  const connections: ScriptedConnection[] = [];
  const requests: RtspRequest[] = [];
  const waiting = new Set<() => void>();
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    const answered: (() => void)[] = [];
    const connection: ScriptedConnection = {
      requests: [],
      channels: [],
      socket,
      send: (bytes) => void socket.write(bytes),
      ask: (method, headers = []) => void socket.write(serializeRtspRequest({ method, uri: '*', headers: [['cseq', '1'], ...headers] })),
      settled: () =>
        new Promise((resolve) => {
          answered.push(resolve);
          connection.ask('OPTIONS');
        }),
    };
    connections.push(connection);
    const reader = new RtspReader({
      message: (message) => {
        if (message.kind !== 'request') {
          answered.shift()?.();
          return;
        }
        connection.requests.push(message);
        requests.push(message);
        const answer = script(message, connection);
        if (answer !== undefined) {
          const { status = 200, headers = [], body = '' } = answer;
          socket.write(serializeRtspResponse({ status, headers: [['cseq', findHeader(message.headers, 'cseq') ?? ''], ...headers], body: Buffer.from(body) }));
        }
        for (const look of [...waiting]) look();
      },
      interleaved: (channel) => {
        connection.channels.push(channel);
        for (const look of [...waiting]) look();
      },
    });
    socket.on('data', (bytes) => reader.push(bytes));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const when = <T>(find: () => T | undefined): Promise<T> =>
    new Promise((resolve) => {
      const look = (): void => {
        const found = find();
        if (found === undefined) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
    });
  return {
    port: (server.address() as AddressInfo).port,
    connections,
    get methods() {
      return requests.map(({ method }) => method);
    },
    asked: (method, count = 1) => when(() => requests.filter((request) => request.method === method)[count - 1]),
    framed: async (channel) => void (await when(() => connections.find(({ channels }) => channels.includes(channel)))),
    close: async () => {
      for (const { socket } of connections) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A session description with one G.711 track: every packet of it is a frame. */
export const G711_SDP = 'v=0\r\ns=x\r\nm=audio 0 RTP/AVP 8\r\na=control:track\r\n';

/** The n-th packet of that track. */
export function g711Packet(n: number): Buffer {
  const packet = Buffer.alloc(12 + 160, 0xd5);
  packet.writeUInt32BE(0x80080000 + n, 0);
  packet.writeUInt32BE(160 * n, 4);
  packet.writeUInt32BE(0x5106, 8);
  return packet;
}

/** An interleaved frame. */
export function interleaved(channel: number, payload: Buffer): Buffer {
  const head = Buffer.from([0x24, channel, 0, 0]);
  head.writeUInt16BE(payload.length, 2);
  return Buffer.concat([head, payload]);
}

/** A script that plays G.711 over TCP on channel 0, from the answer to PLAY on. */
export const playsG711: Script = ({ method, headers }, connection) => {
  switch (method) {
    case 'DESCRIBE':
      return { headers: [['content-type', 'application/sdp']], body: G711_SDP };
    case 'SETUP':
      return {
        headers: [
          ['session', '7;timeout=2'],
          ['transport', findHeader(headers, 'transport') ?? ''],
        ],
      };
    case 'PLAY':
      // Before the answer, as some do.
      for (let n = 0; n < 5; n++) connection.send(interleaved(0, g711Packet(n)));
      return {};
    default:
      return {};
  }
};

/** A UDP socket on a port of its own. */
export async function datagramSocket(): Promise<DatagramSocket> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return socket;
}
