import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { closeReason } from '@sluice/core';
import { FakeClock } from '@sluice/core/testing';
import { PortPool } from '../src/proto/port-pool.js';
import { closing, ending, framed, freeRange, passing, repeatUntil, Sender, startBench, until, watch } from './support.js';

const SSRC = '0200000001';

describe('PortPool', () => {
  it('gives even ports, the one given back longest ago first', () => {
    const pool = new PortPool('30001-30006');
    expect([pool.take(0), pool.take(0), pool.take(0), pool.take(0)]).toEqual([30_002, 30_004, 30_006, undefined]);
    pool.give(30_004, 0);
    pool.give(30_002, 0);
    expect([pool.take(0), pool.take(0)]).toEqual([30_004, 30_002]);
    expect(pool.held).toBe(3);
  });

  it('a port rests, and is given back once', () => {
    const pool = new PortPool('30000-30000');
    expect(pool.take(0)).toBe(30_000);
    pool.give(30_000, 100, 5100);
    pool.give(30_000, 100);
    expect(pool.take(5099)).toBeUndefined();
    expect(pool.take(5100)).toBe(30_000);
    expect(pool.take(9999)).toBeUndefined();
  });
});

describe('a port per stream', () => {
  it('UDP: any SSRC, kept to with its source; others are foreign', async () => {
    const first = await freeRange(4);
    await using bench = await startBench({ portRange: `${first}-${first + 3}` });
    const receiver = await bench.service.open({ path: 'gb/1', ssrc: SSRC, transport: 'udp', port: 'range', remoteHint: '127.0.0.1' });
    expect(receiver).toMatchObject({ host: '127.0.0.1', port: first });
    const sender = new Sender('0000000000');
    await bench.udp(sender.pictures(6), '127.0.0.1', receiver.port);
    await receiver.live;
    const watching = watch(bench.engine, 'gb/1', 4);
    const otherSsrc = new Sender('0000000009').pictures(2);
    await bench.udp(otherSsrc, '127.0.0.1', receiver.port);
    const otherSource = new Sender('0000000000').pictures(2);
    await bench.udp(otherSource, '127.0.0.2', receiver.port);
    await bench.udp(sender.pictures(4), '127.0.0.1', receiver.port);
    const seen = await watching;
    expect(seen).toEqual([0, 1, 2, 3].map((n) => n + (seen[0] ?? 0)));
    await until(() => receiver.stats().foreign === otherSsrc.length + otherSource.length);
    expect(receiver.stats()).toMatchObject({ sourceSsrc: '0000000000', source: expect.stringMatching(/^127\.0\.0\.1:/), lost: 0, resyncs: 0 });
  });

  it('another sender is taken once it was announced', async () => {
    const first = await freeRange(2);
    await using bench = await startBench({ portRange: `${first}-${first + 1}` });
    const receiver = await bench.service.open({ path: 'gb/1', ssrc: SSRC, transport: 'udp', port: 'range' });
    const before = new Sender(SSRC).pictures(6);
    await bench.udp(before, '127.0.0.1', receiver.port);
    await until(() => receiver.stats().packets === before.length);
    receiver.relearn();
    const other = new Sender('0000000007').pictures(9);
    await bench.udp(other, '127.0.0.2', receiver.port);
    await until(() => receiver.stats().packets === before.length + other.length);
    expect(await watch(bench.engine, 'gb/1', 3)).toEqual([5, 6, 7]);
    expect(receiver.stats()).toMatchObject({ sourceSsrc: '0000000007', foreign: 0, lost: 0, resyncs: 1 });
  });

  it('TCP: a second connection replaces the first, a stranger does not', async () => {
    const first = await freeRange(2);
    const clock = new FakeClock();
    await using bench = await startBench({ portRange: `${first}-${first + 1}` }, { clock });
    const { onClose, closed } = closing();
    const receiver = await bench.service.open({ path: 'gb/1', ssrc: SSRC, transport: 'tcp-passive', port: 'range', onClose });
    const sender = new Sender('0000000003');
    const one = await bench.tcp(receiver.port);
    one.write(framed(sender.pictures(3)));
    await receiver.live;
    const stranger = await bench.tcp(receiver.port);
    stranger.write(framed(new Sender('0000000004').pictures(1).slice(0, 1)));
    await until(() => receiver.stats().foreign === 1);
    const gone = ending(one);
    const two = await bench.tcp(receiver.port);
    await repeatUntil(gone, () => void two.write(framed(sender.pictures(1))));
    two.write(framed(sender.pictures(3)));
    await until(() => receiver.stats().packets > 12);
    expect(receiver.stats()).toMatchObject({ sourceSsrc: '0000000003', resyncs: 0 });
    two.end();
    expect(await passing(clock, closed)).toMatchObject({ code: 'lost' });
    // The port is free for others.
    await expect(bench.tcp(receiver.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('none free: 503; ports come back on every way out', async () => {
    const first = await freeRange(4);
    await using bench = await startBench({ portRange: `${first}-${first + 3}`, receiveTimeoutSeconds: 1 });
    const open = (name: string, transport: 'udp' | 'tcp-passive', onClose = () => {}) =>
      bench.service.open({ path: `gb/${name}`, ssrc: bench.service.allocateSsrc('34020000002000000001', 'live'), transport, port: 'range', onClose });
    // Closed by its owner, again and again.
    for (let i = 0; i < 200; i++) await (await open('a', i % 2 === 0 ? 'udp' : 'tcp-passive')).close(closeReason('ended'));
    // Timed out.
    const { onClose, closed } = closing();
    await bench.service.open({ path: 'gb/a', ssrc: SSRC, transport: 'udp', port: 'range', onClose });
    const other = await open('b', 'udp');
    await expect(open('c', 'udp')).rejects.toMatchObject({ code: 'ERR_RTP_NO_PORT', status: 503 });
    expect(await closed).toMatchObject({ code: 'timeout' });
    await other.close(closeReason('ended'));
    // Refused: the path is taken.
    await bench.engine.publish('gb/taken', { trusted: true });
    const refused = closing();
    const taken = await bench.service.open({ path: 'gb/taken', ssrc: SSRC, transport: 'udp', port: 'range', onClose: refused.onClose });
    await bench.udp(new Sender(SSRC).pictures(3), '127.0.0.1', taken.port);
    expect(await refused.closed).toMatchObject({ code: 'refused' });
    // That one had a sender, which may go on for a while: its port rests.
    await open('d', 'udp');
    await expect(open('e', 'udp')).rejects.toMatchObject({ code: 'ERR_RTP_NO_PORT' });
    expect(
      bench.engine.addresses
        .filter(({ name }) => name.startsWith('media-'))
        .map(({ port }) => port)
        .sort(),
    ).toHaveLength(2);
  });

  it('a refused open gives everything back', async () => {
    const first = await freeRange(2);
    await using bench = await startBench({ portRange: `${first}-${first + 1}` });
    const options = { path: 'gb/1', ssrc: SSRC, transport: 'udp', port: 'range' } as const;
    const one = await bench.service.open(options);
    await expect(bench.service.open({ ...options, ssrc: '0200000002' })).rejects.toMatchObject({ code: 'ERR_RTP_NO_PORT' });
    await one.close(closeReason('ended'));
    const again = await bench.service.open(options);
    expect(again.port).toBe(one.port);
  });

  it('ports of other programs are passed over', async () => {
    const first = await freeRange(4);
    const stranger = createSocket('udp4');
    // The RTCP port of the first pair.
    stranger.bind(first + 1, '127.0.0.1');
    await once(stranger, 'listening');
    try {
      await using bench = await startBench({ portRange: `${first}-${first + 3}` });
      const receiver = await bench.service.open({ path: 'gb/1', ssrc: SSRC, transport: 'udp', port: 'range' });
      expect(receiver.port).toBe(first + 2);
    } finally {
      stranger.close();
    }
  });
});
