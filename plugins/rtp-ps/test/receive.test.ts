import { closeReason, createLogger } from '@sluice/core';
import { FakeClock } from '@sluice/core/testing';
import { closing, ending, framed, passing, repeatUntil, Sender, startBench, until, watch } from './support.js';

const SSRC = '0200000001';
const DOMAIN = '34020000002000000001';

describe('one port for UDP and TCP', () => {
  it('is the same number', async () => {
    await using bench = await startBench();
    const ports = bench.engine.addresses.filter(({ plugin }) => plugin === 'rtp-ps');
    expect(ports.map(({ protocol }) => protocol).sort()).toEqual(['tcp', 'udp']);
    expect(new Set(ports.map(({ port }) => port)).size).toBe(1);
  });

  it('UDP: packets of an SSRC become a stream with the first frame', async () => {
    await using bench = await startBench();
    const receiver = await bench.service.open({ path: 'gb/cam', ssrc: SSRC, transport: 'udp', remoteHint: '127.0.0.1', query: { channel: '1' } });
    expect(receiver).toMatchObject({ host: '127.0.0.1', port: bench.port, ssrc: SSRC });
    expect(bench.engine.streams.list()).toEqual([]);
    const sender = new Sender(SSRC);
    await bench.udp(sender.pictures(12));
    await receiver.live;
    const [stream] = bench.engine.streams.list();
    expect(stream).toMatchObject({ path: 'gb/cam', publisher: { protocol: 'gb28181', query: { channel: '1' } } });
    const watching = watch(bench.engine, 'gb/cam', 5);
    await bench.udp(sender.pictures(8));
    const [first = -1, ...rest] = await watching;
    expect(first % 5).toBe(0);
    expect(rest).toEqual([1, 2, 3, 4].map((n) => first + n));
    await receiver.close(closeReason('ended'));
    await receiver.close(closeReason('ended'));
  });

  it('TCP: a connection is bound by the SSRC of its first frame, in any cut', async () => {
    await using bench = await startBench();
    const receiver = await bench.service.open({ path: 'gb/cam', ssrc: SSRC, transport: 'tcp-passive' });
    const socket = await bench.tcp();
    const bytes = framed(new Sender(SSRC).pictures(8));
    for (let at = 0; at < bytes.length; at += 997) socket.write(bytes.subarray(at, at + 997));
    await receiver.live;
    const seen = await watch(bench.engine, 'gb/cam', 2);
    expect(seen).toEqual([seen[0], (seen[0] ?? 0) + 1]);
    const closed = ending(socket);
    await receiver.close(closeReason('kicked'));
    await closed;
  });

  it('TCP: the same SSRC on a second connection replaces the first, once that is silent', async () => {
    await using bench = await startBench();
    const receiver = await bench.service.open({ path: 'gb/cam', ssrc: SSRC, transport: 'tcp-passive' });
    const sender = new Sender(SSRC);
    const first = await bench.tcp();
    first.write(framed(sender.pictures(3)));
    await receiver.live;
    const second = await bench.tcp();
    await repeatUntil(ending(first), () => void second.write(framed(sender.pictures(1))));
    await until(() => receiver.stats().source === `127.0.0.1:${second.localPort}`);
    expect(receiver.stats().foreign).toBeGreaterThan(0);
  });

  it('TCP: the same SSRC from another address takes nothing away from the one who sends', async () => {
    await using bench = await startBench();
    const receiver = await bench.service.open({ path: 'gb/cam', ssrc: SSRC, transport: 'tcp-passive' });
    const sender = new Sender(SSRC);
    const own = await bench.tcp();
    own.write(framed(sender.pictures(3)));
    await receiver.live;
    const stranger = await bench.tcp(bench.port, '127.0.0.2');
    stranger.write(framed(new Sender(SSRC).pictures(3)));
    await until(() => receiver.stats().foreign > 0);
    own.write(framed(sender.pictures(3)));
    await until(() => receiver.stats().packets >= 18);
    expect(receiver.stats().source).toBe(`127.0.0.1:${own.localPort}`);
    expect(own.destroyed).toBe(false);
    stranger.destroy();
  });

  it('TCP: a sender that goes for good ends the stream', async () => {
    const clock = new FakeClock();
    await using bench = await startBench({}, { clock });
    const { onClose, closed } = closing();
    const receiver = await bench.service.open({ path: 'gb/cam', ssrc: SSRC, transport: 'tcp-passive', onClose });
    const socket = await bench.tcp();
    socket.end(framed(new Sender(SSRC).pictures(3)));
    await receiver.live;
    expect(await passing(clock, closed)).toMatchObject({ code: 'lost' });
  });

  it('TCP: framing lost by the sender is found again, no torn picture', async () => {
    await using bench = await startBench();
    const receiver = await bench.service.open({ path: 'gb/cam', ssrc: SSRC, transport: 'tcp-passive' });
    const sender = new Sender(SSRC);
    const socket = await bench.tcp();
    socket.write(framed(sender.pictures(2)));
    await receiver.live;
    const watching = watch(bench.engine, 'gb/cam', 4);
    socket.write(framed(sender.pictures(1)).subarray(0, 2000));
    socket.write(framed(sender.pictures(6)));
    expect(await watching).toEqual([0, 1, 5, 6]);
  });

  it('what is no RTP over TCP is closed', async () => {
    await using bench = await startBench();
    const socket = await bench.tcp();
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await ending(socket);
    expect(bench.engine.info.errors()).toEqual([{ plugin: 'rtp-ps', kind: 'not-framed', count: 1 }]);
  });

  it('many of them are few lines of the log, and are counted', async () => {
    const lines: string[] = [];
    await using bench = await startBench({}, { logger: createLogger({ stream: { write: (line: string) => lines.push(line) } }) });
    for (let index = 0; index < 20; index++) {
      const socket = await bench.tcp();
      socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
      await ending(socket);
    }
    expect(lines.filter((line) => line.includes('connection closed'))).toHaveLength(1);
    expect(bench.engine.info.errors()).toEqual([{ plugin: 'rtp-ps', kind: 'not-framed', count: 20 }]);
  });
});

describe('SSRCs', () => {
  it('the answer may name another one; the first stays good until a packet came', async () => {
    await using bench = await startBench();
    const first = await bench.service.open({ path: 'gb/1', ssrc: SSRC, transport: 'udp' });
    first.rekey('0060205514');
    expect(first.ssrc).toBe('0060205514');
    await bench.udp(new Sender('0060205514').pictures(3));
    await first.live;
    const second = await bench.service.open({ path: 'gb/2', ssrc: SSRC, transport: 'udp' });
    second.rekey('0060205515');
    await bench.udp(new Sender(SSRC).pictures(3));
    await second.live;
    expect(() => second.rekey('0060205514')).toThrow(expect.objectContaining({ code: 'ERR_RTP_SSRC_BUSY' }));
  });

  it('busy, wrong, not offered', async () => {
    await using bench = await startBench();
    const receiver = await bench.service.open({ path: 'gb/1', ssrc: SSRC, transport: 'udp' });
    await expect(bench.service.open({ path: 'gb/2', ssrc: SSRC, transport: 'udp' })).rejects.toMatchObject({ code: 'ERR_RTP_SSRC_BUSY' });
    await expect(bench.service.open({ path: 'gb/2', ssrc: '12', transport: 'udp' })).rejects.toMatchObject({ code: 'ERR_RTP_SSRC' });
    await expect(receiver.connect('127.0.0.1', 9)).rejects.toMatchObject({ code: 'ERR_RTP_TRANSPORT' });
    await expect(bench.service.open({ path: 'gb/2', ssrc: '0200000009', transport: 'udp', payloadMap: { 200: 'H264/90000' } })).rejects.toMatchObject({
      code: 'ERR_RTP_PAYLOAD',
    });
    await receiver.close(closeReason('ended'));
    await expect(receiver.live).rejects.toMatchObject({ code: 'ERR_RTP_ENDED' });
    await bench.service.open({ path: 'gb/2', ssrc: SSRC, transport: 'udp' });
  });

  it('a lease gives its SSRC back', async () => {
    await using bench = await startBench();
    const ssrc = bench.service.allocateSsrc(DOMAIN, 'live');
    const receiver = await bench.service.open({ path: 'gb/1', ssrc, transport: 'udp' });
    await receiver.close(closeReason('ended'));
    expect(bench.service.allocateSsrc(DOMAIN, 'live')).not.toBe(ssrc);
  });

  it('unknown ones make no stream, unless adopted', async () => {
    await using quiet = await startBench();
    await quiet.udp(new Sender('0012345678').pictures(4));
    await quiet.engine.reported(({ type }) => type === 'rtp-ps.unknown-ssrc');
    expect(quiet.engine.streams.list()).toEqual([]);
    await using open = await startBench({ unknownSsrc: 'adopt' });
    await open.udp(new Sender('0012345678').pictures(4));
    await open.engine.reported(({ type, data }) => type === 'stream.published' && 'path' in data && data.path === 'gb/0012345678');
  });
});

describe('ends', () => {
  it('nothing comes: timeout', async () => {
    const clock = new FakeClock();
    await using bench = await startBench({ receiveTimeoutSeconds: 1 }, { clock });
    const { onClose, closed } = closing();
    let over = false;
    void closed.then(() => {
      over = true;
    });
    const receiver = await bench.service.open({ path: 'gb/1', ssrc: SSRC, transport: 'udp', onClose });
    await clock.advanceAsync(950, 50);
    expect(over).toBe(false);
    await clock.advanceAsync(100, 50);
    expect(await closed).toMatchObject({ code: 'timeout' });
    await expect(receiver.live).rejects.toMatchObject({ code: 'ERR_RTP_ENDED' });
  });

  it('an operator ends the stream: the lease goes with it', async () => {
    await using bench = await startBench();
    const { onClose, closed } = closing();
    const receiver = await bench.service.open({ path: 'gb/1', ssrc: SSRC, transport: 'udp', onClose });
    await bench.udp(new Sender(SSRC).pictures(3));
    await receiver.live;
    bench.engine.streams.close('gb/1', closeReason('kicked'));
    expect(await closed).toMatchObject({ code: 'kicked' });
    await bench.service.open({ path: 'gb/1', ssrc: SSRC, transport: 'udp' });
  });

  it('the path is taken: refused', async () => {
    await using bench = await startBench();
    await bench.engine.publish('gb/1', { trusted: true });
    const { onClose, closed } = closing();
    const receiver = await bench.service.open({ path: 'gb/1', ssrc: SSRC, transport: 'udp', onClose });
    await bench.udp(new Sender(SSRC).pictures(3));
    expect(await closed).toMatchObject({ code: 'refused' });
    await expect(receiver.live).rejects.toMatchObject({ code: 'ERR_STREAM_BUSY' });
  });

  it('an engine that stops ends them', async () => {
    const bench = await startBench();
    const receiver = await bench.service.open({ path: 'gb/1', ssrc: SSRC, transport: 'udp' });
    await bench.engine.dispose();
    await expect(receiver.live).rejects.toMatchObject({ code: 'ERR_RTP_ENDED' });
  });
});

describe('health', () => {
  it('counts loss, order and strangers; no torn picture', async () => {
    await using bench = await startBench({ reorder: { holdMs: 50 } });
    const receiver = await bench.service.open({ path: 'gb/1', ssrc: SSRC, transport: 'udp' });
    const packets = new Sender(SSRC).pictures(16);
    const [a, b] = [packets[4], packets[5]];
    if (a === undefined || b === undefined) throw new Error('too few packets');
    packets.splice(4, 2, b, a, a);
    packets.splice(20, 1);
    await bench.udp(packets.slice(0, 16));
    await receiver.live;
    const watching = watch(bench.engine, 'gb/1', 6);
    await bench.udp(packets.slice(16));
    const stranger = new Sender(SSRC).pictures(1);
    await bench.udp(stranger, '127.0.0.2');
    const seen = await watching;
    for (let i = 1; i < seen.length; i++) expect(seen[i]).toBeGreaterThan(seen[i - 1] ?? 0);
    const health = () => bench.engine.streams.describe('gb/1')?.health;
    while (health()?.foreign !== stranger.length || health()?.lost === undefined) await new Promise((resolve) => setImmediate(resolve));
    expect(health()).toMatchObject({ lost: 1, reordered: 1, duplicate: 1 });
  });
});
