import relay from '@sluice/plugin-relay';
import { call, engine, start } from './support/engine.js';

afterEach(() => engine.dispose());

describe('pushes', () => {
  it('are not available without the plugin', async () => {
    await start();
    expect(await call('GET', '/pushes')).toMatchObject({ status: 404, body: { error: { code: 'ERR_NOT_AVAILABLE' } } });
  });

  it('are made, listed, shown and ended; targets are checked', async () => {
    await start([relay], { rtmp: { port: 0 } });
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
    await start([relay], { rtmp: { port: 0 } });
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
