import { SluiceError } from '@sluice/core';
import { makeBench, settle } from './bench.js';
import { answerCatalog, DEVICE, keepalive, manscdp, register } from './device-messages.js';
import { HOME } from './fake-sip.js';

const CHANNELS = ['34020000001320000011', '34020000001320000012', '34020000001320000013'];

describe('catalog', () => {
  it('is asked for right after the registration, once, with the device info', async () => {
    const { sip } = await makeBench();
    register(sip);
    register(sip);
    const kinds = sip.sent.map(({ request }) => /<CmdType>(\w+)</.exec(request.body?.toString() ?? '')?.[1]);
    expect(kinds).toEqual(['DeviceInfo', 'Catalog', 'DeviceStatus']);
    expect(sip.sent[1]).toMatchObject({
      target: HOME,
      request: { method: 'MESSAGE', uri: `sip:${DEVICE}@192.0.2.10:5060`, from: '34020000002000000001@3402000000', to: `${DEVICE}@3402000000` },
    });
  });

  it('makes channels, with paths', async () => {
    const { sip, platform } = await makeBench();
    register(sip);
    expect(answerCatalog(sip, CHANNELS.slice(0, 2), 3).status).toBe(200);
    expect(answerCatalog(sip, CHANNELS.slice(1), 3).status).toBe(200);
    await settle();
    expect(platform.service.channels(DEVICE).map(({ id, path, kind, online }) => ({ id, path, kind, online }))).toEqual(
      CHANNELS.map((id) => ({ id, path: `gb/${id}`, kind: 'camera', online: true })),
    );
    expect(platform.service.devices()[0]?.channels).toBe(3);
  });

  it('keeps what came when pages stay out', async () => {
    const { sip, clock, platform } = await makeBench();
    register(sip);
    const asked = platform.service.refreshCatalog(DEVICE);
    const joined = platform.service.refreshCatalog(DEVICE);
    expect(sip.sent).toHaveLength(3);
    answerCatalog(sip, CHANNELS.slice(0, 1), 3);
    clock.advance(9000);
    answerCatalog(sip, CHANNELS.slice(1, 2), 3);
    clock.advance(9000);
    keepalive(sip);
    clock.advance(1000);
    await expect(asked).resolves.toEqual({ channels: 2, expected: 3, complete: false });
    await expect(joined).resolves.toMatchObject({ channels: 2 });
    expect(platform.service.channels(DEVICE)).toHaveLength(2);
  });

  it('forgets what a complete answer leaves out', async () => {
    const { sip, platform } = await makeBench();
    register(sip);
    answerCatalog(sip, CHANNELS);
    await settle();
    const again = platform.service.refreshCatalog(DEVICE);
    answerCatalog(sip, CHANNELS.slice(0, 1));
    await expect(again).resolves.toEqual({ channels: 1, expected: 1, complete: true });
    expect(platform.service.channels(DEVICE)).toHaveLength(1);
  });

  it('takes an answer with a wrong SN where only one is awaited, and none unasked', async () => {
    const { sip, platform } = await makeBench();
    register(sip);
    const page = (id: string) =>
      manscdp('Response', 'catalog', 999, DEVICE, `<SumNum>1</SumNum><DeviceList Num="1"><Item><DeviceID>${id}</DeviceID></Item></DeviceList>`);
    sip.receive('MESSAGE', DEVICE, HOME, [], page(CHANNELS[0] ?? ''));
    await settle();
    sip.receive('MESSAGE', DEVICE, HOME, [], page(CHANNELS[1] ?? ''));
    await settle();
    expect(platform.service.channels(DEVICE).map(({ id }) => id)).toEqual([CHANNELS[0]]);
  });

  it('reads the device info', async () => {
    const { sip, platform } = await makeBench();
    register(sip);
    const info = '<DeviceName>Gate & <1></DeviceName><Result>OK</Result><Manufacturer>Hikvision</Manufacturer><Model>DS</Model><FirmWare>V5</FirmWare>';
    sip.receive('MESSAGE', DEVICE, HOME, [], manscdp('Response', 'DeviceInfo', 1, DEVICE, info));
    await settle();
    expect(platform.service.devices()[0]).toMatchObject({ name: 'Gate & <1>', manufacturer: 'Hikvision', model: 'DS', firmware: 'V5' });
  });

  it('says who is silent, offline or unknown', async () => {
    const { sip, clock, platform } = await makeBench();
    await expect(platform.service.refreshCatalog(DEVICE)).rejects.toMatchObject({ code: 'ERR_GB28181_DEVICE_UNKNOWN', status: 404 });
    expect(() => platform.service.channels('nobody')).toThrow(SluiceError);
    register(sip);
    const silent = platform.service.refreshCatalog(DEVICE);
    clock.advance(10_000);
    await expect(silent).rejects.toMatchObject({ code: 'ERR_GB28181_SILENT', status: 504 });
    const gone = platform.service.refreshCatalog(DEVICE);
    register(sip, { expires: '0' });
    await expect(gone).rejects.toMatchObject({ code: 'ERR_GB28181_OFFLINE', status: 502 });
    await expect(platform.service.refreshCatalog(DEVICE)).rejects.toMatchObject({ code: 'ERR_GB28181_OFFLINE' });
  });
});
