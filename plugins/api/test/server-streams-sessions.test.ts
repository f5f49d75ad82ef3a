import { definePlugin } from '@sluice/core';
import { call, engine, publish, start } from './support/engine.js';

afterEach(() => engine.dispose());

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
    await start([thing]);
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
