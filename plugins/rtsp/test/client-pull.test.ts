import type { Link, LinkOptions, SluiceError } from '@sluice/core';
import { FakeClock, startTestEngine, type TestEngine } from '@sluice/core/testing';
import { findHeader } from '@sluice/plugin-wire-text';
import rtsp from '../src/index.js';
import { parseTransport } from '../src/proto/transport-header.js';
import { rtspClientService } from '../src/service.js';
import { datagramSocket, G711_SDP, g711Packet, interleaved, playsG711, type Script, type ScriptedServer, startScripted } from './support/scripted-server.js';

const PATH = 'live/pulled';
const TIMEOUT_MS = 4000;

let clock: FakeClock;
let engine: TestEngine;
const servers: ScriptedServer[] = [];
const links: Link[] = [];

beforeEach(async () => {
  clock = new FakeClock();
  engine = await startTestEngine({ plugins: [rtsp], clock, config: { rtsp: { port: 0, udpPort: 0 } } });
});
afterEach(async () => {
  for (const link of links.splice(0)) link.close();
  await Promise.all(servers.splice(0).map((server) => server.close()));
  await engine.dispose();
});

async function serve(script: Script): Promise<ScriptedServer> {
  const server = await startScripted(script);
  servers.push(server);
  return server;
}

/** Pulls from a server, and tells how it went. */
function pull(url: string, options: Partial<LinkOptions> = {}) {
  let live = (): void => {};
  let over = (_error?: SluiceError): void => {};
  const onLive = new Promise<void>((resolve) => {
    live = resolve;
  });
  const onEnd = new Promise<SluiceError | undefined>((resolve) => {
    over = resolve;
  });
  const link = engine.service(rtspClientService).pull({ path: PATH, url, transport: 'tcp', timeoutMs: TIMEOUT_MS, ...options, onLive: live, onEnd: over });
  links.push(link);
  return { link, live: onLive, ended: onEnd };
}

const urlOf = ({ port }: ScriptedServer, userInfo = '', host = '127.0.0.1') => `rtsp://${userInfo}${host}:${port}/live/a`;

describe('a pull over TCP', () => {
  it('publishes what comes, and ends with TEARDOWN', async () => {
    const server = await serve(playsG711);
    const { link, live, ended } = pull(urlOf(server), { query: { owner: 'x' } });
    await live;
    expect(engine.streams.describe(PATH)).toMatchObject({
      state: 'live',
      publisher: { protocol: 'rtsp', query: { owner: 'x' } },
      tracks: [{ kind: 'audio', codec: 'g711a' }],
    });
    expect(link.bytes).toBeGreaterThan(5 * 172);
    link.close();
    link.close();
    expect(await ended).toBeUndefined();
    await server.asked('TEARDOWN');
    expect(server.methods).toEqual(['OPTIONS', 'DESCRIBE', 'SETUP', 'PLAY', 'TEARDOWN']);
  });

  it('shows that it lives, at half the time-out of the session', async () => {
    const server = await serve((request, connection) =>
      request.method === 'OPTIONS' ? { headers: [['public', 'GET_PARAMETER']] } : playsG711(request, connection),
    );
    await pull(urlOf(server)).live;
    await server.connections[0]?.settled();
    clock.advance(999);
    expect(server.methods).not.toContain('GET_PARAMETER');
    clock.advance(1);
    expect(findHeader((await server.asked('GET_PARAMETER')).headers, 'session')).toBe('7');
    clock.advance(1000);
    await server.asked('GET_PARAMETER', 2);
  });

  it.each([
    ['TEARDOWN', (server: ScriptedServer) => server.connections[0]?.ask('TEARDOWN'), 'ERR_RTSP_CLOSED'],
    ['closes', (server: ScriptedServer) => server.connections[0]?.socket.end(), 'ERR_RTSP_CLOSED'],
    ['talks nonsense', (server: ScriptedServer) => server.connections[0]?.send(Buffer.from('\0\0')), 'ERR_RTSP_FRAMING'],
    ['is silent', () => clock.advance(TIMEOUT_MS + 1000), 'ERR_PULL_SILENT'],
  ])('ends where the server does: %s', async (_what, end, code) => {
    const server = await serve(playsG711);
    const { live, ended } = pull(urlOf(server));
    await live;
    end(server);
    expect(await ended).toMatchObject({ code });
  });

  it.each([
    ['no answer', () => undefined, 'ERR_RTSP_TIMEOUT', 'before it answered OPTIONS'],
    ['no media', ({ method }) => (method === 'PLAY' ? {} : playsG711({ method, headers: [] } as never, {} as never)), 'ERR_RTSP_TIMEOUT', 'while it ran'],
    ['nothing that can be read', () => ({ body: G711_SDP.replace('AVP 8', 'AVP 18') }), 'ERR_RTSP_NO_TRACK', 'audio'],
    ['404', () => ({ status: 404 }), 'ERR_RTSP_REFUSED', 'DESCRIBE was answered by 404 Not Found'],
  ] satisfies [string, Script, string, string][])('fails where there is %s', async (_what, script, code, message) => {
    const server = await serve(script);
    const { ended } = pull(urlOf(server, 'user:secret@'));
    if (code === 'ERR_RTSP_TIMEOUT') {
      await server.asked(message.includes('ran') ? 'PLAY' : 'OPTIONS');
      await server.connections[0]?.settled();
      clock.advance(TIMEOUT_MS);
    }
    const error = await ended;
    expect(error).toMatchObject({ code, message: expect.stringContaining(message) });
    expect(String(error?.stack)).not.toContain('secret');
    expect(engine.streams.describe(PATH)).toBeUndefined();
  });

  it('waits for nobody once it is closed', async () => {
    const server = await serve(() => undefined);
    const { link, ended } = pull(urlOf(server));
    link.close();
    expect(await ended).toBeUndefined();
  });
});

describe('a redirect', () => {
  const guarded: Script = (request, connection) => {
    if (findHeader(request.headers, 'authorization') !== undefined) return playsG711(request, connection);
    return { status: 401, headers: [['www-authenticate', 'Basic realm="x"']] };
  };
  const leadsTo =
    (url: string, method = 'DESCRIBE'): Script =>
    (request) =>
      request.method === method ? { status: 302, headers: [['location', url]] } : {};

  it('is followed; user and password are told to the same host', async () => {
    const second = await serve(guarded);
    const first = await serve(leadsTo(urlOf(second)));
    await pull(urlOf(first, 'user:secret@')).live;
    expect(first.methods).toEqual(['OPTIONS', 'DESCRIBE']);
  });

  it('to another host gets no password', async () => {
    const second = await serve(guarded);
    const first = await serve(leadsTo(urlOf(second, '', 'localhost')));
    expect(await pull(urlOf(first, 'user:secret@')).ended).toMatchObject({ code: 'ERR_RTSP_AUTH' });
    expect(second.connections[0]?.requests.map(({ headers }) => findHeader(headers, 'authorization'))).toEqual([undefined]);
  });

  it('leads only to what is allowed', async () => {
    const first = await serve(leadsTo('rtsp://127.0.0.2/live/a'));
    const asked: string[] = [];
    const allow = (address: string) => {
      asked.push(address);
      return address === '127.0.0.1';
    };
    expect(await pull(urlOf(first), { allow }).ended).toMatchObject({ code: 'ERR_CONNECT_TARGET' });
    expect(asked).toEqual(['127.0.0.1', '127.0.0.2']);
  });

  it.each(['http://127.0.0.1/a', 'file:///etc/passwd', '/live/b'])('to %s is an end', async (url) => {
    const first = await serve(leadsTo(url));
    expect(await pull(urlOf(first)).ended).toMatchObject({ code: 'ERR_RTSP_URL' });
  });

  it('in a circle is an end', async () => {
    const first: ScriptedServer = await serve((request) => leadsTo(urlOf(first), 'OPTIONS')(request, {} as never));
    expect(await pull(urlOf(first)).ended).toMatchObject({ code: 'ERR_RTSP_REDIRECT' });
    expect(first.connections).toHaveLength(6);
  });

  it('of a stream that runs keeps its publisher, and time goes on', async () => {
    const playsOne: Script = (request, connection) => {
      if (request.method === 'PLAY') connection.send(interleaved(0, g711Packet(0)));
      return request.method === 'PLAY' ? {} : playsG711(request, connection);
    };
    const [first, second] = [await serve(playsOne), await serve(playsOne)];
    await pull(urlOf(first)).live;
    const { sessionId } = engine.streams.describe(PATH)?.publisher ?? {};
    const frames = (await engine.subscribe(PATH, { start: 'now' }))[Symbol.asyncIterator]();
    const next = g711Packet(1);
    // A tick later, so that it is not ahead of its time.
    next.writeUInt32BE(1, 4);
    first.connections[0]?.send(interleaved(0, next));
    const before = await frames.next();
    first.connections[0]?.ask('REDIRECT', [['location', urlOf(second)]]);
    const after = await frames.next();
    expect(after.value?.dts).toBeGreaterThan(before.value?.dts ?? Number.POSITIVE_INFINITY);
    expect(engine.streams.describe(PATH)?.publisher?.sessionId).toBe(sessionId);
    await first.asked('TEARDOWN');
  });
});

describe('a pull over UDP', () => {
  let socket: Awaited<ReturnType<typeof datagramSocket>>;
  beforeEach(async () => {
    socket = await datagramSocket();
  });
  afterEach(() => {
    socket.close();
  });

  /** Tells a port from which nothing comes; `sends`: packets come from another one. */
  function udpScript(sends: boolean): Script {
    let clientPort = 0;
    return (request, connection) => {
      const [spec] = parseTransport(findHeader(request.headers, 'transport') ?? '');
      if (request.method === 'SETUP') clientPort = spec?.clientPort?.[0] ?? 0;
      if (clientPort === 0) return playsG711(request, connection);
      if (request.method === 'SETUP')
        return {
          headers: [
            ['session', '7'],
            ['transport', `RTP/AVP;unicast;client_port=${clientPort}-${clientPort + 1};server_port=9-10`],
          ],
        };
      if (request.method !== 'PLAY') return playsG711(request, connection);
      if (sends) for (let n = 0; n < 5; n++) socket.send(g711Packet(n), clientPort, '127.0.0.1');
      return {};
    };
  }

  it('takes packets from a port that was not told', async () => {
    const server = await serve(udpScript(true));
    const { live, link } = pull(urlOf(server), { transport: 'udp' });
    await live;
    expect(link.bytes).toBeGreaterThan(172);
  });

  it('goes on by TCP where no packet came, and gives the ports back', async () => {
    const server = await serve(udpScript(false));
    const { live } = pull(urlOf(server), { transport: 'auto', timeoutMs: 60_000 });
    await server.asked('PLAY');
    await server.connections[0]?.settled();
    clock.advance(29_999);
    expect(server.methods).not.toContain('TEARDOWN');
    clock.advance(1);
    await live;
    expect(server.connections).toHaveLength(2);
    await server.asked('TEARDOWN');
    expect(engine.addresses.filter(({ name }) => name.startsWith('pull'))).toEqual([]);
  });

  it('fails where no packet came and nothing else is wanted', async () => {
    const server = await serve(udpScript(false));
    const { ended } = pull(urlOf(server), { transport: 'udp' });
    await server.asked('PLAY');
    clock.advance(TIMEOUT_MS);
    expect(await ended).toMatchObject({ code: 'ERR_RTSP_TIMEOUT' });
  });

  it('goes on by TCP where UDP is refused', async () => {
    const server = await serve((request, connection) => {
      const isUdp = findHeader(request.headers, 'transport')?.includes('client_port') === true;
      return isUdp ? { status: 461 } : playsG711(request, connection);
    });
    await pull(urlOf(server), { transport: 'auto' }).live;
    expect(server.connections).toHaveLength(2);
  });
});

it('reads frames on the channels that the server gave', async () => {
  const server = await serve((request, connection) => {
    if (request.method === 'SETUP')
      return {
        headers: [
          ['session', '7'],
          ['transport', 'RTP/AVP/TCP;unicast;interleaved=10-11'],
        ],
      };
    if (request.method !== 'PLAY') return playsG711(request, connection);
    connection.send(Buffer.concat([interleaved(0, g711Packet(0)), interleaved(10, g711Packet(1))]));
    return {};
  });
  await pull(urlOf(server)).live;
});
