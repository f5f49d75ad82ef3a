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
    expect(await refusal('file:///etc/passwd')).toBe('ERR_RTMP_URL');
    expect(await refusal('rtmp://10.0.0.1/live/cam')).toBe('none');
    expect(await refusal(`rtmp://127.0.0.1:${port}/live/cam`)).toBe('none');
    await expect(engine.service(relayService).checkHost('::1')).rejects.toMatchObject({ code: 'ERR_RELAY_TARGET', status: 403 });
  });

  it('checks the address again when it connects', async () => {
    await start();
    await publish();
    push = await engine.service(relayService).push({ path: 'live/cam', url: 'rtmp://127.0.0.1:9/far/cam', guarded: true });
    await state('retrying');
    expect(push.info()).toMatchObject({ via: 'rtmp', lastError: { code: 'ERR_RTMP_TARGET' } });
  });
});
