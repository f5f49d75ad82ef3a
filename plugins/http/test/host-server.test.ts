import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEngine, definePlugin, type Engine } from '@sluice/core';
import { httpOn, httpService } from '../src/index.js';
import { exchange } from './harness.js';

const WEBSOCKET = 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';
const H2C = 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n';
const get = (path: string, headers = 'Connection: close\r\n') => `GET ${path} HTTP/1.1\r\nHost: a\r\n${headers}\r\n`;

/** Streams as text that goes on, over HTTP and WebSocket; a page below the base path and one at the root. */
const output = definePlugin({
  name: 'output',
  version: '1.0.0',
  requires: [httpService],
  setup(ctx) {
    const http = ctx.use(httpService);
    http.register((app) => void app.get('/page', () => 'sluice'));
    http.register((app) => void app.get('/rooted', () => 'sluice'), { root: true });
    http.stream({ suffix: 'txt' }, (stream, request, reply) => {
      const { socket } = http.hijack(request, reply);
      socket.write(`HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n${stream.path}`);
    });
    http.streamUpgrade({ suffix: 'txt' }, (stream, _request, { socket }) => void socket.write(`HTTP/1.1 101 Switching Protocols\r\n\r\n${stream.path}`));
  },
});

let folder: string;
let host: Server;
const engines: Engine[] = [];

async function attach(basePath: string, on = host): Promise<Engine> {
  const engine = await createEngine({ plugins: [output, httpOn(on)], config: { engine: { data: folder }, http: { basePath } } });
  engines.push(engine);
  await engine.start();
  return engine;
}

const port = () => (host.address() as AddressInfo).port;
const text = async (path: string) => (await fetch(`http://127.0.0.1:${port()}${path}`)).text();
/** Opens a connection, asks, and answers what has come when `until` is in it, and how the connection ends. */
async function ask(bytes: string, until: string): Promise<{ closed: Promise<void> }> {
  const socket = connect(port(), '127.0.0.1', () => socket.write(bytes));
  const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()));
  let all = '';
  await new Promise<void>((resolve, reject) => {
    socket.on('data', (chunk) => {
      all += chunk.toString();
      if (all.includes(until)) resolve();
    });
    socket.on('close', () => reject(new Error(`closed after: ${all}`)));
  });
  return { closed };
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-host-'));
  host = createServer((request, response) => response.end(`host ${request.url}`));
  await new Promise<void>((resolve) => host.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  for (const engine of engines.splice(0)) await engine.stop();
  await new Promise<void>((resolve) => {
    host.close(() => resolve());
    host.closeAllConnections();
  });
  rmSync(folder, { recursive: true, force: true });
});

describe('http on the server of the program around it', () => {
  it('answers below its base path and leaves all else to the program', async () => {
    const engine = await attach('/media');
    expect(await text('/media/page')).toBe('sluice');
    expect(await text('/media/healthz')).toBe('{"status":"running"}');
    expect((await fetch(`http://127.0.0.1:${port()}/media/nothing`)).status).toBe(404);
    for (const path of ['/', '/healthz', '/rooted', '/mediation']) expect(await text(path)).toBe(`host ${path}`);
    expect(engine.addresses).toEqual([]);
  });

  it('without a base path takes only what it has an answer for', async () => {
    await attach('/');
    expect(await text('/page')).toBe('sluice');
    expect(await text('/other?x=1')).toBe('host /other?x=1');
  });

  it('has streams and WebSockets on the same port, which end with the engine and not with HTTP', async () => {
    const engine = await attach('/media');
    const stream = await ask(get('/media/live/a.txt'), 'live/a');
    const webSocket = await ask(get('/media/live/b.txt', WEBSOCKET), '101 Switching Protocols\r\n\r\nlive/b');
    await engine.stop();
    await Promise.all([stream.closed, webSocket.closed]);
    expect(await text('/media/page')).toBe('host /media/page');
    expect(host.listenerCount('upgrade')).toBe(0);
  });

  it("leaves the program's own upgrades alone", async () => {
    host.on('upgrade', (request, socket) => void socket.end(`HTTP/1.1 101 Switching Protocols\r\n\r\nhost ${request.url}`));
    await attach('/media');
    expect(await exchange(port(), get('/chat', WEBSOCKET))).toContain('host /chat');
  });

  it('goes before listeners that the program adds later', async () => {
    await attach('/media');
    host.on('request', (request) => void later.push(request.url));
    host.on('upgrade', (request, socket) => void socket.end(`HTTP/1.1 101 Switching Protocols\r\n\r\nhost ${request.url}`));
    const later: unknown[] = [];
    expect(await text('/media/page')).toBe('sluice');
    expect(await text('/page')).toBe('host /page');
    expect(later).toEqual(['/page']);
    expect(await exchange(port(), get('/chat', WEBSOCKET))).toContain('host /chat');
    await ask(get('/media/live/b.txt', WEBSOCKET), '101 Switching Protocols\r\n\r\nlive/b');
  });

  it('answers requests that offer another protocol as if they did not (RFC 9110 7.8)', async () => {
    await attach('/media');
    expect(await exchange(port(), get('/page', H2C))).toMatch(/^HTTP\/1.1 200 OK.*host \/page/s);
    expect(await exchange(port(), get('/media/page', H2C))).toMatch(/^HTTP\/1.1 200 OK.*sluice/s);
    expect(await exchange(port(), `POST /page HTTP/1.1\r\nHost: a\r\n${H2C}Content-Length: 2\r\n\r\nhi`)).toMatch(/^HTTP\/1.1 501 .*ERR_HTTP_UPGRADE/s);
  });

  it('lets several engines share a server and leave it in any order', async () => {
    const first = await attach('/one');
    const second = await attach('/two');
    expect([await text('/one/page'), await text('/two/page')]).toEqual(['sluice', 'sluice']);
    expect(await exchange(port(), get('/page', H2C))).toMatch(/^HTTP\/1.1 200 OK.*host \/page/s);
    await ask(get('/one/live/a.txt', WEBSOCKET), 'live/a');
    await first.stop();
    expect([await text('/one/page'), await text('/two/page')]).toEqual(['host /one/page', 'sluice']);
    await second.stop();
    expect([await text('/one/page'), await text('/two/page')]).toEqual(['host /one/page', 'host /two/page']);
  });
});
