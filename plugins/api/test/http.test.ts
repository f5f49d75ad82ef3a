import { definePlugin } from '@sluice/core';
import { startTestEngine, type TestEngine, testFrame, testVideoTrack } from '@sluice/core/testing';
import { z } from 'zod';
import api from '../src/index.js';
import { apiAccess, idParams } from '../src/service.js';

const ORIGIN = 'https://console.example';
let engine: TestEngine;
const start = async (config: object = {}): Promise<void> => {
  engine = await startTestEngine({ plugins: [api], config: { http: { port: 0 }, api: { key: 'admin-key', ...config } } });
};
afterEach(() => engine.dispose());

function ask(path: string, init: RequestInit = {}, key = 'admin-key'): Promise<Response> {
  const port = engine.addresses.find(({ name }) => name === 'http')?.port;
  return fetch(`http://127.0.0.1:${port}/api/v1${path}`, { ...init, headers: { authorization: `Bearer ${key}`, ...init.headers } });
}
const send = (method: string, path: string, body: string, type = 'application/json') => ask(path, { method, body, headers: { 'content-type': type } });
const codeOf = async (answer: Promise<Response>): Promise<unknown> => [
  (await answer).status,
  ((await (await answer).json()) as { error: { code: string } }).error.code,
];

describe('what is asked wrong', () => {
  beforeEach(() => start());

  it.each(['/server?x=1', '/streams/live/a?x=1', '/streams/live/a/snapshot.jpg?x=1', '/streams/a/snapshot.jpg?x=1', '/sessions?x=1', '/gb28181/devices?x=1'])(
    'GET %s: unknown fields are refused',
    async (path) => {
      expect(await codeOf(ask(path))).toEqual([400, 'ERR_VALIDATION']);
    },
  );

  it.each([
    ['DELETE', '/streams/live/a'],
    ['POST', '/gb28181/channels/1/stop'],
    ['POST', '/gb28181/playbacks/1/pause'],
    ['POST', '/plugins/none/stop'],
  ])('%s %s takes no body, but an empty one', async (method, path) => {
    expect(await codeOf(send(method, path, '{"x":1}'))).toEqual([400, 'ERR_VALIDATION']);
    for (const body of ['', '{}', 'null']) expect((await send(method, path, body)).status).toBe(404);
    expect((await send(method, path, '', 'application/x-www-form-urlencoded')).status).toBe(404);
  });

  it('says what is not there, or not done so, before it looks at a body', async () => {
    expect(await codeOf(send('POST', '/nothing', '<', 'text/xml'))).toEqual([404, 'ERR_NOT_FOUND']);
    expect(await codeOf(send('PUT', '/server', '<', 'text/xml'))).toEqual([405, 'ERR_HTTP_METHOD']);
    expect(await codeOf(send('POST', '/pulls', '{}', 'text/plain'))).toEqual([415, 'ERR_HTTP_MEDIA_TYPE']);
    expect(await codeOf(send('POST', '/pulls', '{'))).toEqual([400, 'ERR_HTTP_JSON']);
    expect(await codeOf(send('POST', '/pulls', ' '.repeat(2 * 1024 * 1024)))).toEqual([413, 'ERR_HTTP_BODY_TOO_LARGE']);
    expect((await ask('/server', { method: 'PUT' })).headers.get('allow')).toBe('GET, HEAD, OPTIONS');
  });

  it('a cursor that is none is refused', async () => {
    for (const cursor of ['x', 'AAAA', 'PmE=', ' ', 'P'.repeat(9000)]) {
      expect(await codeOf(ask(`/streams?cursor=${encodeURIComponent(cursor)}`))).toEqual([400, 'ERR_VALIDATION']);
    }
  });
});

it('pages show each stream once, and all that stay, while others come and go', async () => {
  await start();
  const track = testVideoTrack();
  const publish = async (path: string) => {
    const publisher = await engine.publish(path, { tracks: [track], expects: ['video'], trusted: true });
    publisher.write(testFrame(track, 0));
    return publisher;
  };
  const publishers = new Map<string, Awaited<ReturnType<typeof publish>>>();
  for (const name of 'bdfhj') publishers.set(name, await publish(`live/${name}`));
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const page = (await (await ask(`/streams?limit=2${cursor === undefined ? '' : `&cursor=${cursor}`}`)).json()) as {
      items: { path: string }[];
      next?: string;
    };
    seen.push(...page.items.map(({ path }) => path));
    if (cursor === undefined) {
      await publishers.get('d')?.close({ code: 'ended' }); // the last one shown
      await publishers.get('f')?.close({ code: 'ended' }); // the next one
      for (const name of 'aci') await publish(`live/${name}`);
    }
    cursor = page.next;
  } while (cursor !== undefined);
  expect(seen).toEqual([...new Set(seen)]);
  for (const name of 'bhj') expect(seen).toContain(`live/${name}`);
  expect(seen).toContain('live/i');
  expect(seen).not.toContain('live/a');
});

describe('heads of answers', () => {
  beforeEach(() => start());

  it('openapi.json is not sent again to who has it', async () => {
    const first = await ask('/openapi.json', {}, 'nobody');
    const tag = first.headers.get('etag') ?? '';
    expect([first.status, first.headers.get('cache-control')]).toEqual([200, 'no-cache']);
    expect(tag).toMatch(/^"[\w-]+"$/);
    for (const given of [tag, `W/${tag}`, `"other", ${tag}`, '*']) {
      const again = await ask('/openapi.json', { headers: { 'if-none-match': given } });
      expect([again.status, await again.text(), again.headers.get('etag')]).toEqual([304, '', tag]);
    }
    expect((await ask('/openapi.json', { headers: { 'if-none-match': '"other"' } })).status).toBe(200);
  });

  it('answers are for programs: not kept, not guessed at, not framed', async () => {
    const { headers } = await ask('/server');
    expect(Object.fromEntries(headers)).toMatchObject({
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    });
  });

  it('HEAD has the same head', async () => {
    const get = await ask('/server');
    const head = await ask('/server', { method: 'HEAD' });
    expect([head.status, await head.text(), head.headers.get('content-type')]).toEqual([200, '', get.headers.get('content-type')]);
  });
});

describe('pages of other origins', () => {
  const preflight = {
    method: 'OPTIONS',
    headers: { origin: ORIGIN, 'access-control-request-method': 'DELETE', 'access-control-request-headers': 'authorization' },
  };

  it('may not ask by default, and a question ahead needs a key as all else', async () => {
    await start();
    expect((await ask('/server', { headers: { origin: ORIGIN } })).headers.get('access-control-allow-origin')).toBeNull();
    expect((await ask('/streams/live/a', preflight, 'wrong')).status).toBe(401);
  });

  it('may where the config says so, with a key', async () => {
    await start({ origins: [ORIGIN] });
    const ahead = await ask('/streams/live/a', preflight, 'none');
    expect(ahead.status).toBe(204);
    expect(ahead.headers.get('access-control-allow-origin')).toBe(ORIGIN);
    expect(ahead.headers.get('access-control-allow-methods')).toContain('DELETE');
    expect(ahead.headers.get('access-control-allow-headers')).toContain('authorization');
    for (const [key, status] of [
      ['admin-key', 200],
      ['wrong', 401],
    ] as const) {
      const answer = await ask('/server', { headers: { origin: ORIGIN } }, key);
      expect([answer.status, answer.headers.get('access-control-allow-origin'), answer.headers.get('vary')]).toEqual([status, ORIGIN, 'Origin']);
    }
    const leave = new AbortController();
    const events = await ask('/events', { headers: { origin: ORIGIN }, signal: leave.signal });
    expect(events.headers.get('access-control-allow-origin')).toBe(ORIGIN);
    leave.abort();
    expect((await ask('/server', { headers: { origin: 'https://other.example' } })).headers.get('access-control-allow-origin')).toBeNull();
    expect((await ask('/streams/live/a', { method: 'OPTIONS', headers: { ...preflight.headers, origin: 'https://other.example' } }, 'none')).status).toBe(401);
  });

  it('are origins, not addresses', async () => {
    await expect(
      startTestEngine({ plugins: [api], config: { http: { port: 0 }, api: { key: 'admin-key', origins: ['https://a.example/'] } } }),
    ).rejects.toThrow(/origin/);
    await start();
  });
});

describe.each(['/', '/media/'])('/docs below %s', (basePath) => {
  it('has all its parts here, and asks nobody else', async () => {
    engine = await startTestEngine({ plugins: [api], config: { http: { port: 0, basePath }, api: { key: 'admin-key' } } });
    const port = engine.addresses.find(({ name }) => name === 'http')?.port;
    for (const page of ['docs', 'docs/']) {
      const address = `http://127.0.0.1:${port}${basePath}${page}`;
      const answer = await fetch(address);
      const policy = answer.headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'self'");
      // Plain HTTP in a local network stays plain HTTP.
      expect(policy).not.toMatch(/https:|upgrade-insecure-requests/);
      const parts = [...(await answer.text()).matchAll(/(?:src|href)="([^"]+)"/g)].map(([, part = '']) => new URL(part, address).href);
      expect(parts.length).toBeGreaterThan(4);
      for (const part of parts) expect([part, (await fetch(part)).status]).toEqual([part, 200]);
    }
  });
});

it('routes of other plugins are in the document, however little they say of themselves', async () => {
  const mine = definePlugin({
    name: 'mine',
    version: '1.0.0',
    requires: [apiAccess],
    setup(ctx) {
      ctx.use(apiAccess).register((app) => {
        app.get('/bare', () => ({ ok: true }));
        app.get('/mine', { schema: { summary: 'Mine' } as object }, () => ({ ok: true }));
        const response = { 200: z.object({ name: z.string() }), 400: { description: 'odd', content: { 'text/plain': { schema: z.string() } } } };
        app.post(
          '/mine/:id',
          { config: { role: 'admin' }, schema: { body: z.strictObject({ name: z.string() }), params: idParams('7'), response } },
          (request) => request.body,
        );
      });
    },
  });
  engine = await startTestEngine({ plugins: [api, mine], config: { http: { port: 0 }, api: { key: 'admin-key' } } });
  expect(await (await ask('/bare?x=1')).json()).toEqual({ ok: true });
  expect((await ask('/mine?x=1')).status).toBe(400);
  expect(await (await send('POST', '/mine/7', '{"name":"a"}')).json()).toEqual({ name: 'a' });
  expect((await send('POST', '/mine/7', '{"name":"a","more":1}')).status).toBe(400);
  const { paths } = (await (await ask('/openapi.json')).json()) as { paths: Record<string, unknown> };
  expect(paths).toMatchObject({
    '/api/v1/bare': { get: {} },
    '/api/v1/mine': { get: { summary: 'Mine', security: [{ key: ['read'] }] } },
    '/api/v1/mine/{id}': { post: { security: [{ key: ['admin'] }], responses: { 200: {}, 400: {}, 401: {}, 415: {} } } },
  });
});

it('a connection is kept through whatever is asked', async () => {
  await start();
  const { Agent, request } = await import('node:http');
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const port = engine.addresses.find(({ name }) => name === 'http')?.port;
  const once = (method: string, path: string, body?: string) =>
    new Promise<number | undefined>((resolve, reject) => {
      const headers = { authorization: 'Bearer admin-key', ...(body === undefined ? {} : { 'content-type': 'text/xml' }) };
      const sent = request({ agent, port, method, path: `/api/v1${path}`, headers }, (answer) => {
        answer.resume().on('end', () => resolve(sent.socket?.localPort));
      });
      sent.on('error', reject).end(body);
    });
  const calls: [string, string, string?][] = [
    ['GET', '/server'],
    ['POST', '/nothing', '<a/>'],
    ['PUT', '/server', '<a/>'],
    ['POST', '/pulls', '<a/>'],
    ['DELETE', '/streams/live/a'],
    ['OPTIONS', '/server'],
    ['HEAD', '/openapi.json'],
  ];
  const ports = new Set<number | undefined>();
  for (const call of calls) ports.add(await once(...call));
  agent.destroy();
  expect(ports.size).toBe(1);
});
