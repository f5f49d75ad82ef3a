import { SluiceError } from '@sluice/core';
import { type Bench, makeBench, settle } from './bench.js';
import { DEVICE, register } from './device-messages.js';
import { FakeDialog, HOME, response } from './fake-sip.js';

const PATH = `gb/${DEVICE}`;

/** Answers the newest INVITE and lets its media come. */
async function accept({ sip, rtpPs, streams }: Bench): Promise<void> {
  sip.invites.at(-1)?.resolve(new FakeDialog(response(200, 'v=0\r\nm=video 6000 RTP/AVP 96\r\n'), `call-${sip.invites.length}`));
  await settle();
  streams.set(PATH, { state: 'live', viewers: 1 });
  rtpPs.receivers.at(-1)?.goLive();
  await settle();
}

async function playing(): Promise<Bench> {
  const bench = await makeBench();
  register(bench.sip);
  const played = bench.platform.service.play(DEVICE, { transport: 'tcp-passive' });
  await settle();
  await accept(bench);
  await played;
  bench.clock.advance(60_000);
  return bench;
}

/** The media stops; the stream lingers with its viewers. */
async function lose({ rtpPs, streams }: Bench, code = 'timeout', viewers = 1): Promise<void> {
  streams.set(PATH, { state: 'lingering', viewers });
  rtpPs.receivers.at(-1)?.over({ code });
  await settle();
}

async function wait(bench: Bench, ms: number): Promise<void> {
  bench.clock.advance(ms);
  await settle();
}

it.each(['timeout', 'lost', 'protocol-error'])('media that stops with %s while somebody watches is asked for again, as before', async (code) => {
  const bench = await playing();
  await lose(bench, code);
  await wait(bench, 100);
  expect(bench.sip.invites).toHaveLength(2);
  expect(bench.rtpPs.receivers[1]?.options).toMatchObject({ path: PATH, transport: 'tcp-passive' });
  await accept(bench);
  expect(bench.platform.live.has(PATH)).toBe(true);
  await wait(bench, 60_000);
  expect(bench.sip.invites).toHaveLength(2);
});

it('with growing pauses, until nobody waits any more', async () => {
  const bench = await playing();
  await lose(bench);
  const at: number[] = [];
  for (let second = 0; second < 40; second++) {
    const before = bench.sip.invites.length;
    await wait(bench, 1000);
    if (bench.sip.invites.length === before) continue;
    at.push(second);
    bench.sip.invites.at(-1)?.reject(new SluiceError('ERR_SIP_REJECTED', '486', { status: 486 }));
    await settle();
  }
  expect(at).toEqual([0, 1, 3, 7, 15, 23, 31, 39]);
  bench.streams.delete(PATH);
  await wait(bench, 60_000);
  expect(bench.sip.invites).toHaveLength(9);
  for (const { closes } of bench.rtpPs.receivers.slice(1)) expect(closes).toHaveLength(1);
});

it('media that comes and goes is not asked for at once every time', async () => {
  const bench = await playing();
  for (const pauseMs of [100, 1000, 2000]) {
    await lose(bench);
    await wait(bench, pauseMs - 1);
    const before = bench.sip.invites.length;
    await wait(bench, 1);
    expect([pauseMs, bench.sip.invites.length]).toEqual([pauseMs, before + 1]);
    await accept(bench);
  }
  await wait(bench, 40_000);
  await lose(bench);
  await wait(bench, 100);
  expect(bench.sip.invites).toHaveLength(5);
});

it.each([
  ['nobody watches', async (bench: Bench) => lose(bench, 'timeout', 0)],
  ['the device said BYE', async (bench: Bench) => lose(bench, 'ended')],
  ['it was stopped', async (bench: Bench) => bench.platform.service.stop(DEVICE)],
  [
    'somebody else publishes',
    async (bench: Bench) => {
      await lose(bench);
      bench.streams.set(PATH, { state: 'live', viewers: 1 });
    },
  ],
])('not where %s', async (_name, end) => {
  const bench = await playing();
  await end(bench);
  await wait(bench, 60_000);
  expect(bench.sip.invites).toHaveLength(1);
});

it('a device that registers from elsewhere is asked there at once', async () => {
  const bench = await playing();
  const there = { ...HOME, address: '198.51.100.7' };
  bench.streams.set(PATH, { state: 'lingering', viewers: 3 });
  register(bench.sip, { source: there });
  expect(bench.rtpPs.receivers[0]?.closes).toMatchObject([{ code: 'lost' }]);
  await wait(bench, 100);
  expect(bench.sip.invites.map(({ target }) => target)).toEqual([HOME, there]);
});

it('a device that went is asked when it is back', async () => {
  const bench = await playing();
  bench.streams.set(PATH, { state: 'lingering', viewers: 1 });
  register(bench.sip, { expires: '0' });
  await wait(bench, 6000);
  expect(bench.sip.invites).toHaveLength(1);
  register(bench.sip);
  await wait(bench, 100);
  expect(bench.sip.invites).toHaveLength(2);
});

it('a server that stops asks for nothing', async () => {
  const bench = await playing();
  await lose(bench);
  await bench.platform.shutdown({ kind: 'stop', deadlineMs: 100 });
  await wait(bench, 60_000);
  expect(bench.sip.invites).toHaveLength(1);
});
