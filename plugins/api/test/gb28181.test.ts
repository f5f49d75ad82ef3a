import { call, engine, start } from './support/engine.js';
import { asked, fakeGb28181 } from './support/fake-gb28181.js';

afterEach(() => engine.dispose());

describe('gb28181', () => {
  it('is not available without its plugin', async () => {
    await start();
    expect(await call('GET', '/gb28181/devices')).toMatchObject({ status: 404, body: { error: { code: 'ERR_NOT_AVAILABLE' } } });
  });
  it('goes to its plugin', async () => {
    await start([fakeGb28181]);
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
    await start([fakeGb28181]);
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
    await start([fakeGb28181]);
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
    await start([fakeGb28181]);
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
