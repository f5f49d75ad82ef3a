import { createHash } from 'node:crypto';
import { definePlugin, SluiceError, service } from '@sluice/core';
import { startTestEngine, type TestEngine, testFrame, testVideoTrack } from '@sluice/core/testing';
import relay from '@sluice/plugin-relay';
import api from '../src/index.js';

const KEYS = [
  { id: 'r', key: 'read-key', role: 'read' },
  { id: 'o', key: 'operate-key', role: 'operate' },
];
const asked: unknown[][] = [];
const fakeGb28181 = definePlugin({
  name: 'gb28181',
  version: '1.0.0',
  provides: [service('gb28181')],
  setup(ctx) {
    ctx.provide(service('gb28181'), {
      devices: () => [{ id: '2' }, { id: '1' }],
      channels: (id: string) => {
        throw new SluiceError('ERR_GB28181_DEVICE_UNKNOWN', `no device ${id}`, { status: 404 });
      },
      play: async (id: string, options: unknown) => ({ path: `gb/${id}`, state: 'live', options }),
      stop: async () => {},
      ptz: async (...args: unknown[]) => void asked.push(args),
      records: async (...args: unknown[]) => {
        asked.push(args);
        const record = (hour: number) => ({
          name: `${hour}`,
          start: `2022-05-01T0${hour}:00:00.000Z`,
          end: `2022-05-01T0${hour}:30:00.000Z`,
          type: 'time',
          secret: false,
        });
        return { items: [record(1), record(2), record(3)], expected: 4, complete: false };
      },
      playback: async (...args: unknown[]) => {
        asked.push(args);
        return { id: 'p', state: 'connecting' };
      },
      playbackInfo: (id: string) => {
        throw new SluiceError('ERR_GB28181_PLAYBACK_UNKNOWN', `no playback ${id}`, { status: 404 });
      },
      pausePlayback: async (id: string) => ({ id, state: 'paused' }),
      resumePlayback: async (id: string) => ({ id, state: 'playing' }),
      seekPlayback: async (id: string, positionSeconds: number) => ({ id, positionSeconds }),
      speedPlayback: async (id: string, speed: number) => ({ id, speed }),
      endPlayback: async () => {},
    });
  },
});

let engine: TestEngine;
async function start(plugins: Parameters<typeof startTestEngine>[0] = {}): Promise<void> {
  engine = await startTestEngine({
    plugins: [api],
    ...plugins,
    config: { http: { port: 0 }, ...(plugins.plugins?.includes(relay) === true ? { rtmp: { port: 0 } } : {}), api: { key: 'admin-key', keys: KEYS } },
  });
}
afterEach(() => engine.dispose());
const url = (path: string) => `http://127.0.0.1:${engine.addresses.find(({ name }) => name === 'http')?.port}${path}`;
async function call(method: string, path: string, key: string | undefined = 'admin-key', body?: unknown): Promise<{ status: number; body: never }> {
  const headers: Record<string, string> = key === '' ? {} : { authorization: `Bearer ${key}` };
  if (body !== undefined) headers['content-type'] = 'application/json';
  const answer = await fetch(url(`/api/v1${path}`), { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  const text = await answer.text();
  return { status: answer.status, body: (text === '' ? undefined : JSON.parse(text)) as never };
}
const track = testVideoTrack();
async function publish(path: string) {
  const publisher = await engine.publish(path, { tracks: [track], expects: ['video'], protocol: 'test', trusted: true, query: { token: 'T', x: '1' } });
  publisher.write(testFrame(track, 0));
  return publisher;
}

describe('access', () => {
  beforeEach(() => start());
  it.each([
    'GET /server',
    'GET /streams/live/none',
    'DELETE /streams/live/none',
    'GET /nothing',
    'POST /gb28181/channels/1/play',
    'GET /events',
    'OPTIONS /server',
  ])('%s: 401 without or with an unknown key, before anything else is looked at', async (line) => {
    const [method = '', path = ''] = line.split(' ');
    for (const key of ['', 'unknown', 'admin-key2'])
      expect(await call(method, path, key)).toMatchObject({ status: 401, body: { error: { code: 'ERR_UNAUTHORIZED' } } });
  });
  it('lets roles do what they may', async () => {
    await publish('live/a');
    expect((await call('GET', '/streams', 'read-key')).status).toBe(200);
    expect((await call('DELETE', '/streams/live/a', 'read-key')).status).toBe(403);
    expect((await call('DELETE', '/streams/live/none', 'read-key')).status).toBe(403);
    expect((await call('DELETE', '/streams/live/a', 'operate-key')).status).toBe(204);
  });
  it('needs no key for the document and the page', async () => {
    const answer = await fetch(url('/api/v1/openapi.json'));
    const document = (await answer.json()) as { openapi: string; paths: Record<string, unknown> };
    expect(document.openapi).toBe('3.1.0');
    expect(Object.keys(document.paths)).toEqual(expect.arrayContaining(['/api/v1/streams/{path}', '/api/v1/server', '/api/v1/events']));
    expect(Object.keys(document.paths).some((path) => path.includes('*'))).toBe(false);
    const page = await fetch(url('/docs'));
    expect([page.status, page.headers.get('content-type')]).toEqual([200, expect.stringContaining('text/html')]);
  });
  it('sends the page with a policy that lets in its own scripts and the one style sheet within, and nothing else', async () => {
    const page = await fetch(url('/docs'));
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(/^default-src 'self'; .*object-src 'none'; .*frame-ancestors 'none'$/);
    expect(policy).not.toMatch(/script-src|unsafe-eval|\*|https?:|style-src [^;]*unsafe-inline/);
    // The page of a newer library has another style sheet, whose hash belongs into the policy.
    const script = /src="([^"]*standalone-preset\.js)"/.exec(await page.text())?.[1] ?? '';
    const styles = [...(await (await fetch(url(script))).text()).matchAll(/createElement\("style",null,"([^"]*)"\)/g)];
    expect(styles).toHaveLength(1);
    expect(policy).toContain(
      `'sha256-${createHash('sha256')
        .update(styles[0]?.[1] ?? '')
        .digest('base64')}'`,
    );
  });
  it('sends answers with a policy that lets in nothing', async () => {
    const { headers } = await fetch(url('/api/v1/openapi.json'));
    expect(headers.get('content-security-policy')).toBe("default-src 'none'; frame-ancestors 'none'");
  });
});

it('makes a key at the first start and keeps it', async () => {
  engine = await startTestEngine({ plugins: [api], config: { http: { port: 0 } } });
  const [secret] = engine.secrets;
  expect(secret).toMatchObject({ name: 'api-key', fresh: true });
  expect((await call('GET', '/server', secret?.value)).status).toBe(200);
});

describe('server, streams, sessions', () => {
  beforeEach(() => start());
  it('describes the server and its config without secrets', async () => {
    const { body: server } = await call('GET', '/server');
    expect(server).toMatchObject({
      version: expect.any(String),
      uptime: expect.any(Number),
      cpu: { percent: expect.any(Number) },
      memory: { rss: expect.any(Number) },
    });
    expect((server as { plugins: unknown }).plugins).toContainEqual({ name: 'api', version: '1.0.0', state: 'ready' });
    const { body: config } = await call('GET', '/config');
    expect(JSON.stringify(config)).not.toContain('admin-key');
    expect(JSON.stringify(config)).not.toContain('read-key');
    expect((config as { items: unknown[] }).items).toContainEqual({ key: 'http.port', value: 0, source: 'embedder' });
  });
  it('stops a plugin for an admin, unless others need it', async () => {
    await engine.dispose();
    const thing = definePlugin({ name: 'thing', version: '1.0.0', setup() {} });
    await start({ plugins: [api, thing] });
    expect((await call('POST', '/plugins/thing/stop', 'operate-key')).status).toBe(403);
    expect(await call('POST', '/plugins/none/stop')).toMatchObject({ status: 404, body: { error: { code: 'ERR_PLUGIN_UNKNOWN' } } });
    expect(await call('POST', '/plugins/http/stop')).toMatchObject({ status: 409, body: { error: { code: 'ERR_PLUGIN_NEEDED' } } });
    expect((await call('POST', '/plugins/thing/stop')).status).toBe(204);
    expect(((await call('GET', '/server')).body as { plugins: unknown }).plugins).toContainEqual({ name: 'thing', version: '1.0.0', state: 'stopped' });
  });
  it('lists and shows streams, whose paths have slashes', async () => {
    for (const path of ['live/b', 'live/a', 'live/c/d']) await publish(path);
    const { body: first } = await call('GET', '/streams?limit=2');
    expect((first as { items: { path: string }[] }).items.map(({ path }) => path)).toEqual(['live/a', 'live/b']);
    const { body: rest } = await call('GET', `/streams?limit=2&cursor=${(first as { next: string }).next}`);
    expect(rest).toEqual({ items: [expect.objectContaining({ path: 'live/c/d' })] });
    for (const path of ['/streams/live/c/d', '/streams/live%2Fc%2Fd']) {
      expect((await call('GET', path)).body).toMatchObject({
        path: 'live/c/d',
        state: 'live',
        publisher: { protocol: 'test', query: { token: '***', x: '1' } },
      });
    }
    expect(await call('GET', '/streams/live/none')).toMatchObject({ status: 404, body: { error: { code: 'ERR_STREAM_NOT_FOUND' } } });
    expect(await call('GET', '/streams/live/a%20b')).toMatchObject({ status: 400, body: { error: { code: 'ERR_STREAM_PATH' } } });
    for (const list of ['/streams?limt=1', '/sessions?steam=a', '/events?typs=x']) expect((await call('GET', list)).status).toBe(400);
    expect(await call('GET', '/streams?limit=0')).toMatchObject({ status: 400, body: { error: { code: 'ERR_VALIDATION' } } });
  });
  it('lists and ends sessions', async () => {
    const publisher = await publish('live/a');
    await publish('live/b');
    const { body } = await call('GET', '/sessions?stream=live/a');
    expect(body).toEqual({
      items: [expect.objectContaining({ id: publisher.sessionId, kind: 'publisher', stream: 'live/a', query: { token: '***', x: '1' } })],
    });
    expect((await call('DELETE', `/sessions/${publisher.sessionId}`)).status).toBe(204);
    expect(publisher.closed).toBe(true);
    expect((await call('DELETE', `/sessions/${publisher.sessionId}`)).status).toBe(404);
  });
  it('says 404 where a call does not exist', async () => {
    expect(await call('GET', '/nothing')).toMatchObject({ status: 404, body: { error: { code: 'ERR_NOT_FOUND' } } });
    expect((await call('PUT', '/server')).status).toBe(405);
  });
});

describe('pushes', () => {
  it('are not available without the plugin', async () => {
    await start();
    expect(await call('GET', '/pushes')).toMatchObject({ status: 404, body: { error: { code: 'ERR_NOT_AVAILABLE' } } });
  });

  it('are made, listed, shown and ended; targets are checked', async () => {
    await start({ plugins: [api, relay] });
    const create = (body: unknown, key?: string) => call('POST', '/pushes', key, body);
    const wanted = { path: 'live/a', url: 'rtmp://10.0.0.1/live/a?token=T&x=1' };
    const { status, body } = await create(wanted, 'operate-key');
    expect({ status, body }).toMatchObject({
      status: 201,
      body: {
        id: expect.any(String),
        path: 'live/a',
        url: 'rtmp://10.0.0.1/live/a?token=***&x=1',
        state: 'idle',
        attempt: 0,
        bytes: 0,
        since: expect.any(String),
      },
    });
    const { id } = body as { id: string };
    expect((await call('GET', '/pushes', 'read-key')).body).toEqual({ items: [body] });
    expect((await call('GET', `/pushes/${id}`, 'read-key')).body).toEqual(body);
    expect(await create(wanted)).toMatchObject({ status: 409, body: { error: { code: 'ERR_RELAY_PUSH_EXISTS' } } });
    expect(await create(wanted, 'read-key')).toMatchObject({ status: 403 });
    expect(await create({ ...wanted, url: 'rtmp://127.0.0.1:9/live/a' })).toMatchObject({ status: 403, body: { error: { code: 'ERR_RELAY_TARGET' } } });
    for (const wrong of [
      { path: 'live/a' },
      { ...wanted, path: '/../x' },
      { ...wanted, url: 'file:///etc/passwd' },
      { ...wanted, more: 1 },
      { ...wanted, retries: -1 },
    ])
      expect(await create(wrong)).toMatchObject({ status: 400 });
    expect((await call('DELETE', `/pushes/${id}`, 'operate-key')).status).toBe(204);
    expect(await call('DELETE', `/pushes/${id}`)).toMatchObject({ status: 404, body: { error: { code: 'ERR_RELAY_PUSH_UNKNOWN' } } });
    expect((await call('GET', '/pushes')).body).toEqual({ items: [] });
  });
});

describe('pulls', () => {
  it('are not available without the plugin', async () => {
    await start();
    expect(await call('GET', '/pulls')).toMatchObject({ status: 404, body: { error: { code: 'ERR_NOT_AVAILABLE' } } });
  });

  it('are made, listed page by page, shown and ended; sources are checked', async () => {
    await start({ plugins: [api, relay] });
    const create = (body: unknown, key?: string) => call('POST', '/pulls', key, body);
    const wanted = { path: 'live/a', url: 'rtmp://10.0.0.1/live/a?token=T&x=1', retries: 2, retryIntervalMs: 100, idleSeconds: 30, transport: 'tcp' };
    const { status, body } = await create(wanted, 'operate-key');
    const shown = {
      id: expect.any(String),
      path: 'live/a',
      url: 'rtmp://10.0.0.1/live/a?token=***&x=1',
      origin: 'api',
      via: 'rtmp',
      state: 'connecting',
      attempt: 1,
    };
    expect({ status, body }).toMatchObject({ status: 201, body: shown });
    const { id } = body as { id: string };
    await create({ ...wanted, path: 'live/b' });
    const first = (await call('GET', '/pulls?limit=1', 'read-key')).body as { items: { path: string }[]; next: string };
    const second = (await call('GET', `/pulls?limit=1&cursor=${first.next}`, 'read-key')).body as typeof first;
    expect([...first.items, ...second.items].map(({ path }) => path).sort()).toEqual(['live/a', 'live/b']);
    expect((await call('GET', `/pulls/${id}`, 'read-key')).body).toMatchObject({ id, path: 'live/a' });
    expect(await create(wanted)).toMatchObject({ status: 409, body: { error: { code: 'ERR_RELAY_PULL_EXISTS' } } });
    expect(await create(wanted, 'read-key')).toMatchObject({ status: 403 });
    expect(await create({ ...wanted, path: 'live/c', url: 'rtmp://127.0.0.1:9/live/a' })).toMatchObject({
      status: 403,
      body: { error: { code: 'ERR_RELAY_TARGET' } },
    });
    for (const wrong of [
      { path: 'live/c' },
      { ...wanted, path: '/../x' },
      { ...wanted, url: 'file:///etc/passwd' },
      { ...wanted, more: 1 },
      { ...wanted, transport: 'x' },
    ])
      expect(await create(wrong)).toMatchObject({ status: 400 });
    expect((await call('DELETE', `/pulls/${id}`, 'operate-key')).status).toBe(204);
    expect(await call('DELETE', `/pulls/${id}`)).toMatchObject({ status: 404, body: { error: { code: 'ERR_RELAY_PULL_UNKNOWN' } } });
  });
});

describe('gb28181', () => {
  it('is not available without its plugin', async () => {
    await start();
    expect(await call('GET', '/gb28181/devices')).toMatchObject({ status: 404, body: { error: { code: 'ERR_NOT_AVAILABLE' } } });
  });
  it('goes to its plugin', async () => {
    await start({ plugins: [api, fakeGb28181] });
    expect((await call('GET', '/gb28181/devices')).body).toEqual({ items: [{ id: '1' }, { id: '2' }] });
    expect(await call('GET', '/gb28181/devices/9/channels')).toMatchObject({ status: 404, body: { error: { code: 'ERR_GB28181_DEVICE_UNKNOWN' } } });
    const play = (body?: unknown) => call('POST', '/gb28181/channels/3/play?device=2', 'operate-key', body);
    expect((await play()).body).toEqual({ path: 'gb/3', state: 'live', options: { device: '2' } });
    expect((await play({ transport: 'tcp-active' })).body).toMatchObject({ options: { device: '2', transport: 'tcp-active' } });
    expect((await play({ transport: 'udp', port: 'range', stream: 1 })).body).toMatchObject({ options: { device: '2', port: 'range', stream: 1 } });
    expect(await play({ unknown: 1 })).toMatchObject({ status: 400, body: { error: { code: 'ERR_VALIDATION' } } });
    expect((await call('POST', '/gb28181/channels/3/stop', 'operate-key')).status).toBe(204);
  });
  it('moves cameras', async () => {
    await start({ plugins: [api, fakeGb28181] });
    asked.length = 0;
    expect((await call('POST', '/gb28181/channels/3/ptz?device=2', 'operate-key', { pan: 1, tilt: -0.5, zoom: 0 })).status).toBe(204);
    expect((await call('POST', '/gb28181/channels/3/ptz', 'operate-key', { pan: 0 })).status).toBe(204);
    expect(asked).toEqual([
      ['3', { pan: 1, tilt: -0.5, zoom: 0 }, { device: '2' }],
      ['3', { pan: 0, tilt: 0, zoom: 0 }, {}],
    ]);
    for (const body of [{ pan: 2 }, { pan: '1' }, { pan: 1, roll: 1 }])
      expect(await call('POST', '/gb28181/channels/3/ptz', 'operate-key', body)).toMatchObject({ status: 400 });
    expect(await call('POST', '/gb28181/channels/3/ptz', 'read-key', { pan: 0 })).toMatchObject({ status: 403 });
  });
  it('lists recordings in pages', async () => {
    await start({ plugins: [api, fakeGb28181] });
    asked.length = 0;
    const period = 'start=2022-05-01T00:00:00Z&end=2022-05-02T08:00:00%2B08:00';
    const first = await call('GET', `/gb28181/channels/3/records?${period}&device=2&limit=2`, 'read-key');
    expect(first).toMatchObject({ status: 200, body: { items: [{ name: '1' }, { name: '2' }], expected: 4, complete: false } });
    expect(asked).toEqual([['3', { start: '2022-05-01T00:00:00Z', end: '2022-05-02T08:00:00+08:00' }, { device: '2' }]]);
    const { next } = first.body as { next: string };
    expect((await call('GET', `/gb28181/channels/3/records?${period}&limit=2&cursor=${next}`)).body).toEqual({
      items: [expect.objectContaining({ name: '3' })],
      expected: 4,
      complete: false,
    });
    for (const query of ['', '?start=2022-05-01T00:00:00Z', '?start=2022-05-01&end=2022-05-02', '?start=2022-05-01T00:00:00&end=2022-05-02T00:00:00'])
      expect(await call('GET', `/gb28181/channels/3/records${query}`)).toMatchObject({ status: 400 });
  });
  it('plays recordings', async () => {
    await start({ plugins: [api, fakeGb28181] });
    asked.length = 0;
    const body = { start: '2022-05-01T00:00:00Z', end: '2022-05-01T01:00:00Z', speed: 2 };
    expect(await call('POST', '/gb28181/channels/3/playback?device=2', 'operate-key', body)).toMatchObject({
      status: 201,
      body: { id: 'p', state: 'connecting' },
    });
    expect(asked).toEqual([['3', { device: '2', ...body }]]);
    const order = (name: string, sent?: unknown) => call('POST', `/gb28181/playbacks/p/${name}`, 'operate-key', sent);
    expect(await order('pause')).toMatchObject({ status: 200, body: { id: 'p', state: 'paused' } });
    expect(await order('resume')).toMatchObject({ status: 200, body: { state: 'playing' } });
    expect(await order('seek', { positionSeconds: 12.5 })).toMatchObject({ status: 200, body: { positionSeconds: 12.5 } });
    expect(await order('speed', { speed: 0.5 })).toMatchObject({ status: 200, body: { speed: 0.5 } });
    for (const [name, sent] of [
      ['seek', {}],
      ['seek', { positionSeconds: -1 }],
      ['speed', { speed: 'fast' }],
      ['speed', { speed: 1, x: 1 }],
    ] as const)
      expect(await order(name, sent)).toMatchObject({ status: 400 });
    expect(await call('GET', '/gb28181/playbacks/p')).toMatchObject({ status: 404, body: { error: { code: 'ERR_GB28181_PLAYBACK_UNKNOWN' } } });
    expect((await call('DELETE', '/gb28181/playbacks/p', 'operate-key')).status).toBe(204);
    expect((await call('DELETE', '/gb28181/playbacks/p', 'read-key')).status).toBe(403);
  });
});

describe('events', () => {
  interface Client {
    next(): Promise<{ id?: string; event?: string; data?: unknown }>;
    close(): void;
  }
  async function listen(query: string, lastEventId?: string): Promise<Client> {
    const gone = new AbortController();
    const headers: Record<string, string> = { authorization: 'Bearer read-key', ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }) };
    const answer = await fetch(url(`/api/v1/events${query}`), { headers, signal: gone.signal });
    expect(answer.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    const reader = (answer.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream() as never).getReader() as ReadableStreamDefaultReader<string>;
    let text = '';
    const next: Client['next'] = async () => {
      for (;;) {
        const end = text.indexOf('\n\n');
        if (end < 0) {
          text += (await reader.read()).value ?? '';
          continue;
        }
        const block = text.slice(0, end);
        text = text.slice(end + 2);
        if (block.startsWith(':')) continue;
        const fields = Object.fromEntries(block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]));
        return { ...fields, data: JSON.parse(String(fields.data)) };
      }
    };
    return { next, close: () => gone.abort() };
  }
  it('come as they happen, filtered, and again after a break', async () => {
    await start();
    const client = await listen('?types=stream.*');
    await publish('live/a');
    const first = await client.next();
    const second = await client.next();
    const published = [first, second].find(({ event }) => event === 'stream.published');
    expect(published?.data).toMatchObject({
      type: 'stream.published',
      seq: expect.any(Number),
      data: { path: 'live/a', publisher: { query: { token: '***' } } },
    });
    client.close();
    const again = await listen('?types=stream.*', String(first.id));
    expect((await again.next()).id).toBe(second.id);
    again.close();
  });
  it('refuse types of no form', async () => {
    await start();
    for (const types of ['A!', 'strem.*', 'stream.publishd', 'stream.*,nothing']) expect((await call('GET', `/events?types=${types}`)).status).toBe(400);
    for (const types of ['*', 'stream.*,session.ended', 'api.mine', 'gb28181.device.*']) (await listen(`?types=${types}`)).close();
  });
  it('end with the engine', async () => {
    await start();
    const answer = await fetch(url('/api/v1/events'), { headers: { authorization: 'Bearer read-key' } });
    const all = answer.text();
    await engine.stop();
    expect(await all).toContain('event: server.stopping');
  });
});
