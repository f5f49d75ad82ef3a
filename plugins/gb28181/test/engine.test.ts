import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEngine, definePlugin, type Engine } from '@sluice/core';
import { rtpPsService } from '@sluice/plugin-rtp-ps/service';
import sip, { header } from '@sluice/plugin-sip';
import gb28181, { gb28181Service } from '../src/index.js';
import { TestDevice } from './device.js';
import { authorize, DEVICE, manscdp, PASSWORD } from './device-messages.js';
import { FakeRtpPs } from './fake-rtp-ps.js';

const CHANNEL = '34020000001310000007';

describe('in an engine, over UDP', () => {
  let engine: Engine;
  let device: TestDevice;
  let data: string;
  const rtpPs = new FakeRtpPs();

  beforeAll(async () => {
    data = await mkdtemp(join(tmpdir(), 'gb28181-'));
    const receiver = definePlugin({ name: 'rtp-ps', version: '1.0.0', provides: [rtpPsService], setup: (ctx) => ctx.provide(rtpPsService, rtpPs) });
    engine = await createEngine({
      plugins: [sip, receiver, gb28181],
      config: { engine: { data, host: '127.0.0.1' }, gb28181: { sip: { port: 0, password: PASSWORD } } },
    });
    await engine.start();
    const port = engine.addresses.find(({ protocol }) => protocol === 'udp')?.port ?? 0;
    device = await TestDevice.open(DEVICE, port);
  });

  afterAll(async () => {
    device.close();
    await engine.stop();
    await rm(data, { recursive: true });
  });

  it('registers a device and reads its catalog', async () => {
    const challenged = await device.request('REGISTER', [['expires', '3600']]);
    expect(challenged).toMatchObject({ status: 401 });
    const challenge = header(challenged, 'www-authenticate') ?? '';
    expect(await device.request('REGISTER', [['authorization', authorize(challenge, { password: 'wrong' })]])).toMatchObject({ status: 403 });
    const registered = await device.request('REGISTER', [
      ['authorization', authorize(challenge)],
      ['x-gb-ver', '2.0'],
    ]);
    expect(registered).toMatchObject({ status: 200 });
    expect(header(registered, 'date')).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}$/);

    const query = await device.expect('MESSAGE', 200, '', '<CmdType>Catalog<');
    const sn = /<SN>(\d+)</.exec(query.body.toString())?.[1] ?? '';
    const item = `<SumNum>1</SumNum><DeviceList Num="1"><Item><DeviceID>${CHANNEL}</DeviceID><Name>Gate</Name><Status>ON</Status></Item></DeviceList>`;
    expect(await device.request('MESSAGE', [], manscdp('Response', 'Catalog', sn, DEVICE, item))).toMatchObject({ status: 200, body: Buffer.alloc(0) });
    const service = engine.service(gb28181Service);
    expect(service.devices()).toMatchObject([{ id: DEVICE, online: true, channels: 1 }]);
    expect(service.channels(DEVICE)).toMatchObject([{ id: CHANNEL, name: 'Gate', path: `gb/${CHANNEL}` }]);
  });

  it('invites a channel, and says BYE', async () => {
    const service = engine.service(gb28181Service);
    const played = service.play(CHANNEL);
    const invite = await device.expect('INVITE', 200, 'v=0\r\nm=video 6000 RTP/AVP 96\r\ny=0703001718\r\n');
    expect(header(invite, 'subject')).toBe(`${CHANNEL}:0200000001,34020000002000000001:0`);
    expect(header(invite, 'contact')).toMatch(/^<sip:34020000002000000001@127\.0\.0\.1:\d+>$/);
    expect(invite.headers.filter(([name]) => name === 'contact')).toHaveLength(1);
    await device.expect('ACK');
    rtpPs.receivers[0]?.goLive();
    await expect(played).resolves.toEqual({ path: `gb/${CHANNEL}`, state: 'live' });
    expect(rtpPs.receivers[0]?.ssrc).toBe('0703001718');
    const stopped = service.stop(CHANNEL);
    await device.expect('BYE');
    await stopped;
  });

  it('tells a viewer how the device refused', async () => {
    const wanted = engine.subscribe(`gb/${CHANNEL}`);
    const refused = expect(wanted).rejects.toMatchObject({ code: 'ERR_GB28181_REFUSED', status: 502, message: expect.stringContaining('486') });
    await device.expect('INVITE', 486);
    await device.expect('ACK');
    await refused;
  });
});

it('refuses passwords that everybody knows, but on loopback', async () => {
  const start = async (host: string | undefined) => {
    const receiver = definePlugin({ name: 'rtp-ps', version: '1.0.0', provides: [rtpPsService], setup: (ctx) => ctx.provide(rtpPsService, new FakeRtpPs()) });
    const data = await mkdtemp(join(tmpdir(), 'gb28181-'));
    const config = {
      engine: { data, ...(host === undefined ? {} : { host }) },
      gb28181: { sip: { port: 0, password: '12345678' }, devices: [{ id: '34020000001320000001', password: 'admin' }] },
    };
    const engine = await createEngine({ plugins: [sip, receiver, gb28181], config });
    try {
      await engine.start();
    } finally {
      await engine.stop();
      await rm(data, { recursive: true });
    }
  };
  await expect(start(undefined)).rejects.toMatchObject({
    code: 'ERR_CONFIG',
    mistakes: [
      { source: 'embedder', key: 'gb28181.sip.password' },
      { source: 'embedder', key: 'gb28181.devices.0.password' },
    ],
  });
  await expect(start('127.0.0.1')).resolves.toBeUndefined();
});
