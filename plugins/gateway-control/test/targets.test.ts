import { startTestEngine, testFrame, testVideoTrack } from '@sluice/core/testing';
import { Bench } from './bench.js';

const track = testVideoTrack();

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.open();
});
afterEach(() => bench.close());

describe('targets', () => {
  it('connects out for tcp-active, to what relay.allow covers', async () => {
    await bench.start();
    const { channelId } = (await bench.create('cam1', { transport: 'tcp-active' })).body;
    expect(await bench.call('start_pullChannel', { channelId })).toMatchObject({ status: 400, body: { error: { code: 'ERR_CC_REMOTE' } } });
    expect(await bench.call('start_pullChannel', { channelId, remoteIp: '127.0.0.1', remotePort: 22 })).toMatchObject({ status: 403 });
    expect(bench.receivers[0]?.connected).toEqual([]);
    expect((await bench.call('start_pullChannel', { channelId, remoteIp: '192.168.7.7', remotePort: 6000 })).status).toBe(200);
    expect((await bench.call('start_pullChannel', { channelId, remoteIp: '192.168.7.8', remotePort: 6001 })).status).toBe(200);
    expect(bench.receivers[0]?.connected).toEqual([['192.168.7.7', 6000]]);
  });

  it('says that the sender cannot be connected to, and gives everything back', async () => {
    await bench.start();
    const { channelId } = (await bench.create('cam1', { transport: 'tcp-active' })).body;
    expect(await bench.call('start_pullChannel', { channelId, remoteIp: '192.168.7.7', remotePort: 9 })).toMatchObject({
      status: 502,
      body: { error: { code: 'ERR_RTP_CONNECT' } },
    });
    expect(bench.held.size).toBe(0);
    await bench.cc.find('state', ({ state }) => state === 'closed');
  });

  it('refuses a pushUrl that may not be named, and hands over in memory to its own server', async () => {
    await bench.start();
    expect(await bench.create('cam1', { pushUrl: 'rtmp://127.0.0.1:9/live/cam1' })).toMatchObject({
      status: 403,
      body: { error: { code: 'ERR_RELAY_TARGET' } },
    });
    const { port } = bench.engine.addresses.find(({ plugin }) => plugin === 'rtmp') ?? { port: 0 };
    const { channelId } = (await bench.create('cam1', { pushUrl: `rtmp://127.0.0.1:${port}/live/cam1`, receiveTimeoutSeconds: 90 })).body;
    await bench.call('start_pullChannel', { channelId });
    const publisher = await bench.engine.publish('gb/cam1', { tracks: [track], receiveTimeoutSeconds: 0 });
    publisher.write(testFrame(track, 0));
    await bench.cc.find('state', ({ state }) => state === 'pushing');
    expect(bench.engine.streams.describe('live/cam1')).toMatchObject({ publisher: { protocol: 'memory', query: { receiveTimeoutSeconds: '90' } } });
    expect((await bench.channels())[0]).toMatchObject({ state: 'pushing', push: { via: 'memory', state: 'live' } });
  });

  it('tells once that a push fails, and again when it succeeds', async () => {
    await bench.start({}, { relay: { allow: ['loopback'], retryIntervalMs: 10 } });
    const other = await startTestEngine({ plugins: ['@sluice/plugin-rtmp'], config: { rtmp: { port: 0 } } });
    const blocker = await other.publish('live/cam1', { tracks: [track], receiveTimeoutSeconds: 0 });
    const url = `rtmp://127.0.0.1:${other.addresses[0]?.port}/live/cam1?token=secret`;
    const { channelId } = (await bench.create('cam1', { pushUrl: url })).body;
    await bench.call('start_pullChannel', { channelId });
    const publisher = await bench.engine.publish('gb/cam1', { tracks: [track], receiveTimeoutSeconds: 0 });
    publisher.write(testFrame(track, 0));
    const failed = await bench.cc.find('state', ({ state }) => state === 'pushFailed');
    expect(String(failed.body.reason)).toContain('NetStream.Publish.BadName');
    await blocker.close();
    while (bench.cc.states(channelId).at(-1) !== 'pushing') await bench.clock.advanceAsync(50, 10);
    expect(bench.cc.states(channelId)).toEqual(['created', 'pushFailed', 'pushing']);
    expect(JSON.stringify(await bench.channels())).not.toContain('secret');
    await other.dispose();
  });
});
