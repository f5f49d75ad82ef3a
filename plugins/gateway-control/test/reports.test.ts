import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { closeReason, VERSION } from '@sluice/core';
import { Bench } from './bench.js';
import type { FakeReceiver } from './fake-rtp-ps.js';

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.open();
});
afterEach(() => bench.close());

describe('reports', () => {
  it('tells of the start, with its reason, and of a crash before', async () => {
    const data = mkdtempSync(join(tmpdir(), 'sluice-cc-'));
    await bench.start({}, { engine: { data } });
    expect((await bench.cc.find('start')).body).toEqual({
      gatewayId: 'gw-1',
      time: '2026-01-01T00:00:00.000Z',
      version: VERSION,
      reason: 'start',
      ip: '127.0.0.1',
      sipPort: 0,
      rtpPort: 0,
    });
    await bench.whileTimePasses(bench.engine.stop());
    bench.cc.told.length = 0;
    await bench.start({}, { engine: { data } });
    expect((await bench.cc.find('start')).body.reason).toBe('start');
    await bench.whileTimePasses(bench.engine.stop('upgrade'));
    bench.cc.told.length = 0;
    await bench.start({}, { engine: { data } });
    expect((await bench.cc.find('start')).body.reason).toBe('upgrade');
    await bench.whileTimePasses(bench.engine.stop());
    bench.cc.told.length = 0;
    mkdirSync(join(data, 'gateway-control'), { recursive: true });
    writeFileSync(join(data, 'gateway-control/run.json'), JSON.stringify({ state: 'running', version: VERSION }));
    await bench.start({}, { engine: { data } });
    expect((await bench.cc.find('start')).body.reason).toBe('crash');
    rmSync(data, { recursive: true, force: true });
  });

  it('tells the bytes of each 30 s', async () => {
    await bench.start();
    const { channelId, ssrc } = (await bench.create('cam1')).body;
    await bench.call('start_pullChannel', { channelId });
    const [receiver] = bench.receivers as [FakeReceiver];
    receiver.counts = { ...receiver.counts, bytes: 5000, packets: 50, lost: 3 };
    await bench.told('start', 'state');
    bench.clock.advance(30_000);
    const owner = { channelId, streamId: 'cam1', ssrc };
    expect((await bench.cc.find('flow')).body).toEqual({
      gatewayId: 'gw-1',
      time: '2026-01-01T00:00:30.000Z',
      from: '2026-01-01T00:00:00.000Z',
      to: '2026-01-01T00:00:30.000Z',
      streams: [{ ...owner, bytes: 5000, totalBytes: 5000, packets: 50, lost: 3 }],
    });
    receiver.counts = { ...receiver.counts, bytes: 7500, packets: 75 };
    receiver.end(closeReason('lost'));
    await bench.cc.find('state', ({ state }) => state === 'closed');
    await bench.told();
    bench.clock.advance(30_000);
    const second = await bench.cc.find('flow', ({ from }) => from === '2026-01-01T00:00:30.000Z');
    expect(second.body.streams).toEqual([{ ...owner, bytes: 2500, totalBytes: 7500, packets: 25, lost: 0 }]);
  });

  it('tells of RTP that nobody asked for, once a minute per SSRC', async () => {
    await bench.start();
    const stray = { ssrc: '0123456789', transport: 'udp', remote: '192.0.2.9:5', port: 10_000, packets: 1, bytes: 900, firstAt: 'a', lastAt: 'b' };
    const tell = (ssrc: string) => bench.context.report('rtp-ps.unknown-ssrc' as never, { ...stray, ssrc } as never);
    tell(stray.ssrc);
    tell(stray.ssrc);
    tell('0000000007');
    while (bench.cc.of('black').length < 2) await bench.cc.next();
    await bench.told('start');
    bench.clock.advance(60_000);
    tell(stray.ssrc);
    const twice = () => bench.cc.of('black').filter(({ body }) => body.ssrc === stray.ssrc);
    while (twice().length < 2 || bench.cc.of('black').length < 3) await bench.cc.next();
    expect(bench.cc.of('black').length).toBe(3);
    expect(twice()[0]?.body).toEqual({ gatewayId: 'gw-1', time: '2026-01-01T00:00:00.000Z', ...stray });
  });

  it('tries again with the same id, in order per channel', async () => {
    await bench.start();
    await bench.cc.find('start');
    bench.cc.status = 503;
    const { channelId } = (await bench.create('cam1')).body;
    await bench.call('start_pullChannel', { channelId });
    bench.receivers[0]?.first('192.0.2.9:1');
    const tries = () => bench.cc.tried.filter(({ path }) => path.endsWith('/state'));
    while (tries().length < 3) {
      await bench.clock.advanceAsync(500, 100);
    }
    expect(new Set(tries().map(({ id }) => id)).size).toBe(1);
    bench.cc.status = 200;
    while (bench.cc.states(channelId).length < 2) await bench.clock.advanceAsync(500, 100);
    expect(bench.cc.states(channelId)).toEqual(['created', 'receiving']);
    expect(bench.cc.of('state')[0]?.id).toBe(tries()[0]?.id);
  });

  it('keeps little while cc is down for an hour, tells the newest afterwards, and answers calls meanwhile', async () => {
    await bench.start({}, { report: { maxQueued: 50 } });
    await bench.cc.find('start');
    bench.cc.close();
    let last: unknown;
    for (let n = 0; n < 60; n++) {
      const { status, body } = await bench.create(`cam${n}`);
      expect(status).toBe(200);
      last = body.channelId;
      await bench.call('delete_pullChannel', { channelId: last });
      await bench.clock.advanceAsync(60_000, 4000);
    }
    await bench.cc.reopen();
    while (bench.cc.states(last).length < 2) await bench.clock.advanceAsync(5000, 500);
    expect(bench.cc.states(last)).toEqual(['created', 'closed']);
    await bench.clock.advanceAsync(120_000, 1000);
    expect(bench.cc.of('state').length).toBeLessThanOrEqual(50);
    expect(bench.cc.of('state').length).toBeGreaterThan(40);
  }, 60_000);

  it('tells what it can when it stops', async () => {
    await bench.start();
    const { channelId } = (await bench.create('cam1')).body;
    await bench.whileTimePasses(bench.engine.stop());
    expect(bench.cc.states(channelId)).toEqual(['created', 'closed']);
    expect(bench.receivers[0]?.closed?.code).toBe('shutdown');
  });
});

it('makes no report without a URL, and serves the calls all the same', async () => {
  await bench
    .start({}, { report: { gateWayStart: undefined, streamStateChange: undefined, blackSsrc: undefined, flow: undefined } })
    .catch(() => bench.start({ report: {} }));
  expect((await bench.create('cam1')).status).toBe(200);
  bench.clock.advance(60_000);
  expect(bench.cc.tried).toEqual([]);
});
