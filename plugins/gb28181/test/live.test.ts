import { SluiceError } from '@sluice/core';
import { type Bench, demand, makeBench, settle } from './bench.js';
import { answerCatalog, DEVICE, register } from './device-messages.js';
import { FakeDialog, HOME, response } from './fake-sip.js';

const CHANNEL = '34020000001320000011';
const PATH = `gb/${CHANNEL}`;
const ANSWER = 'v=0\r\nm=video 6000 RTP/AVP 96\r\na=rtpmap:96 PS/90000\r\n';

async function withChannel(config: Record<string, unknown> = {}): Promise<Bench> {
  const bench = await makeBench(config);
  register(bench.sip);
  answerCatalog(bench.sip, [CHANNEL]);
  await settle();
  return bench;
}

/** Answers the newest INVITE and lets its media come. */
async function accept({ sip, rtpPs }: Bench, body = ANSWER): Promise<FakeDialog> {
  await settle();
  const dialog = new FakeDialog(response(200, body));
  sip.invites.at(-1)?.resolve(dialog);
  await settle();
  rtpPs.receivers.at(-1)?.goLive();
  await settle();
  return dialog;
}

describe('demand', () => {
  it('invites, once for all who ask, and is served when the picture is there', async () => {
    const bench = await withChannel();
    const { sip, rtpPs } = bench;
    const asks = [demand(bench, PATH), demand(bench, PATH), demand(bench, PATH)];
    await settle();
    expect(sip.invites).toHaveLength(1);
    const [invite] = sip.invites;
    expect(invite?.target).toEqual(HOME);
    expect(invite?.request).toMatchObject({ method: 'INVITE', uri: `sip:${CHANNEL}@192.0.2.10:5060`, to: `${CHANNEL}@3402000000` });
    expect(new Map(invite?.request.headers)).toEqual(
      new Map([
        ['contact', '<sip:34020000002000000001@10.0.0.1:5060>'],
        ['subject', `${CHANNEL}:0200000001,34020000002000000001:0`],
        ['content-type', 'APPLICATION/SDP'],
      ]),
    );
    expect(invite?.request.body?.toString()).toMatch(/\r\ny=0200000001\r\nf=\r\n$/);
    // The receiver was there before.
    expect(rtpPs.receivers[0]?.options).toMatchObject({ path: PATH, ssrc: '0200000001', transport: 'udp', remoteHint: '192.0.2.10' });
    let served = false;
    void asks[0]?.verdict.then(() => {
      served = true;
    });
    sip.invites[0]?.resolve(new FakeDialog(response(200, ANSWER)));
    await settle();
    expect(served).toBe(false);
    rtpPs.receivers[0]?.goLive();
    for (const { verdict } of asks) await expect(verdict).resolves.toEqual({ served: true });
    expect(bench.platform.live.has(PATH)).toBe(true);
    expect(rtpPs.receivers[0]?.ssrc).toBe('0200000001');
  });

  it.each([
    ['another y', `${ANSWER}y=0703001718\r\n`, '0703001718'],
    ['zeros', `${ANSWER}y=0000000000\r\n`, '0200000001'],
    ['no SDP', '', '0200000001'],
  ])('follows the answer: %s', async (_name, body, ssrc) => {
    const bench = await withChannel();
    const { verdict } = demand(bench, PATH);
    await accept(bench, body);
    await expect(verdict).resolves.toEqual({ served: true });
    expect(bench.rtpPs.receivers[0]?.ssrc).toBe(ssrc);
    expect(bench.rtpPs.receivers[0]?.payloads).toEqual([{ sdp: body }]);
    expect(bench.rtpPs.receivers[0]?.expected).toEqual([[{ address: '192.0.2.10' }]]);
  });

  it('leaves a camera that refused alone for two seconds; the API may ask it again', async () => {
    const bench = await withChannel();
    const refuse = async () => {
      await settle();
      bench.sip.invites.at(-1)?.reject(new SluiceError('ERR_SIP_REJECTED', 'INVITE was answered 486 Busy Here', { status: 486 }));
    };
    const first = demand(bench, PATH);
    await refuse();
    const verdict = await first.verdict;
    expect(verdict).toMatchObject({ served: false, status: 502, code: 'ERR_GB28181_REFUSED' });
    bench.clock.advance(1900);
    for (let index = 0; index < 20; index++) expect(await demand(bench, PATH).verdict).toEqual(verdict);
    expect(bench.sip.invites).toHaveLength(1);
    const asked = bench.platform.service.play(CHANNEL);
    await refuse();
    await expect(asked).rejects.toMatchObject({ code: 'ERR_GB28181_REFUSED' });
    expect(bench.sip.invites).toHaveLength(2);
    bench.clock.advance(200);
    const again = demand(bench, PATH);
    await accept(bench);
    expect(await again.verdict).toEqual({ served: true });
  });

  it('names the status of a refusal', async () => {
    const bench = await withChannel();
    const { verdict } = demand(bench, PATH);
    await settle();
    bench.sip.invites[0]?.reject(new SluiceError('ERR_SIP_REJECTED', '486 Busy Here', { status: 486 }));
    await expect(verdict).resolves.toEqual({ served: false, status: 502, code: 'ERR_GB28181_REFUSED', message: expect.stringContaining('486 Busy Here') });
    expect(bench.rtpPs.receivers[0]?.closes).toHaveLength(1);
    expect(bench.platform.live.size).toBe(0);
  });

  it.each([
    ['ERR_SIP_TIMEOUT', 504, 'ERR_GB28181_SILENT'],
    ['ERR_SIP_UNREACHABLE', 502, 'ERR_GB28181_OFFLINE'],
  ])('answers %s with %d', async (code, status, expected) => {
    const bench = await withChannel();
    const { verdict } = demand(bench, PATH);
    await settle();
    bench.sip.invites[0]?.reject(new SluiceError(code, 'x'));
    await expect(verdict).resolves.toMatchObject({ served: false, status, code: expected });
    expect(bench.rtpPs.receivers[0]?.closes).toHaveLength(1);
  });

  it('says BYE when no media comes, and 504', async () => {
    const bench = await withChannel();
    const { verdict } = demand(bench, PATH);
    await settle();
    const dialog = new FakeDialog(response(200, ANSWER));
    bench.sip.invites[0]?.resolve(dialog);
    await settle();
    bench.rtpPs.receivers[0]?.over({ code: 'timeout' });
    await expect(verdict).resolves.toMatchObject({ served: false, status: 504, code: 'ERR_GB28181_NO_MEDIA' });
    expect(dialog.byes).toBe(1);
  });

  it('passes on who else holds the path', async () => {
    const bench = await withChannel();
    const { verdict } = demand(bench, PATH);
    await settle();
    const dialog = new FakeDialog(response(200, ANSWER));
    bench.sip.invites[0]?.resolve(dialog);
    await settle();
    bench.rtpPs.receivers[0]?.over({ code: 'refused' }, new SluiceError('ERR_STREAM_BUSY', 'somebody publishes it', { status: 409 }));
    await expect(verdict).resolves.toMatchObject({ served: false, status: 409, code: 'ERR_STREAM_BUSY' });
    expect(dialog.byes).toBe(1);
  });

  it('goes on with its own SSRC where that of the answer is taken', async () => {
    const bench = await withChannel();
    bench.rtpPs.rekeyError = new SluiceError('ERR_RTP_SSRC_BUSY', 'taken', { status: 409 });
    const { verdict } = demand(bench, PATH);
    await accept(bench, `${ANSWER}y=0703001718\r\n`);
    await expect(verdict).resolves.toEqual({ served: true });
  });

  it('gives up when nobody waits any more', async () => {
    const bench = await withChannel();
    const asks = [demand(bench, PATH), demand(bench, PATH)];
    await settle();
    asks[0]?.abort();
    await settle();
    expect(bench.sip.invites[0]?.signal?.aborted).toBe(false);
    asks[1]?.abort();
    await settle();
    expect(bench.sip.invites[0]?.signal?.aborted).toBe(true);
    bench.sip.invites[0]?.reject(new SluiceError('ERR_SIP_CANCELLED', 'x'));
    for (const { verdict } of asks) await expect(verdict).resolves.toMatchObject({ served: false });
    expect(bench.rtpPs.receivers[0]?.closes).toHaveLength(1);
    expect(bench.platform.live.size).toBe(0);
  });

  it('a 2xx that crossed the end is ended by BYE', async () => {
    const bench = await withChannel();
    const ask = demand(bench, PATH);
    await settle();
    ask.abort();
    const dialog = new FakeDialog(response(200, ANSWER));
    bench.sip.invites[0]?.resolve(dialog);
    await expect(ask.verdict).resolves.toMatchObject({ served: false });
    expect(dialog.byes).toBe(1);
  });

  it('gives the SSRC back when no receiver can be had', async () => {
    const bench = await withChannel();
    bench.rtpPs.openError = new SluiceError('ERR_RTP_TRANSPORT', 'not offered here', { status: 501 });
    await expect(demand(bench, PATH).verdict).resolves.toMatchObject({ served: false, status: 501, code: 'ERR_RTP_TRANSPORT' });
    expect(bench.rtpPs.released).toEqual(['0200000001']);
    expect(bench.sip.invites).toHaveLength(0);
  });

  it.each(['live/demo', 'gb', 'gb/nobody', `gb/${DEVICE}/nobody`, `gb/x/${CHANNEL}`, 'gb/a/b/c', `gb/${CHANNEL}/..`, 'gb/34020000001340000001'])(
    'leaves %s to others',
    async (path) => {
      const bench = await withChannel();
      await expect(demand(bench, path).verdict).resolves.toBeUndefined();
      expect(bench.sip.invites).toHaveLength(0);
    },
  );

  it('a device without a catalog is its own channel; an offline one says so', async () => {
    const bench = await makeBench();
    register(bench.sip);
    const { verdict } = demand(bench, `gb/${DEVICE}`);
    await accept(bench);
    await expect(verdict).resolves.toEqual({ served: true });
    expect(bench.platform.service.channels(DEVICE)).toEqual([expect.objectContaining({ id: DEVICE, path: `gb/${DEVICE}` })]);
    register(bench.sip, { expires: '0' });
    await settle();
    await expect(demand(bench, `gb/${DEVICE}`).verdict).resolves.toMatchObject({ served: false, status: 502, code: 'ERR_GB28181_OFFLINE' });
  });

  it('asks a device with an id of another kind too, as its own channel', async () => {
    const bench = await makeBench();
    register(bench.sip, { id: '12345678' });
    void demand(bench, 'gb/12345678');
    await settle();
    expect(bench.sip.invites).toHaveLength(1);
  });

  it('tells two devices with one channel id apart', async () => {
    const bench = await withChannel();
    const second = '34020000001180000002';
    const there = { ...HOME, address: '192.0.2.20' };
    register(bench.sip, { id: second, source: there });
    answerCatalog(bench.sip, [CHANNEL], 1, second, there);
    await settle();
    await expect(demand(bench, PATH).verdict).resolves.toMatchObject({ served: false, status: 409 });
    await expect(bench.platform.service.play(CHANNEL)).rejects.toMatchObject({ status: 409, code: 'ERR_GB28181_CHANNEL_AMBIGUOUS' });
    const played = bench.platform.service.play(CHANNEL, { device: second });
    await accept(bench);
    await expect(played).resolves.toEqual({ path: `gb/${second}/${CHANNEL}`, state: 'live' });
    expect(bench.sip.invites[0]?.target).toEqual(there);
  });
});

describe('the end', () => {
  const playing = async (config: Record<string, unknown> = {}) => {
    const bench = await withChannel(config);
    const played = bench.platform.service.play(CHANNEL);
    const dialog = await accept(bench);
    await expect(played).resolves.toEqual({ path: PATH, state: 'live' });
    const [receiver] = bench.rtpPs.receivers;
    if (receiver === undefined) throw new Error('no receiver');
    return { bench, dialog, receiver };
  };

  it.each(['idle', 'timeout', 'kicked', 'lost'])('publisher ends with %s: BYE', async (code) => {
    const { bench, dialog, receiver } = await playing();
    receiver.over({ code });
    await settle();
    expect(dialog.byes).toBe(1);
    expect(bench.platform.live.size).toBe(0);
  });

  it('BYE of the device: the receiver ends', async () => {
    const { bench, receiver, dialog } = await playing();
    dialog.remoteBye();
    await settle();
    expect(receiver.closes.map(({ code }) => code)).toEqual(['ended']);
    expect(bench.platform.live.size).toBe(0);
  });

  it('the device goes offline: both, once', async () => {
    const { bench, receiver, dialog } = await playing();
    bench.clock.advance(180_000);
    receiver.over({ code: 'timeout' });
    dialog.remoteBye();
    await settle();
    expect(dialog.byes).toBe(1);
    expect(receiver.closes).toHaveLength(1);
  });

  it('the device registers from elsewhere: what ran at the old place ends', async () => {
    const { bench, receiver } = await playing();
    register(bench.sip, { source: { ...HOME, port: 9 } });
    expect(receiver.closes).toHaveLength(0);
    register(bench.sip, { source: { ...HOME, address: '198.51.100.7' } });
    expect(receiver.closes).toHaveLength(1);
    expect(bench.reports.map(({ type }) => type)).toEqual(['gb28181.device.online', 'gb28181.device.offline', 'gb28181.device.online']);
  });

  it('stop', async () => {
    const { bench, receiver, dialog } = await playing();
    await bench.platform.service.stop(CHANNEL);
    expect([dialog.byes, receiver.closes.length]).toEqual([1, 1]);
    await expect(bench.platform.service.stop(CHANNEL)).rejects.toMatchObject({ status: 404 });
    const again = bench.platform.service.play(CHANNEL);
    await accept(bench);
    await expect(again).resolves.toEqual({ path: PATH, state: 'live' });
    expect(bench.sip.invites).toHaveLength(2);
  });

  it('a BYE that is not answered holds nobody up, but a shutdown', async () => {
    const { bench, receiver, dialog } = await playing();
    const bye = dialog.bye.bind(dialog);
    let answer = () => {};
    const answered = new Promise<void>((resolve) => {
      answer = resolve;
    });
    dialog.bye = async () => {
      const result = bye();
      await answered;
      return result;
    };
    await bench.platform.service.stop(CHANNEL);
    expect([dialog.byes, receiver.closes.length]).toEqual([1, 1]);
    let stopped = false;
    const stopping = bench.platform.shutdown({ kind: 'stop', deadlineMs: 100 }).then(() => {
      stopped = true;
    });
    await settle();
    expect(stopped).toBe(false);
    answer();
    await stopping;
  });

  it('no media: who waits is told at once, whatever becomes of the BYE', async () => {
    const bench = await withChannel();
    const { verdict } = demand(bench, PATH);
    await settle();
    const dialog = new FakeDialog(response(200, ANSWER));
    dialog.bye = () => new Promise(() => {});
    bench.sip.invites[0]?.resolve(dialog);
    await settle();
    bench.rtpPs.receivers[0]?.over({ code: 'timeout' });
    await expect(verdict).resolves.toMatchObject({ served: false, status: 504, code: 'ERR_GB28181_NO_MEDIA' });
  });

  it('a BYE that fails hurts nobody', async () => {
    const { bench, dialog } = await playing();
    dialog.bye = () => Promise.reject(new Error('no socket'));
    await bench.platform.service.stop(CHANNEL);
    await bench.platform.shutdown({ kind: 'stop', deadlineMs: 100 });
  });

  it('shutdown says BYE to all, and takes no longer than it may; an upgrade keeps them', async () => {
    const { bench, dialog } = await playing();
    await bench.platform.shutdown({ kind: 'upgrade', deadlineMs: 100 });
    expect(dialog.byes).toBe(0);
    dialog.bye = () => {
      dialog.byes++;
      return new Promise(() => {});
    };
    const stopping = bench.platform.shutdown({ kind: 'stop', deadlineMs: 100 });
    await settle();
    expect(dialog.byes).toBe(1);
    bench.clock.advance(100);
    await stopping;
    await expect(bench.platform.service.play(CHANNEL)).rejects.toMatchObject({ code: 'ERR_GB28181_ENDED' });
  });
});

it('sends media the way the device is configured', async () => {
  const bench = await withChannel({ devices: [{ id: DEVICE, password: 'correct horse', transport: 'tcp-passive' }] });
  void demand(bench, PATH);
  await settle();
  expect(bench.rtpPs.receivers[0]?.options.transport).toBe('tcp-passive');
  expect(bench.sip.invites[0]?.request.body?.toString()).toContain('a=setup:passive');
});
