import { type Publisher, SluiceError } from '@sluice/core';
import { startTestEngine, type TestEngine, testFrame, testVideoTrack } from '@sluice/core/testing';
import relay, { type RelayPush, type RelayPushInfo, relayService } from '../src/index.js';

const track = testVideoTrack();

describe('relay', () => {
  let engine: TestEngine;
  let port: number;
  let push: RelayPush | undefined;

  const start = async (config: Record<string, unknown> = {}) => {
    engine = await startTestEngine({ plugins: [relay], config: { rtmp: { port: 0 }, relay: { retryIntervalMs: 10, ...config } } });
    port = engine.addresses.find(({ plugin }) => plugin === 'rtmp')?.port ?? 0;
  };
  afterEach(async () => {
    await push?.close();
    push = undefined;
    await engine.dispose();
  });

  const publish = async (): Promise<Publisher> => {
    const publisher = await engine.publish('live/cam', { tracks: [track], receiveTimeoutSeconds: 0 });
    publisher.write(testFrame(track, 0));
    return publisher;
  };
  const state = (wanted: RelayPushInfo['state']) => engine.reported(({ type, data }) => type === 'push.state' && 'state' in data && data.state === wanted);
  const refusal = async (url: string): Promise<string> => {
    const error: unknown = await engine
      .service(relayService)
      .checkUrl(url)
      .then(
        () => 'none',
        (thrown: unknown) => thrown,
      );
    return error instanceof SluiceError ? error.code : String(error);
  };

  it('hands a stream over in memory where the target is its own server', async () => {
    await start();
    const publisher = await publish();
    push = await engine.service(relayService).push({ path: 'live/cam', url: `rtmp://127.0.0.1:${port}/far/cam?a=1`, guarded: true });
    await state('live');
    expect(push.info()).toMatchObject({ via: 'memory', state: 'live' });
    expect(engine.streams.describe('far/cam')?.publisher).toMatchObject({ protocol: 'memory', query: { a: '1' } });
    const subscription = await engine.subscribe('far/cam');
    publisher.write(testFrame(track, 25));
    const units: Buffer[] = [];
    for await (const { units: of } of subscription) {
      units.push(of[0] as Buffer);
      if (units.length === 2) break;
    }
    expect(units).toEqual([testFrame(track, 0).units[0], testFrame(track, 25).units[0]]);
    await publisher.close();
    await engine.reported(({ type, data }) => type === 'stream.closed' && 'path' in data && data.path === 'far/cam');
    await state('idle');
  });

  it('has nothing to do where the target is the stream itself', async () => {
    await start();
    await publish();
    push = await engine.service(relayService).push({ path: 'live/cam', url: `rtmp://127.0.0.1:${port}/live/cam`, guarded: true });
    await state('live');
    expect(engine.streams.list().map(({ path }) => path)).toEqual(['live/cam']);
  });

  it('tries again where the path in memory is taken', async () => {
    await start();
    const blocker = await engine.publish('far/cam', { tracks: [track], receiveTimeoutSeconds: 0 });
    await publish();
    push = await engine.service(relayService).push({ path: 'live/cam', url: `rtmp://127.0.0.1:${port}/far/cam`, guarded: true });
    await state('retrying');
    expect(push.info().lastError?.code).toBe('ERR_STREAM_BUSY');
    await blocker.close();
    await state('live');
  });

  it('lets callers of the API name what relay.allow says, and itself', async () => {
    await start();
    expect(await refusal('rtmp://127.0.0.1:9/live/cam')).toBe('ERR_RELAY_TARGET');
    expect(await refusal('rtmp://2130706433:9/live/cam')).toBe('ERR_RELAY_TARGET');
    expect(await refusal('rtmp://169.254.169.254/live/cam')).toBe('ERR_RELAY_TARGET');
    expect(await refusal('rtmp://192.0.2.1x/live/cam')).toBe('ERR_RELAY_RESOLVE');
    expect(await refusal('file:///etc/passwd')).toBe('ERR_RELAY_URL');
    expect(await refusal('rtmp://10.0.0.1/live/cam')).toBe('none');
    expect(await refusal(`rtmp://127.0.0.1:${port}/live/cam`)).toBe('none');
    await expect(engine.service(relayService).checkHost('::1')).rejects.toMatchObject({ code: 'ERR_RELAY_TARGET', status: 403 });
  });

  it('checks the address again when it connects', async () => {
    await start();
    await publish();
    push = await engine.service(relayService).push({ path: 'live/cam', url: 'rtmp://127.0.0.1:9/far/cam', guarded: true });
    await state('retrying');
    expect(push.info()).toMatchObject({ via: 'rtmp', lastError: { code: 'ERR_CONNECT_TARGET' } });
  });

  describe('for callers of the API', () => {
    const service = () => engine.service(relayService);
    const create = (path: string, url = 'rtmp://127.0.0.1:9/far/cam?token=T', more = {}) => service().createPush({ path, url, ...more });

    it('keeps a push until it is ended, with what became of it and without secrets', async () => {
      await start({ allow: ['loopback'] });
      const { id } = await create('live/cam');
      expect(service().describePush(id)).toMatchObject({
        id,
        path: 'live/cam',
        url: 'rtmp://127.0.0.1:9/far/cam?token=***',
        origin: 'api',
        via: 'rtmp',
        state: 'idle',
        attempt: 0,
      });
      await publish();
      const { data } = await state('retrying');
      expect(data).toMatchObject({ id, path: 'live/cam', url: expect.stringContaining('***'), lastError: { code: expect.any(String) } });
      expect(service().pushes()).toMatchObject([{ id, lastError: { code: expect.any(String) } }]);
      await service().endPush(id);
      await state('stopped');
      expect(service().pushes()).toEqual([]);
      await expect(service().endPush(id)).rejects.toMatchObject({ code: 'ERR_RELAY_PUSH_UNKNOWN', status: 404 });
    });

    it('refuses what it may not name, what is there already, and too many', async () => {
      await start({ allow: ['loopback'], maxPushes: 1 });
      await expect(create('live/cam', 'rtmp://10.0.0.1/live/cam')).rejects.toMatchObject({ code: 'ERR_RELAY_TARGET' });
      await expect(create('../cam')).rejects.toMatchObject({ code: 'ERR_STREAM_PATH' });
      await expect(create('live/cam', 'file:///etc/passwd')).rejects.toMatchObject({ code: 'ERR_RELAY_URL' });
      const both = await Promise.allSettled([create('live/cam'), create('live/cam')]);
      expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      await expect(create('live/cam')).rejects.toMatchObject({ code: 'ERR_RELAY_PUSH_EXISTS', status: 409 });
      await expect(create('live/other')).rejects.toMatchObject({ code: 'ERR_RELAY_TOO_MANY', status: 503 });
    });

    it.each([
      ['rtmp', 'rtmp://127.0.0.1:9/far/cam'],
      ['memory', ''],
    ])('gives up after so many tries, over %s', async (via, url) => {
      await start({ allow: ['loopback'] });
      const blocker = await engine.publish('far/cam', { tracks: [track], receiveTimeoutSeconds: 0 });
      await publish();
      const { id } = await create('live/cam', url === '' ? `rtmp://127.0.0.1:${port}/far/cam` : url, { retries: 1, retryIntervalMs: 10 });
      await state('failed');
      expect(service().describePush(id)).toMatchObject({ via, state: 'failed', attempt: 2 });
      await blocker.close();
    });

    it('leaves the pushes of other plugins to them', async () => {
      await start();
      push = await service().push({ path: 'live/cam', url: 'rtmp://127.0.0.1:9/far/cam', guarded: false });
      const [{ id } = { id: '' }] = service().pushes();
      await expect(service().endPush(id)).rejects.toMatchObject({ code: 'ERR_RELAY_PUSH_OWNED', status: 409 });
      await push.close();
      expect(service().pushes()).toEqual([]);
    });
  });

  describe('relay.pushes', () => {
    const pathsOf = (service: { pushes(): readonly RelayPushInfo[] }) => service.pushes().map(({ path, url, origin }) => `${path} ${url} ${origin}`);

    it('forwards what matches while it is there, wherever that is', async () => {
      await start({
        pushes: [
          { match: '*/*', url: 'rtmp://127.0.0.1:9/{2}/{path}' },
          { match: 'gb/**', url: 'rtmp://127.0.0.1:9/{path}' },
        ],
      });
      const publisher = await publish();
      await state('retrying');
      const service = engine.service(relayService);
      expect(pathsOf(service)).toEqual(['live/cam rtmp://127.0.0.1:9/cam/live/cam rule']);
      // Ended by hand it stays away until the stream is over.
      await service.endPush(service.pushes()[0]?.id ?? '');
      publisher.setTrack(testVideoTrack());
      expect(service.pushes()).toEqual([]);
      await publisher.close();
      await engine.reported(({ type }) => type === 'stream.closed');
      const times = (wanted: string) => engine.reports.filter(({ type, data }) => type === 'push.state' && 'state' in data && data.state === wanted).length;
      expect([times('connecting') > 0, times('stopped')]).toEqual([true, 1]);
      const before = times('connecting');
      const again = await publish();
      await engine.reported(() => times('connecting') > before);
      expect(pathsOf(service)).toHaveLength(1);
      await again.close();
      await engine.reported(() => times('stopped') === 2);
      expect(service.pushes()).toEqual([]);
    });

    it('a rule that matches its own target goes once', async () => {
      await start();
      await engine.dispose();
      engine = await startTestEngine({
        plugins: [relay],
        config: { rtmp: { port }, relay: { pushes: [{ match: '**', url: `rtmp://127.0.0.1:${port}/copy/{path}` }] } },
      });
      await publish();
      await state('live');
      const subscription = await engine.subscribe('copy/live/cam');
      for await (const _frame of subscription) break;
      expect(
        engine.streams
          .list()
          .map(({ path }) => path)
          .sort(),
      ).toEqual(['copy/live/cam', 'live/cam']);
    });

    it.each([
      ['live/*', 'rtmp://h/{2}/a', '{2}'],
      ['live/*', 'rtmp://h/a/{name}', '{name}'],
      ['live/ *', 'rtmp://h/a/b', 'match'],
      ['live/*', 'http://h/a/b', 'url'],
    ])('%s to %s is a mistake', async (match, url, named) => {
      await start();
      await expect(startTestEngine({ plugins: [relay], config: { relay: { pushes: [{ match, url }] } } })).rejects.toThrow(named);
    });
  });
});
