import { MemoryDeviceStore } from '../src/net/device-store.js';
import { type Bench, demand, makeBench, settle } from './bench.js';
import { answerCatalog, DEVICE, keepalive, register } from './device-messages.js';
import { FakeDialog, HOME, response } from './fake-sip.js';

const TCP = { transport: 'tcp', address: '192.0.2.10', port: 40_001, connection: 'c1' } as const;
const ANSWER = 'v=0\r\nm=video 6000 RTP/AVP 96\r\n';

/** Plays the device's own channel; the dialog. */
async function playing({ sip, rtpPs, platform }: Bench, callId = 'call-1'): Promise<FakeDialog> {
  const dialog = new FakeDialog(response(200, ANSWER), callId);
  const played = platform.service.play(DEVICE);
  await settle();
  sip.invites.at(-1)?.resolve(dialog);
  await settle();
  rtpPs.receivers.at(-1)?.goLive();
  await played;
  return dialog;
}

const isOnline = ({ platform }: Bench) => platform.service.devices().find(({ id }) => id === DEVICE)?.online;

describe('after kill -9', () => {
  it('devices are online without a word of theirs, nobody is told, and they can be invited', async () => {
    const store = new MemoryDeviceStore();
    register((await makeBench({}, store)).sip, { headers: [['x-gb-ver', '3.0']] });
    const later = await makeBench({}, store);
    expect(isOnline(later)).toBe(true);
    expect(later.reports).toEqual([]);
    await playing(later);
    expect(later.sip.invites[0]?.target).toEqual(HOME);
    expect(keepalive(later.sip).status).toBe(200);
    // By its edition of before: GB18030 needs no other sign than this.
    void later.platform.service.refreshCatalog(DEVICE).catch(() => {});
    await settle();
    expect(later.sip.sent.at(-1)?.request.body?.toString('latin1')).toContain('encoding="GB18030"');
  });

  it('quirks are those of before, by the User-Agent that the device registered with', async () => {
    const store = new MemoryDeviceStore();
    const quirks = [{ userAgent: 'Acme*', because: 'test', set: { charset: 'utf-8' } }];
    register((await makeBench({ quirks }, store)).sip, { headers: [['user-agent', 'Acme IPC']] });
    const later = await makeBench({ quirks }, store);
    void later.platform.service.refreshCatalog(DEVICE).catch(() => {});
    await settle();
    expect(later.sip.sent.at(-1)?.request.body?.toString('latin1')).toContain('encoding="UTF-8"');
  });

  it('they go offline like others: no keepalive, or the end of what was granted', async () => {
    const store = new MemoryDeviceStore();
    register((await makeBench({}, store)).sip);
    const silent = await makeBench({}, store);
    silent.clock.advance(179_000);
    expect(isOnline(silent)).toBe(true);
    silent.clock.advance(1000);
    expect(isOnline(silent)).toBe(false);
    expect(silent.reports).toEqual([{ type: 'gb28181.device.offline', data: { id: DEVICE, reason: 'keepalive' } }]);
    // And stay so.
    expect(isOnline(await makeBench({}, store))).toBe(false);

    const short = new MemoryDeviceStore();
    register((await makeBench({}, short)).sip, { expires: '100' });
    const later = await makeBench({}, short);
    later.clock.advance(99_000);
    keepalive(later.sip);
    later.clock.advance(7000);
    expect(later.reports).toEqual([{ type: 'gb28181.device.offline', data: { id: DEVICE, reason: 'expired' } }]);
  });

  it('a registration that ended meanwhile counts no more, nor one that was taken back', async () => {
    const store = new MemoryDeviceStore();
    const before = await makeBench({}, store);
    register(before.sip);
    const late = await makeBench({}, store, 3_601_000);
    expect(isOnline(late)).toBe(false);
    expect(keepalive(late.sip).status).toBe(403);
    register(before.sip);
    register(before.sip, { expires: '0' });
    expect(isOnline(await makeBench({}, store))).toBe(false);
  });

  it('a device is where its last keepalive came from', async () => {
    const store = new MemoryDeviceStore();
    const before = await makeBench({}, store);
    register(before.sip);
    keepalive(before.sip, { ...HOME, port: 41_000 });
    const later = await makeBench({}, store);
    expect(later.platform.service.devices()).toMatchObject([{ online: true, remote: '192.0.2.10:41000' }]);
  });

  it('a device over TCP calls again', async () => {
    const store = new MemoryDeviceStore();
    register((await makeBench({}, store)).sip, { source: TCP });
    const later = await makeBench({}, store);
    expect(isOnline(later)).toBe(false);
    register(later.sip, { source: TCP });
    expect(isOnline(later)).toBe(true);
  });

  it('catalogs are known, and are read again when the device registers', async () => {
    const store = new MemoryDeviceStore();
    const before = await makeBench({}, store);
    register(before.sip);
    answerCatalog(before.sip, ['34020000001310000007']);
    await settle();
    const later = await makeBench({}, store);
    expect(later.platform.service.channels(DEVICE)).toMatchObject([{ id: '34020000001310000007' }]);
  });

  it('its calls get their BYE where the device is now, and are forgotten when it is answered', async () => {
    const store = new MemoryDeviceStore();
    const before = await makeBench({}, store);
    register(before.sip);
    await playing(before);
    expect(store.dialogs()).toMatchObject([{ deviceId: DEVICE, channelId: DEVICE, path: `gb/${DEVICE}`, dialog: { callId: 'call-1' } }]);
    keepalive(before.sip, { ...HOME, port: 41_000 });
    const later = await makeBench({}, store);
    expect(later.sip.restored).toMatchObject([{ saved: { callId: 'call-1' }, dialog: { byes: 1 } }]);
    expect(later.sip.restored[0]?.options.peer?.()).toEqual({ ...HOME, port: 41_000 });
    await settle();
    expect(store.dialogs()).toEqual([]);
  });

  it('calls of a device that is away are ended when it comes, but not after a day', async () => {
    const store = new MemoryDeviceStore();
    const before = await makeBench({}, store);
    register(before.sip, { source: TCP });
    await playing(before);
    const later = await makeBench({}, store);
    expect(later.sip.restored).toEqual([]);
    register(later.sip, { source: TCP });
    expect(later.sip.restored).toMatchObject([{ dialog: { byes: 1 } }]);
    await settle();
    expect(store.dialogs()).toEqual([]);

    await playing(before, 'call-2');
    const tooLate = await makeBench({}, store, 25 * 3_600_000);
    register(tooLate.sip, { source: TCP });
    expect(tooLate.sip.restored).toEqual([]);
    expect(store.dialogs()).toEqual([]);
  });
});

describe('a call', () => {
  it('is kept before its ACK leaves, until its BYE is answered', async () => {
    const store = new MemoryDeviceStore();
    const bench = await makeBench({}, store);
    register(bench.sip);
    const dialog = await playing(bench);
    expect(store.dialogs()).toHaveLength(1);
    dialog.remoteBye();
    await settle();
    expect(store.dialogs()).toEqual([]);
    await playing(bench, 'call-2');
    await bench.platform.service.stop(DEVICE);
    await settle();
    expect(store.dialogs()).toEqual([]);
  });

  it('whose BYE was lost is ended when the device registers again', async () => {
    const store = new MemoryDeviceStore();
    const bench = await makeBench({}, store);
    register(bench.sip);
    const dialog = await playing(bench);
    dialog.byeResult = 'lost';
    await bench.platform.service.stop(DEVICE);
    await settle();
    expect(store.dialogs()).toHaveLength(1);
    register(bench.sip, { source: { ...HOME, address: '192.0.2.77' } });
    expect(bench.sip.restored).toMatchObject([{ saved: { callId: 'call-1' }, dialog: { byes: 1 } }]);
    await settle();
    expect(store.dialogs()).toEqual([]);
  });

  it('that was given up is not kept', async () => {
    const store = new MemoryDeviceStore();
    const bench = await makeBench({}, store);
    register(bench.sip);
    const ask = demand(bench, `gb/${DEVICE}`);
    await settle();
    ask.abort();
    bench.sip.invites[0]?.resolve(new FakeDialog(response(200, ANSWER)));
    await ask.verdict;
    await settle();
    expect(store.dialogs()).toEqual([]);
  });

  it('asks the device where it is now: a NAT that gives it another port', async () => {
    const bench = await makeBench();
    register(bench.sip);
    await playing(bench);
    keepalive(bench.sip, { ...HOME, port: 41_000 });
    expect(bench.sip.invites[0]?.options.peer?.()).toEqual({ ...HOME, port: 41_000 });
    // The call at the old address is ended there, not at the new one.
    register(bench.sip, { source: { ...HOME, address: '198.51.100.7' } });
    expect(bench.sip.invites[0]?.options.peer?.()).toEqual({ ...HOME, port: 41_000 });
  });
});

it('a stop of the process: calls that are not answered in time are ended by the next', async () => {
  const store = new MemoryDeviceStore();
  const bench = await makeBench({}, store);
  register(bench.sip);
  const dialog = await playing(bench);
  dialog.byeResult = 'lost';
  await bench.platform.shutdown({ kind: 'stop', deadlineMs: 100 });
  await bench.platform.close();
  expect(store.dialogs()).toHaveLength(1);
  const later = await makeBench({}, store);
  expect(later.sip.restored).toHaveLength(1);
  expect(isOnline(later)).toBe(true);
});
