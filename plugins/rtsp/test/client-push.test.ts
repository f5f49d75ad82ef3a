import { once } from 'node:events';
import { closeReason, type Link, type LinkOptions, type SluiceError } from '@sluice/core';
import { startTestEngine, type TestEngine } from '@sluice/core/testing';
import { findHeader } from '@sluice/plugin-wire-text';
import rtsp from '../src/index.js';
import { parseSdp } from '../src/proto/sdp.js';
import { rtspClientService } from '../src/service.js';
import { datagramSocket, g711Packet, interleaved, playsG711, type Script, type ScriptedServer, startScripted } from './support/scripted-server.js';

const PATH = 'live/pushed';

let engine: TestEngine;
let source: ScriptedServer;
const servers: ScriptedServer[] = [];

beforeEach(async () => {
  engine = await startTestEngine({ plugins: [rtsp], config: { rtsp: { port: 0, udpPort: 0 } } });
  source = await serve(playsG711);
  const live = engine.reported(({ type }) => type === 'stream.tracks');
  open('pull', source);
  await live;
});
afterEach(async () => {
  await engine.dispose();
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function serve(script: Script): Promise<ScriptedServer> {
  const server = await startScripted(script);
  servers.push(server);
  return server;
}

function open(kind: 'pull' | 'push', { port }: ScriptedServer, options: Partial<LinkOptions> = {}) {
  let onLive = (): void => {};
  let onEnd = (_error?: SluiceError): void => {};
  const live = new Promise<void>((resolve) => {
    onLive = resolve;
  });
  const ended = new Promise<SluiceError | undefined>((resolve) => {
    onEnd = resolve;
  });
  const all: LinkOptions = { path: PATH, url: `rtsp://127.0.0.1:${port}/live/b`, transport: 'tcp', timeoutMs: 10_000, ...options, onLive, onEnd };
  const link: Link = engine.service(rtspClientService)[kind](all);
  return { link, live, ended };
}

/** Takes whatever is announced, on channels 4 and 5. */
const records: Script = ({ method }) => {
  if (method === 'SETUP')
    return {
      headers: [
        ['session', '9'],
        ['transport', 'RTP/AVP/TCP;unicast;interleaved=4-5;mode=record'],
      ],
    };
  return {};
};

it('announces a stream, and sends it on the channels that the server gave', async () => {
  const server = await serve(records);
  const { link, live, ended } = open('push', server, { query: { key: 'x' } });
  await live;
  const announce = await server.asked('ANNOUNCE');
  expect(announce.uri).toBe(`rtsp://127.0.0.1:${server.port}/live/b?key=x`);
  expect(findHeader(announce.headers, 'content-type')).toBe('application/sdp');
  expect(parseSdp(announce.body.toString())).toMatchObject({ control: '*', media: [{ kind: 'audio', control: 'trackID=1', formats: [{ payloadType: 8 }] }] });
  const setup = await server.asked('SETUP');
  expect(setup.uri).toBe(`${announce.uri}/trackID=1`);
  expect(findHeader(setup.headers, 'transport')).toBe('RTP/AVP/TCP;unicast;interleaved=0-1;mode=record');
  for (let n = 5; n < 10; n++) source.connections[0]?.send(interleaved(0, g711Packet(n)));
  await server.framed(4);
  expect(link.bytes).toBeGreaterThan(172);
  link.close();
  expect(await ended).toBeUndefined();
  expect(findHeader((await server.asked('TEARDOWN')).headers, 'session')).toBe('9');
});

it('goes by UDP where that is asked for, and gives the ports back', async () => {
  const socket = await datagramSocket();
  const { port } = socket.address();
  const server = await serve(({ method, headers }) => {
    if (method !== 'SETUP') return {};
    const offered = (findHeader(headers, 'transport') ?? '').replace(';mode=record', '');
    return {
      headers: [
        ['session', '9'],
        ['transport', `${offered};server_port=${port}-${port + 1};mode=record`],
      ],
    };
  });
  const { link, live, ended } = open('push', server, { transport: 'udp' });
  await live;
  const datagram = once(socket, 'message') as Promise<[Buffer, { port: number }]>;
  source.connections[0]?.send(interleaved(0, g711Packet(5)));
  const [packet, from] = await datagram;
  expect(packet).toHaveLength(g711Packet(5).length);
  expect(findHeader((await server.asked('SETUP')).headers, 'transport')).toBe(`RTP/AVP;unicast;client_port=${from.port}-${from.port + 1};mode=record`);
  expect(link.bytes).toBeGreaterThan(172);
  link.close();
  await ended;
  await new Promise(setImmediate);
  expect(engine.addresses.filter(({ name }) => name.startsWith('push'))).toEqual([]);
  socket.close();
});

it('goes where the server leads', async () => {
  const second = await serve(records);
  const first = await serve(({ method }) => (method === 'ANNOUNCE' ? { status: 301, headers: [['location', `rtsp://127.0.0.1:${second.port}/live/c`]] } : {}));
  await open('push', first).live;
  expect((await second.asked('RECORD')).uri).toBe(`rtsp://127.0.0.1:${second.port}/live/c`);
});

it('ends with its stream', async () => {
  const server = await serve(records);
  const { live, ended } = open('push', server);
  await live;
  engine.streams.close(PATH, closeReason('kicked'));
  expect(await ended).toBeUndefined();
  await server.asked('TEARDOWN');
});

it.each([
  ['the server refuses it', (() => ({ status: 403 })) satisfies Script, {}, 'ERR_RTSP_REFUSED'],
  ['the server leads nowhere', (() => ({ status: 302, headers: [['location', '/live/c']] })) satisfies Script, {}, 'ERR_RTSP_URL'],
  ['the server ends it', ((_, { ask }) => void ask('TEARDOWN')) satisfies Script, {}, 'ERR_RTSP_CLOSED'],
  ['it is to go by UDP and the server says no port', records, { transport: 'udp' as const }, 'ERR_RTSP_TRANSPORT'],
])('fails where %s', async (_what, script, options, code) => {
  expect(await open('push', await serve(script), options).ended).toMatchObject({ code });
});

it('of a stream that is not there is over at once', async () => {
  const server = await serve(records);
  expect(await open('push', server, { path: 'live/none' }).ended).toBeUndefined();
  expect(server.connections).toHaveLength(0);
});
