import { Buffer } from 'node:buffer';
import { createSocket, type Socket as DatagramSocket } from 'node:dgram';
import { once } from 'node:events';
import type { Frame } from '@sluice/core';
import { startTestEngine, type TestEngine } from '@sluice/core/testing';
import { g711a } from '@sluice/plugin-codec-g711';
import { parseRtp, serializeRtp } from '@sluice/plugin-format-rtp';
import type { HeaderList } from '@sluice/plugin-wire-text';
import rtsp from '../../src/index.js';
import { parseSdp } from '../../src/proto/sdp.js';
import { RawClient } from './raw-client.js';

/** Describes one track of G.711. */
export const SDP = 'v=0\r\no=- 0 0 IN IP4 0.0.0.0\r\ns=x\r\nt=0 0\r\nm=audio 0 RTP/AVP 8\r\na=control:streamid=0\r\n';
export const SDP_TYPE: HeaderList = [['content-type', 'application/sdp']];
export const tcp = (channels: string): HeaderList => [['transport', `RTP/AVP/TCP;unicast;interleaved=${channels}`]];
export const udp = (ports: string): HeaderList => [['transport', `RTP/AVP;unicast;client_port=${ports}`]];
export const url = (path: string) => `rtsp://127.0.0.1/${path}`;

export const rtpPacket = (sequence: number, payload = Buffer.alloc(160, sequence)) =>
  serializeRtp({ marker: false, payloadType: 8, sequence, timestamp: sequence * 160, ssrc: 7, payload });

const builder = g711a.createBuilder({ trackId: 1, clockRate: 8000 });
/** 20 ms of sound. */
export const sound = (index: number): Frame => {
  const frame = builder.build([Buffer.alloc(160, index)], index * 160, index * 160);
  if (frame === undefined) throw new Error('no frame');
  return frame;
};

/** The RTP packets that a client got. */
export const packetsOf = ({ frames }: RawClient) => frames.filter(({ channel }) => channel % 2 === 0).map(({ payload }) => parseRtp(payload));

/** Servers for the tests of one description, each ended with its test. A test calls `start` before anything else. */
export function startsServers() {
  let engine: TestEngine;
  const clients: RawClient[] = [];
  const sockets: DatagramSocket[] = [];

  const start = async (
    config: Record<string, unknown> = {},
    more: Parameters<typeof startTestEngine>[0] = {},
    settings: Record<string, unknown> = {},
  ): Promise<void> => {
    engine = await startTestEngine({
      ...more,
      plugins: [rtsp, ...(more.plugins ?? [])],
      config: { rtsp: { port: 0, udpPort: 0, ...config }, engine: settings },
    });
  };
  const portOf = (name: string): number => engine.addresses.find((address) => address.name === name)?.port ?? 0;
  const open = async (options?: { readonly secure: boolean }): Promise<RawClient> => {
    const client = await RawClient.open(portOf(options?.secure === true ? 'rtsps' : 'rtsp'), options);
    clients.push(client);
    return client;
  };
  const bind = async (): Promise<{ socket: DatagramSocket; port: number; received: Buffer[] }> => {
    const socket = createSocket('udp4');
    sockets.push(socket);
    const received: Buffer[] = [];
    socket.on('message', (bytes) => received.push(bytes));
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return { socket, port: socket.address().port, received };
  };
  /** A stream of sound, as any input makes it. */
  const publish = async (path: string) => {
    const publisher = await engine.publish(path, { receiveTimeoutSeconds: 0 });
    publisher.expect(['audio']);
    for (let i = 0; i < 3; i++) publisher.write(sound(i));
    return publisher;
  };
  /** A client that publishes sound over TCP. */
  const record = async (path: string): Promise<RawClient> => {
    const client = await open();
    expect((await client.ask('ANNOUNCE', url(path), SDP_TYPE, SDP)).status).toBe(200);
    expect((await client.ask('SETUP', `${url(path)}/streamid=0`, tcp('0-1'))).status).toBe(200);
    expect((await client.ask('RECORD', url(path))).status).toBe(200);
    return client;
  };

  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    for (const socket of sockets.splice(0)) socket.close();
    await engine.dispose();
  });

  async function play(path: string, channels: string): Promise<RawClient> {
    const client = await open();
    const described = await client.ask('DESCRIBE', url(path));
    const [media] = parseSdp(described.body).media;
    expect(described.header('content-base')).toBe(`${url(path.split('?')[0] ?? '')}/`);
    const setUp = await client.ask('SETUP', `${described.header('content-base')}${media?.control}`, tcp(channels));
    expect(setUp.header('transport')).toBe(`RTP/AVP/TCP;unicast;interleaved=${channels}`);
    const session = setUp.header('session') ?? '';
    expect(session).toMatch(/^[0-9a-f]{16};timeout=60$/);
    const played = await client.ask('PLAY', url(path), [['session', session.split(';')[0] ?? '']]);
    expect(played.status).toBe(200);
    return client;
  }

  return {
    get engine() {
      return engine;
    },
    bind,
    open,
    play,
    portOf,
    publish,
    record,
    start,
  };
}
