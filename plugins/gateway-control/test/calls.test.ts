import { closeReason } from '@sluice/core';
import { testVideoTrack } from '@sluice/core/testing';
import { type Answer, Bench } from './bench.js';
import type { FakeReceiver } from './fake-rtp-ps.js';

const track = testVideoTrack();

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.open();
});
afterEach(() => bench.close());

describe('calls', () => {
  beforeEach(() => bench.start({}, { ports: 3 }));

  it('creates, starts and deletes a channel', async () => {
    const created = await bench.create('cam1', { payloadMap: { '96': 'H264/90000' }, sdp: 'v=0\r\nm=video 0 RTP/AVP 96\r\n', receiveTimeoutSeconds: 60 });
    const { channelId } = created.body;
    expect(created).toEqual({ status: 200, body: { channelId: expect.any(String), ip: '192.0.2.1', port: 30_000, ssrc: '0200000001', transport: 'udp' } });
    const [receiver] = bench.receivers as [FakeReceiver];
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
    const started = await bench.call('start_pullChannel', { channelId, remoteIp: '192.0.2.9', remotePort: 5 });
    expect(started).toEqual(created);
    expect(receiver.held).toBe(false);
    receiver.first('192.0.2.9:6000');
    await bench.cc.find('state', ({ state }) => state === 'receiving');
    expect(await bench.call('start_pullChannel', { channelId })).toEqual(started);
    expect(await bench.channels()).toMatchObject([
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
    expect(await bench.call('delete_pullChannel', { channelId })).toEqual({ status: 200, body: { channelId, state: 'closed' } });
    expect(receiver.closed?.code).toBe('kicked');
    expect(bench.held.size).toBe(0);
    expect(await bench.channels()).toEqual([]);
    await bench.cc.find('state', ({ state }) => state === 'closed');
    expect(bench.cc.states(channelId)).toEqual(['created', 'receiving', 'closed']);
    expect(bench.cc.of('state')[1]?.body).toEqual({
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
    const answers = await Promise.all([bench.create('cam1'), bench.create('cam1')]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect(await bench.create('cam1')).toMatchObject({ status: 409, body: { error: { code: 'ERR_CC_STREAM_EXISTS' } } });
    const publisher = await bench.engine.publish('gb/cam2', { tracks: [track] });
    expect((await bench.create('cam2')).status).toBe(409);
    await publisher.close();
    expect((await bench.create('cam2')).status).toBe(200);
  });

  it('answers 404 for a channelId that is unknown, and 400 for what is wrong', async () => {
    for (const name of ['start_pullChannel', 'delete_pullChannel']) {
      expect(await bench.call(name, { channelId: 'none' })).toMatchObject({ status: 404, body: { error: { code: 'ERR_CC_CHANNEL_UNKNOWN' } } });
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
      expect([body, (await bench.call('create_pullChannel', body)).status]).toEqual([body, 400]);
    }
    expect(bench.receivers).toEqual([]);
    expect(bench.held.size).toBe(0);
  });

  it('answers 503 where no port is free, and keeps nothing', async () => {
    for (const id of ['a', 'b', 'c']) expect((await bench.create(id, { port: 'range' })).status).toBe(200);
    expect(await bench.create('d', { port: 'range' })).toMatchObject({ status: 503, body: { error: { code: 'ERR_RTP_NO_PORT' } } });
    expect(bench.held.size).toBe(3);
    const [first] = await bench.channels();
    await bench.call('delete_pullChannel', { channelId: first?.channelId });
    expect((await bench.create('d')).status).toBe(200);
  });

  it('frees a channel that was never started after 60 s', async () => {
    const { body } = await bench.create('cam1');
    bench.receivers[0]?.first('192.0.2.9:1');
    await bench.told('start', 'state');
    bench.clock.advance(59_999);
    expect((await bench.channels())[0]).toMatchObject({ state: 'created', timers: { freedAt: '2026-01-01T00:01:00.000Z' } });
    bench.clock.advance(1);
    expect(await bench.channels()).toEqual([]);
    expect(bench.held.size).toBe(0);
    expect(await bench.cc.find('state', ({ state }) => state === 'closed')).toMatchObject({
      body: { channelId: body.channelId, reason: 'timeout: never started' },
    });
    expect((await bench.create('cam1')).status).toBe(200);
    const { channelId } = (await bench.channels())[0] as Answer;
    await bench.call('start_pullChannel', { channelId });
    bench.clock.advance(120_000);
    expect((await bench.channels()).length).toBe(1);
  });

  it('tells that nothing comes any more', async () => {
    const { channelId } = (await bench.create('cam1')).body;
    await bench.call('start_pullChannel', { channelId });
    bench.receivers[0]?.first('192.0.2.9:1');
    bench.receivers[0]?.end(closeReason('timeout', 'no packet for 10 s'));
    await bench.cc.find('state', ({ state }) => state === 'closed');
    expect(bench.cc.states(channelId)).toEqual(['created', 'receiving', 'timeout', 'closed']);
    expect((await bench.call('start_pullChannel', { channelId })).status).toBe(404);
  });

  it('needs a key, and the role operate to change anything', async () => {
    for (const name of ['create_pullChannel', 'start_pullChannel', 'delete_pullChannel']) {
      expect((await bench.call(name, {}, 'wrong')).status).toBe(401);
      expect((await bench.call(name, { streamId: 'a' }, 'read-key')).status).toBe(403);
    }
    expect((await bench.call('get_pushChannels', undefined, 'read-key')).status).toBe(200);
    expect((await bench.call('get_pushChannels', undefined, 'wrong')).status).toBe(401);
  });

  it('lists in parts', async () => {
    for (const id of ['a', 'b', 'c']) await bench.create(id);
    const first = await bench.call('get_pushChannels?limit=2');
    expect((first.body.items as unknown[]).length).toBe(2);
    const second = await bench.call(`get_pushChannels?limit=2&cursor=${String(first.body.next)}`);
    expect((second.body.items as unknown[]).length).toBe(1);
    expect(second.body.next).toBeUndefined();
  });
});
