import { SluiceError } from '@sluice/core';
import { type Bench, makeBench, settle } from './bench.js';
import { answerCatalog, DEVICE, manscdp, register } from './device-messages.js';
import type { FakeReceiver } from './fake-rtp-ps.js';
import { FakeDialog, HOME, response } from './fake-sip.js';

const CHANNEL = '34020000001320000011';
const PERIOD = { start: '2022-05-01T00:00:00Z', end: '2022-05-01T01:00:00Z' };
const ANSWER = 'v=0\r\nm=video 6000 RTP/AVP 96\r\na=rtpmap:96 PS/90000\r\ny=1200000001\r\n';

interface Playing {
  readonly bench: Bench;
  readonly dialog: FakeDialog;
  readonly receiver: FakeReceiver;
  readonly id: string;
  readonly path: string;
}

async function withChannel(headers: readonly (readonly [string, string])[] = []): Promise<Bench> {
  const bench = await makeBench();
  register(bench.sip, { headers });
  answerCatalog(bench.sip, [CHANNEL]);
  await settle();
  return bench;
}

async function start(bench: Bench, options: Record<string, unknown> = {}, body = ANSWER, callId = 'call-1'): Promise<Playing> {
  const started = bench.platform.service.playback(CHANNEL, { ...PERIOD, ...options });
  await settle();
  const dialog = new FakeDialog(response(200, body), callId);
  bench.sip.invites.at(-1)?.resolve(dialog);
  const { id, path } = await started;
  const receiver = bench.rtpPs.receivers.at(-1);
  if (receiver === undefined) throw new Error('no receiver');
  return { bench, dialog, receiver, id, path };
}

async function playing(options: Record<string, unknown> = {}, headers: readonly (readonly [string, string])[] = []): Promise<Playing> {
  const started = await start(await withChannel(headers), options);
  started.receiver.goLive();
  await settle();
  return started;
}

function mediaStatus({ sip }: Bench, from: string, named: string, callId: string, type = '121'): number {
  return sip.receive('MESSAGE', from, HOME, [], manscdp('Notify', 'MediaStatus', 1, named, `<NotifyType>${type}</NotifyType>`), callId).status;
}

describe('a playback', () => {
  it('is an INVITE for the period, with an SSRC of recordings', async () => {
    const bench = await withChannel();
    const { id, path, receiver } = await start(bench);
    const { request } = bench.sip.invites[0] ?? {};
    expect(request?.uri).toBe(`sip:${CHANNEL}@192.0.2.10:5060`);
    const offer = request?.body?.toString().split('\r\n') ?? [];
    expect(offer.slice(0, 6)).toEqual([
      'v=0',
      `o=${CHANNEL} 0 0 IN IP4 10.0.0.1`,
      's=Playback',
      `u=${CHANNEL}:0`,
      'c=IN IP4 10.0.0.1',
      // 2022-05-01T00:00:00Z and an hour later.
      't=1651363200 1651366800',
    ]);
    expect(offer.slice(-3)).toEqual(['y=1200000001', 'f=', '']);
    expect(new Map(request?.headers).get('subject')).toBe(`${CHANNEL}:1200000001,34020000002000000001:0`);
    expect(path).toBe(`gb/${CHANNEL}/playback/${id}`);
    expect(receiver.options.path).toBe(path);
    // What it is pushed to holds it as long.
    expect(receiver.options.query).toEqual({ device: DEVICE, channel: CHANNEL, receiveTimeoutSeconds: '3600' });
    expect(bench.platform.service.playbackInfo(id)).toEqual({
      id,
      path,
      state: 'connecting',
      positionSeconds: 0,
      speed: 1,
      deviceId: DEVICE,
      channelId: CHANNEL,
      kind: 'playback',
      start: '2022-05-01T00:00:00.000Z',
      end: '2022-05-01T01:00:00.000Z',
    });
    const wanted = bench.platform.demand({ path, signal: new AbortController().signal });
    receiver.goLive();
    await expect(wanted).resolves.toEqual({ served: true });
    expect(bench.platform.service.playbackInfo(id).state).toBe('playing');
  });

  it('follows the SSRC of the answer', async () => {
    const { receiver } = await start(await withChannel(), {}, `${ANSWER}y=1703001718\r\n`);
    expect(receiver.ssrc).toBe('1703001718');
  });

  it.each([
    ['2.0', 'MANSRTSP/1.0'],
    ['3.0', 'RTSP/1.0'],
  ])('is told by INFO, as edition %s writes it', async (edition, version) => {
    const { bench, dialog, id } = await playing({}, [['x-gb-ver', edition]]);
    const { service } = bench.platform;
    await service.pausePlayback(id);
    await service.resumePlayback(id);
    await service.speedPlayback(id, 2);
    await service.speedPlayback(id, 0.5);
    await service.seekPlayback(id, 100.5);
    expect(dialog.requests.map(({ method, body }) => [method, body])).toEqual([
      ['INFO', `PAUSE ${version}\r\nCSeq: 1\r\nPauseTime: now\r\n\r\n`],
      ['INFO', `PLAY ${version}\r\nCSeq: 2\r\nRange: npt=now-\r\n\r\n`],
      ['INFO', `PLAY ${version}\r\nCSeq: 3\r\nScale: 2.0\r\n\r\n`],
      ['INFO', `PLAY ${version}\r\nCSeq: 4\r\nScale: 0.5\r\n\r\n`],
      ['INFO', `PLAY ${version}\r\nCSeq: 5\r\nRange: npt=100.5-\r\n\r\n`],
    ]);
    expect(new Map(dialog.requests[0]?.headers).get('content-type')).toBe('Application/MANSRTSP');
  });

  it('reckons where it is', async () => {
    const { bench, id } = await playing();
    const { service } = bench.platform;
    bench.clock.advance(10_000);
    expect(service.playbackInfo(id)).toMatchObject({ state: 'playing', positionSeconds: 10, speed: 1 });
    expect(await service.pausePlayback(id)).toMatchObject({ state: 'paused', positionSeconds: 10 });
    bench.clock.advance(60_000);
    expect(service.playbackInfo(id).positionSeconds).toBe(10);
    expect(await service.resumePlayback(id)).toMatchObject({ state: 'playing', positionSeconds: 10 });
    expect(await service.speedPlayback(id, 4)).toMatchObject({ speed: 4, positionSeconds: 10 });
    bench.clock.advance(5000);
    expect(service.playbackInfo(id).positionSeconds).toBe(30);
    expect(await service.seekPlayback(id, 3590)).toMatchObject({ positionSeconds: 3590, speed: 4 });
    bench.clock.advance(5000);
    expect(service.playbackInfo(id).positionSeconds).toBe(3600);
    await service.speedPlayback(id, -1);
    bench.clock.advance(100_000);
    expect(service.playbackInfo(id)).toMatchObject({ positionSeconds: 3500, speed: -1 });
  });

  it('is held while it is paused, and its stream is kept without viewers, for a while', async () => {
    const { bench, receiver, id, path } = await playing();
    const { service } = bench.platform;
    expect(bench.platform.idle(path)).toBe('end');
    await service.pausePlayback(id);
    expect(receiver.holds).toEqual([true]);
    expect(bench.platform.idle(path)).toBe('keep');
    await service.pausePlayback(id);
    expect(receiver.holds).toEqual([true]);
    await service.resumePlayback(id);
    expect(receiver.holds).toEqual([true, false]);
    expect(bench.platform.idle(path)).toBe('end');
    await service.pausePlayback(id);
    await service.seekPlayback(id, 5);
    expect(receiver.holds).toEqual([true, false, true, false]);
    expect(service.playbackInfo(id).state).toBe('playing');
    await service.pausePlayback(id);
    // An hour.
    for (let i = 0; i < 60; i++) {
      expect(bench.platform.idle(path)).toBe('keep');
      bench.clock.advance(60_000);
      bench.sip.receive('MESSAGE', DEVICE, HOME, [], manscdp('Notify', 'Keepalive', 1, DEVICE, '<Status>OK</Status>'));
    }
    expect(bench.platform.idle(path)).toBe('end');
  });

  it('is not paused where the device does not pause', async () => {
    const { bench, dialog, receiver, id } = await playing();
    const { service } = bench.platform;
    dialog.answerRequest = () => Promise.resolve(response(488, '', 'Not Acceptable Here'));
    await expect(service.pausePlayback(id)).rejects.toMatchObject({ code: 'ERR_GB28181_REFUSED', status: 502, message: expect.stringContaining('488') });
    expect(receiver.holds).toEqual([true, false]);
    expect(service.playbackInfo(id).state).toBe('playing');
    // 200 to the INFO, and no in its body.
    dialog.answerRequest = () => Promise.resolve(response(200, 'RTSP/1.0 457 Invalid Range\r\nCSeq: 2\r\n\r\n'));
    await expect(service.seekPlayback(id, 5)).rejects.toMatchObject({ code: 'ERR_GB28181_REFUSED', message: expect.stringContaining('457') });
    dialog.answerRequest = () => Promise.reject(new SluiceError('ERR_SIP_TIMEOUT', 'x'));
    await expect(service.speedPlayback(id, 2)).rejects.toMatchObject({ code: 'ERR_GB28181_SILENT', status: 504 });
    expect(service.playbackInfo(id).speed).toBe(1);
    // With a body that says yes all is well.
    dialog.answerRequest = () => Promise.resolve(response(200, 'RTSP/1.0 200 OK\r\nCSeq: 4\r\nRTP-Info: seq=1;rtptime=2\r\n\r\n'));
    await expect(service.speedPlayback(id, 2)).resolves.toMatchObject({ speed: 2 });
  });

  it('begins at the speed that is asked for', async () => {
    const bench = await withChannel();
    const started = bench.platform.service.playback(CHANNEL, { ...PERIOD, speed: 4 });
    await settle();
    const dialog = new FakeDialog(response(200, ANSWER));
    bench.sip.invites[0]?.resolve(dialog);
    await expect(started).resolves.toMatchObject({ speed: 4 });
    expect(dialog.requests.map(({ body }) => body)).toEqual([expect.stringContaining('Scale: 4.0')]);
  });

  it('refuses what makes no sense', async () => {
    const { bench, id, dialog } = await playing();
    const { service } = bench.platform;
    const range = { code: 'ERR_GB28181_RANGE', status: 400 };
    for (const speed of [0, 100, -100, Number.NaN]) await expect(service.speedPlayback(id, speed)).rejects.toMatchObject(range);
    for (const position of [-1, 3601, Number.NaN]) await expect(service.seekPlayback(id, position)).rejects.toMatchObject(range);
    await expect(service.playback(CHANNEL, { start: PERIOD.end, end: PERIOD.start })).rejects.toMatchObject(range);
    await expect(service.playback('nobody', PERIOD)).rejects.toMatchObject({ status: 404 });
    await expect(service.pausePlayback('nobody')).rejects.toMatchObject({ code: 'ERR_GB28181_PLAYBACK_UNKNOWN', status: 404 });
    expect(dialog.requests).toEqual([]);
  });
});

it('a download is paced by its INVITE, and says how big it is', async () => {
  const bench = await withChannel();
  const { id, dialog } = await start(bench, { kind: 'download', speed: 4 }, `${ANSWER}a=filesize:123456\r\n`);
  const offer = bench.sip.invites[0]?.request.body?.toString() ?? '';
  expect(offer).toContain('s=Download\r\n');
  expect(offer).toContain('a=downloadspeed:4\r\n');
  expect(dialog.requests).toEqual([]);
  expect(bench.platform.service.playbackInfo(id)).toMatchObject({ kind: 'download', speed: 4, fileSizeBytes: 123456 });
});

describe('the end', () => {
  it.each([
    ['in the dialog, From somebody else', 'somebody', 'somebody', 'call-1'],
    ['in the dialog, From the channel', CHANNEL, CHANNEL, 'call-1'],
    ['out of it, named after the channel', DEVICE, CHANNEL, 'other'],
    ['out of it, From the channel', CHANNEL, CHANNEL, 'other'],
    ['out of it, named after the device', DEVICE, DEVICE, 'other'],
  ])('MediaStatus 121 %s', async (_name, from, named, callId) => {
    const { bench, dialog, receiver, id, path } = await playing();
    expect(mediaStatus(bench, from, named, 'other', '122')).toBe(from === 'somebody' ? 403 : 200);
    expect(bench.platform.service.playbackInfo(id).state).toBe('playing');
    expect(mediaStatus(bench, from, named, callId)).toBe(200);
    await settle();
    expect(dialog.byes).toBe(1);
    expect(receiver.closes.map(({ code }) => code)).toEqual(['ended']);
    expect(bench.platform.service.playbackInfo(id)).toMatchObject({ state: 'ended', reason: 'finished', positionSeconds: 3600 });
    await expect(bench.platform.service.resumePlayback(id)).resolves.toMatchObject({ state: 'ended' });
    await expect(bench.platform.service.seekPlayback(id, 1)).rejects.toMatchObject({ code: 'ERR_GB28181_PLAYBACK_ENDED', status: 409 });
    await expect(bench.platform.demand({ path, signal: new AbortController().signal })).resolves.toBeUndefined();
    // Again, and of a stranger.
    expect(mediaStatus(bench, 'stranger', CHANNEL, 'unknown')).toBe(403);
  });

  it('MediaStatus ends the right one of two', async () => {
    const first = await playing();
    const second = await start(first.bench, {}, ANSWER, 'call-2');
    second.receiver.goLive();
    await settle();
    const { service } = first.bench.platform;
    mediaStatus(first.bench, DEVICE, CHANNEL, 'call-2');
    expect([service.playbackInfo(first.id).state, service.playbackInfo(second.id).state]).toEqual(['playing', 'ended']);
  });

  it('DELETE: BYE, and it is forgotten', async () => {
    const { bench, dialog, receiver, id } = await playing();
    await bench.platform.service.endPlayback(id);
    expect([dialog.byes, receiver.closes.length]).toEqual([1, 1]);
    expect(() => bench.platform.service.playbackInfo(id)).toThrow(expect.objectContaining({ code: 'ERR_GB28181_PLAYBACK_UNKNOWN' }));
    await expect(bench.platform.service.endPlayback(id)).rejects.toMatchObject({ status: 404 });
  });

  it.each(['timeout', 'idle', 'kicked'])('the receiver ends with %s', async (code) => {
    const { bench, dialog, receiver, id } = await playing();
    receiver.over({ code });
    await settle();
    expect(dialog.byes).toBe(1);
    expect(bench.platform.service.playbackInfo(id)).toMatchObject({ state: 'ended', reason: code });
  });

  it('BYE of the device, and a device that goes', async () => {
    const first = await playing();
    first.dialog.remoteBye();
    await settle();
    expect(first.bench.platform.service.playbackInfo(first.id)).toMatchObject({ state: 'ended', reason: 'ended' });
    const second = await start(first.bench);
    register(first.bench.sip, { expires: '0' });
    await settle();
    expect(first.bench.platform.service.playbackInfo(second.id)).toMatchObject({ state: 'ended', reason: 'gb28181-offline' });
    expect(second.dialog.byes).toBe(1);
  });

  it('is forgotten after five minutes', async () => {
    const { bench, dialog, id } = await playing();
    dialog.remoteBye();
    await settle();
    bench.clock.advance(299_000);
    expect(bench.platform.service.playbackInfo(id).state).toBe('ended');
    bench.clock.advance(1000);
    expect(() => bench.platform.service.playbackInfo(id)).toThrow(expect.objectContaining({ status: 404 }));
  });

  it('a stop of the server says BYE', async () => {
    const { bench, dialog } = await playing();
    await bench.platform.shutdown({ kind: 'stop', deadlineMs: 1000 });
    expect(dialog.byes).toBe(1);
    await expect(bench.platform.service.playback(CHANNEL, PERIOD)).rejects.toMatchObject({ code: 'ERR_GB28181_ENDED' });
  });

  it.each([
    ['ERR_SIP_REJECTED', 502, 'ERR_GB28181_REFUSED'],
    ['ERR_SIP_TIMEOUT', 504, 'ERR_GB28181_SILENT'],
    ['ERR_SIP_UNREACHABLE', 502, 'ERR_GB28181_OFFLINE'],
  ])('%s: %d, and nothing is left', async (code, status, expected) => {
    const bench = await withChannel();
    const started = bench.platform.service.playback(CHANNEL, PERIOD);
    await settle();
    const [receiver] = bench.rtpPs.receivers;
    bench.sip.invites[0]?.reject(new SluiceError(code, '404 Not Found'));
    await expect(started).rejects.toMatchObject({ status, code: expected });
    expect(receiver?.closes).toHaveLength(1);
    const path = receiver?.options.path ?? '';
    await expect(bench.platform.demand({ path, signal: new AbortController().signal })).resolves.toBeUndefined();
    expect(() => bench.platform.service.playbackInfo(path.split('/').at(-1) ?? '')).toThrow(expect.objectContaining({ status: 404 }));
  });

  it('a speed that the device refuses at the start ends it', async () => {
    const bench = await withChannel();
    const started = bench.platform.service.playback(CHANNEL, { ...PERIOD, speed: 2 });
    await settle();
    const dialog = new FakeDialog(response(200, ANSWER));
    dialog.answerRequest = () => Promise.resolve(response(400));
    bench.sip.invites[0]?.resolve(dialog);
    await expect(started).rejects.toMatchObject({ code: 'ERR_GB28181_REFUSED' });
    expect(dialog.byes).toBe(1);
  });
});
