import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { closeReason, definePlugin, type PluginContext, VERSION } from '@sluice/core';
import { FakeClock, startTestEngine, type TestEngine, testFrame, testVideoTrack } from '@sluice/core/testing';
import gatewayControl from '../src/index.js';
import { type FakeReceiver, fakeRtpPs, MockCc } from './support.js';

const KEYS = [{ id: 'r', key: 'read-key', role: 'read' }];
const track = testVideoTrack();

let cc: MockCc;
let clock: FakeClock;
let engine: TestEngine;
let receivers: FakeReceiver[];
let held: Set<string>;
let context: PluginContext;

async function start(config: Record<string, unknown> = {}, more: { ports?: number; engine?: object; report?: object; relay?: object } = {}): Promise<void> {
  receivers = [];
  const fake = fakeRtpPs(receivers, more.ports);
  held = fake.rtpPs.held;
  const spy = definePlugin({
    name: 'spy',
    version: '1.0.0',
    setup: (ctx) => {
      context = ctx;
    },
  });
  const report = { gateWayStart: cc.url('start'), streamStateChange: cc.url('state'), blackSsrc: cc.url('black'), flow: cc.url('flow'), ...more.report };
  engine = await startTestEngine({
    plugins: [gatewayControl, fake.plugin, spy],
    clock,
    config: {
      http: { port: 0 },
      rtmp: { port: 0 },
      relay: { ...more.relay },
      api: { key: 'admin-key', keys: KEYS },
      'gateway-control': { gatewayId: 'gw-1', report, ...config },
      ...(more.engine === undefined ? {} : { engine: more.engine }),
    },
  });
}

beforeEach(async () => {
  cc = await MockCc.open();
  clock = new FakeClock();
});
afterEach(async () => {
  await whileTimePasses(engine.dispose());
  cc.close();
});

/** The listener waits for its connections by the clock. */
async function whileTimePasses<T>(done: Promise<T>): Promise<T> {
  let over = false;
  const end = (): void => {
    over = true;
  };
  done.then(end, end);
  while (!over) await clock.advanceAsync(100, 10);
  return done;
}

type Answer = Record<string, unknown> & { error?: { code: string } };
async function call(name: string, body?: unknown, key = 'admin-key'): Promise<{ status: number; body: Answer }> {
  const { port } = engine.addresses.find(({ name: address }) => address === 'http') ?? { port: 0 };
  const headers = { authorization: `Bearer ${key}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) };
  const init = body === undefined ? { headers } : { method: 'POST', headers, body: JSON.stringify(body) };
  const answer = await fetch(`http://127.0.0.1:${port}/api/v1/${name}`, init);
  return { status: answer.status, body: (await answer.json()) as Answer };
}
const create = (streamId: string, more: object = {}) => call('create_pullChannel', { streamId, transport: 'udp', port: 'single', ...more });
/** All that was to be told was told, and cc's answer has come back: time may jump. */
async function told(...paths: string[]): Promise<void> {
  for (const path of paths) await cc.find(path);
  await channels();
}
const channels = async () => (await call('get_pushChannels')).body.items as Answer[];

describe('calls', () => {
  beforeEach(() => start({}, { ports: 3 }));

  it('creates, starts and deletes a channel', async () => {
    const created = await create('cam1', { payloadMap: { '96': 'H264/90000' }, sdp: 'v=0\r\nm=video 0 RTP/AVP 96\r\n', receiveTimeoutSeconds: 60 });
    const { channelId } = created.body;
    expect(created).toEqual({ status: 200, body: { channelId: expect.any(String), ip: '192.0.2.1', port: 30_000, ssrc: '0200000001', transport: 'udp' } });
    const [receiver] = receivers as [FakeReceiver];
    expect(receiver.options).toMatchObject({
      path: 'gb/cam1',
      ssrc: '0200000001',
      port: 'single',
      payloadMap: { '96': 'H264/90000' },
      sdp: 'v=0\r\nm=video 0 RTP/AVP 96\r\n',
      receiveTimeoutSeconds: 60,
      query: { streamId: 'cam1', receiveTimeoutSeconds: '60' },
    });
    expect(receiver.held).toBe(true);
    const started = await call('start_pullChannel', { channelId, remoteIp: '192.0.2.9', remotePort: 5 });
    expect(started).toEqual(created);
    expect(receiver.held).toBe(false);
    receiver.first('192.0.2.9:6000');
    await cc.find('state', ({ state }) => state === 'receiving');
    expect(await call('start_pullChannel', { channelId })).toEqual(started);
    expect(await channels()).toMatchObject([
      {
        channelId,
        streamId: 'cam1',
        path: 'gb/cam1',
        state: 'receiving',
        firstPacket: { source: '192.0.2.9:6000' },
        bytes: 1000,
        timers: { receiveTimeoutSeconds: 60 },
      },
    ]);
    expect(await call('delete_pullChannel', { channelId })).toEqual({ status: 200, body: { channelId, state: 'closed' } });
    expect(receiver.closed?.code).toBe('kicked');
    expect(held.size).toBe(0);
    expect(await channels()).toEqual([]);
    await cc.find('state', ({ state }) => state === 'closed');
    expect(cc.states(channelId)).toEqual(['created', 'receiving', 'closed']);
    expect(cc.of('state')[1]?.body).toEqual({
      gatewayId: 'gw-1',
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      channelId,
      streamId: 'cam1',
      ssrc: '0200000001',
      state: 'receiving',
      reason: '',
      remote: '192.0.2.9:6000',
    });
  });

  it('answers 409 for a streamId that exists, in a channel, in the making or as a stream', async () => {
    const answers = await Promise.all([create('cam1'), create('cam1')]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect(await create('cam1')).toMatchObject({ status: 409, body: { error: { code: 'ERR_CC_STREAM_EXISTS' } } });
    const publisher = await engine.publish('gb/cam2', { tracks: [track] });
    expect((await create('cam2')).status).toBe(409);
    await publisher.close();
    expect((await create('cam2')).status).toBe(200);
  });

  it('answers 404 for a channelId that is unknown, and 400 for what is wrong', async () => {
    for (const name of ['start_pullChannel', 'delete_pullChannel']) {
      expect(await call(name, { channelId: 'none' })).toMatchObject({ status: 404, body: { error: { code: 'ERR_CC_CHANNEL_UNKNOWN' } } });
    }
    for (const body of [
      { streamId: 'cam1', transport: 'udp', port: 'single', sdp: 'placeholder' },
      { transport: 'udp' },
      { streamId: 'a', ssrc: '12' },
      { streamId: '../a' },
      { streamId: 'a b' },
      { streamId: 'a', extra: 1 },
      { streamId: 'a', transport: 'sctp' },
      { streamId: 'a', receiveTimeoutSeconds: 0 },
      { streamId: 'a', pushUrl: 'file:///x' },
    ]) {
      expect([body, (await call('create_pullChannel', body)).status]).toEqual([body, 400]);
    }
    expect(receivers).toEqual([]);
    expect(held.size).toBe(0);
  });

  it('answers 503 where no port is free, and keeps nothing', async () => {
    for (const id of ['a', 'b', 'c']) expect((await create(id, { port: 'range' })).status).toBe(200);
    expect(await create('d', { port: 'range' })).toMatchObject({ status: 503, body: { error: { code: 'ERR_RTP_NO_PORT' } } });
    expect(held.size).toBe(3);
    const [first] = await channels();
    await call('delete_pullChannel', { channelId: first?.channelId });
    expect((await create('d')).status).toBe(200);
  });

  it('frees a channel that was never started after 60 s', async () => {
    const { body } = await create('cam1');
    receivers[0]?.first('192.0.2.9:1');
    await told('start', 'state');
    clock.advance(59_999);
    expect((await channels())[0]).toMatchObject({ state: 'created', timers: { freedAt: '2026-01-01T00:01:00.000Z' } });
    clock.advance(1);
    expect(await channels()).toEqual([]);
    expect(held.size).toBe(0);
    expect(await cc.find('state', ({ state }) => state === 'closed')).toMatchObject({ body: { channelId: body.channelId, reason: 'timeout: never started' } });
    expect((await create('cam1')).status).toBe(200);
    const { channelId } = (await channels())[0] as Answer;
    await call('start_pullChannel', { channelId });
    clock.advance(120_000);
    expect((await channels()).length).toBe(1);
  });

  it('tells that nothing comes any more', async () => {
    const { channelId } = (await create('cam1')).body;
    await call('start_pullChannel', { channelId });
    receivers[0]?.first('192.0.2.9:1');
    receivers[0]?.end(closeReason('timeout', 'no packet for 10 s'));
    await cc.find('state', ({ state }) => state === 'closed');
    expect(cc.states(channelId)).toEqual(['created', 'receiving', 'timeout', 'closed']);
    expect((await call('start_pullChannel', { channelId })).status).toBe(404);
  });

  it('needs a key, and the role operate to change anything', async () => {
    for (const name of ['create_pullChannel', 'start_pullChannel', 'delete_pullChannel']) {
      expect((await call(name, {}, 'wrong')).status).toBe(401);
      expect((await call(name, { streamId: 'a' }, 'read-key')).status).toBe(403);
    }
    expect((await call('get_pushChannels', undefined, 'read-key')).status).toBe(200);
    expect((await call('get_pushChannels', undefined, 'wrong')).status).toBe(401);
  });

  it('lists in parts', async () => {
    for (const id of ['a', 'b', 'c']) await create(id);
    const first = await call('get_pushChannels?limit=2');
    expect((first.body.items as unknown[]).length).toBe(2);
    const second = await call(`get_pushChannels?limit=2&cursor=${String(first.body.next)}`);
    expect((second.body.items as unknown[]).length).toBe(1);
    expect(second.body.next).toBeUndefined();
  });
});

describe('targets', () => {
  it('connects out for tcp-active, to what relay.allow covers', async () => {
    await start();
    const { channelId } = (await create('cam1', { transport: 'tcp-active' })).body;
    expect(await call('start_pullChannel', { channelId })).toMatchObject({ status: 400, body: { error: { code: 'ERR_CC_REMOTE' } } });
    expect(await call('start_pullChannel', { channelId, remoteIp: '127.0.0.1', remotePort: 22 })).toMatchObject({ status: 403 });
    expect(receivers[0]?.connected).toEqual([]);
    expect((await call('start_pullChannel', { channelId, remoteIp: '192.168.7.7', remotePort: 6000 })).status).toBe(200);
    expect((await call('start_pullChannel', { channelId, remoteIp: '192.168.7.8', remotePort: 6001 })).status).toBe(200);
    expect(receivers[0]?.connected).toEqual([['192.168.7.7', 6000]]);
  });

  it('says that the sender cannot be connected to, and gives everything back', async () => {
    await start();
    const { channelId } = (await create('cam1', { transport: 'tcp-active' })).body;
    expect(await call('start_pullChannel', { channelId, remoteIp: '192.168.7.7', remotePort: 9 })).toMatchObject({
      status: 502,
      body: { error: { code: 'ERR_RTP_CONNECT' } },
    });
    expect(held.size).toBe(0);
    await cc.find('state', ({ state }) => state === 'closed');
  });

  it('refuses a pushUrl that may not be named, and hands over in memory to its own server', async () => {
    await start();
    expect(await create('cam1', { pushUrl: 'rtmp://127.0.0.1:9/live/cam1' })).toMatchObject({ status: 403, body: { error: { code: 'ERR_RELAY_TARGET' } } });
    const { port } = engine.addresses.find(({ plugin }) => plugin === 'rtmp') ?? { port: 0 };
    const { channelId } = (await create('cam1', { pushUrl: `rtmp://127.0.0.1:${port}/live/cam1`, receiveTimeoutSeconds: 90 })).body;
    await call('start_pullChannel', { channelId });
    const publisher = await engine.publish('gb/cam1', { tracks: [track], receiveTimeoutSeconds: 0 });
    publisher.write(testFrame(track, 0));
    await cc.find('state', ({ state }) => state === 'pushing');
    expect(engine.streams.describe('live/cam1')).toMatchObject({ publisher: { protocol: 'memory', query: { receiveTimeoutSeconds: '90' } } });
    expect((await channels())[0]).toMatchObject({ state: 'pushing', push: { via: 'memory', state: 'live' } });
  });

  it('tells once that a push fails, and again when it succeeds', async () => {
    await start({}, { relay: { allow: ['loopback'], retryIntervalMs: 10 } });
    const other = await startTestEngine({ plugins: ['@sluice/plugin-rtmp'], config: { rtmp: { port: 0 } } });
    const blocker = await other.publish('live/cam1', { tracks: [track], receiveTimeoutSeconds: 0 });
    const url = `rtmp://127.0.0.1:${other.addresses[0]?.port}/live/cam1?token=secret`;
    const { channelId } = (await create('cam1', { pushUrl: url })).body;
    await call('start_pullChannel', { channelId });
    const publisher = await engine.publish('gb/cam1', { tracks: [track], receiveTimeoutSeconds: 0 });
    publisher.write(testFrame(track, 0));
    const failed = await cc.find('state', ({ state }) => state === 'pushFailed');
    expect(String(failed.body.reason)).toContain('NetStream.Publish.BadName');
    await blocker.close();
    while (cc.states(channelId).at(-1) !== 'pushing') await clock.advanceAsync(50, 10);
    expect(cc.states(channelId)).toEqual(['created', 'pushFailed', 'pushing']);
    expect(JSON.stringify(await channels())).not.toContain('secret');
    await other.dispose();
  });
});

describe('reports', () => {
  it('tells of the start, with its reason, and of a crash before', async () => {
    const data = mkdtempSync(join(tmpdir(), 'sluice-cc-'));
    await start({}, { engine: { data } });
    expect((await cc.find('start')).body).toEqual({
      gatewayId: 'gw-1',
      time: '2026-01-01T00:00:00.000Z',
      version: VERSION,
      reason: 'start',
      ip: '127.0.0.1',
      sipPort: 0,
      rtpPort: 0,
    });
    await whileTimePasses(engine.stop());
    cc.told.length = 0;
    await start({}, { engine: { data } });
    expect((await cc.find('start')).body.reason).toBe('start');
    await whileTimePasses(engine.stop('upgrade'));
    cc.told.length = 0;
    await start({}, { engine: { data } });
    expect((await cc.find('start')).body.reason).toBe('upgrade');
    await whileTimePasses(engine.stop());
    cc.told.length = 0;
    mkdirSync(join(data, 'gateway-control'), { recursive: true });
    writeFileSync(join(data, 'gateway-control/run.json'), JSON.stringify({ state: 'running', version: VERSION }));
    await start({}, { engine: { data } });
    expect((await cc.find('start')).body.reason).toBe('crash');
    rmSync(data, { recursive: true, force: true });
  });

  it('tells the bytes of each 30 s', async () => {
    await start();
    const { channelId, ssrc } = (await create('cam1')).body;
    await call('start_pullChannel', { channelId });
    const [receiver] = receivers as [FakeReceiver];
    receiver.counts = { ...receiver.counts, bytes: 5000, packets: 50, lost: 3 };
    await told('start', 'state');
    clock.advance(30_000);
    const owner = { channelId, streamId: 'cam1', ssrc };
    expect((await cc.find('flow')).body).toEqual({
      gatewayId: 'gw-1',
      time: '2026-01-01T00:00:30.000Z',
      from: '2026-01-01T00:00:00.000Z',
      to: '2026-01-01T00:00:30.000Z',
      streams: [{ ...owner, bytes: 5000, totalBytes: 5000, packets: 50, lost: 3 }],
    });
    receiver.counts = { ...receiver.counts, bytes: 7500, packets: 75 };
    receiver.end(closeReason('lost'));
    await cc.find('state', ({ state }) => state === 'closed');
    await told();
    clock.advance(30_000);
    const second = await cc.find('flow', ({ from }) => from === '2026-01-01T00:00:30.000Z');
    expect(second.body.streams).toEqual([{ ...owner, bytes: 2500, totalBytes: 7500, packets: 25, lost: 0 }]);
  });

  it('tells of RTP that nobody asked for, once a minute per SSRC', async () => {
    await start();
    const stray = { ssrc: '0123456789', transport: 'udp', remote: '192.0.2.9:5', port: 10_000, packets: 1, bytes: 900, firstAt: 'a', lastAt: 'b' };
    const tell = (ssrc: string) => context.report('rtp-ps.unknown-ssrc' as never, { ...stray, ssrc } as never);
    tell(stray.ssrc);
    tell(stray.ssrc);
    tell('0000000007');
    while (cc.of('black').length < 2) await cc.next();
    await told('start');
    clock.advance(60_000);
    tell(stray.ssrc);
    const twice = () => cc.of('black').filter(({ body }) => body.ssrc === stray.ssrc);
    while (twice().length < 2 || cc.of('black').length < 3) await cc.next();
    expect(cc.of('black').length).toBe(3);
    expect(twice()[0]?.body).toEqual({ gatewayId: 'gw-1', time: '2026-01-01T00:00:00.000Z', ...stray });
  });

  it('tries again with the same id, in order per channel', async () => {
    await start();
    await cc.find('start');
    cc.status = 503;
    const { channelId } = (await create('cam1')).body;
    await call('start_pullChannel', { channelId });
    receivers[0]?.first('192.0.2.9:1');
    const tries = () => cc.tried.filter(({ path }) => path.endsWith('/state'));
    while (tries().length < 3) {
      await clock.advanceAsync(500, 100);
    }
    expect(new Set(tries().map(({ id }) => id)).size).toBe(1);
    cc.status = 200;
    while (cc.states(channelId).length < 2) await clock.advanceAsync(500, 100);
    expect(cc.states(channelId)).toEqual(['created', 'receiving']);
    expect(cc.of('state')[0]?.id).toBe(tries()[0]?.id);
  });

  it('keeps little while cc is down for an hour, tells the newest afterwards, and answers calls meanwhile', async () => {
    await start({}, { report: { maxQueued: 50 } });
    await cc.find('start');
    cc.close();
    let last: unknown;
    for (let n = 0; n < 60; n++) {
      const { status, body } = await create(`cam${n}`);
      expect(status).toBe(200);
      last = body.channelId;
      await call('delete_pullChannel', { channelId: last });
      await clock.advanceAsync(60_000, 4000);
    }
    await cc.reopen();
    while (cc.states(last).length < 2) await clock.advanceAsync(5000, 500);
    expect(cc.states(last)).toEqual(['created', 'closed']);
    await clock.advanceAsync(120_000, 1000);
    expect(cc.of('state').length).toBeLessThanOrEqual(50);
    expect(cc.of('state').length).toBeGreaterThan(40);
  }, 60_000);

  it('tells what it can when it stops', async () => {
    await start();
    const { channelId } = (await create('cam1')).body;
    await whileTimePasses(engine.stop());
    expect(cc.states(channelId)).toEqual(['created', 'closed']);
    expect(receivers[0]?.closed?.code).toBe('shutdown');
  });
});

it('makes no report without a URL, and serves the calls all the same', async () => {
  await start({}, { report: { gateWayStart: undefined, streamStateChange: undefined, blackSsrc: undefined, flow: undefined } }).catch(() =>
    start({ report: {} }),
  );
  expect((await create('cam1')).status).toBe(200);
  clock.advance(60_000);
  expect(cc.tried).toEqual([]);
});
