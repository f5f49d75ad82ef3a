import { type Bench, demand, makeBench, settle } from './bench.js';
import { answerCatalog, DEVICE, manscdp, register, sentBodies, snOf } from './device-messages.js';
import { FakeDialog, HOME, response } from './fake-sip.js';

const CHANNEL = '34020000001320000011';

async function withChannel(headers: readonly (readonly [string, string])[] = [], config: Record<string, unknown> = {}): Promise<Bench> {
  const bench = await makeBench(config);
  register(bench.sip, { headers });
  answerCatalog(bench.sip, [CHANNEL]);
  await settle();
  return bench;
}

describe('PTZ', () => {
  it('is a Control to the channel, at the place the device was seen', async () => {
    const { sip, platform } = await withChannel();
    await platform.service.ptz(CHANNEL, { pan: 1, tilt: 0, zoom: 0 });
    const { request, target } = sip.sent.at(-1) ?? {};
    expect(target).toEqual(HOME);
    expect(request).toMatchObject({ method: 'MESSAGE', uri: `sip:${CHANNEL}@192.0.2.10:5060`, to: `${CHANNEL}@3402000000` });
    expect(new Map(request?.headers).get('content-type')).toBe('Application/MANSCDP+xml');
    expect(request?.body?.toString().replaceAll(/\s/g, '')).toMatch(
      new RegExp(`<Control><CmdType>DeviceControl</CmdType><SN>\\d+</SN><DeviceID>${CHANNEL}</DeviceID><PTZCmd>A50F0101FF0000B5</PTZCmd></Control>$`),
    );
    await platform.service.ptz(CHANNEL, { pan: 0, tilt: 0, zoom: 0 });
    expect(sentBodies(sip, 'DeviceControl').at(-1)).toContain('<PTZCmd>A50F0100000000B5</PTZCmd>');
  });

  it('says what is wrong', async () => {
    const { sip, platform } = await withChannel();
    const stop = { pan: 0, tilt: 0, zoom: 0 };
    for (const pan of [1.1, Number.NaN, Number.POSITIVE_INFINITY])
      await expect(platform.service.ptz(CHANNEL, { ...stop, pan })).rejects.toMatchObject({ code: 'ERR_GB28181_RANGE', status: 400 });
    await expect(platform.service.ptz('nobody', stop)).rejects.toMatchObject({ code: 'ERR_GB28181_CHANNEL_UNKNOWN' });
    sip.send = () => Promise.resolve(response(403, '', 'Forbidden'));
    await expect(platform.service.ptz(CHANNEL, stop)).rejects.toMatchObject({ code: 'ERR_GB28181_REFUSED', message: expect.stringContaining('403') });
    register(sip, { expires: '0' });
    await expect(platform.service.ptz(CHANNEL, stop)).rejects.toMatchObject({ code: 'ERR_GB28181_OFFLINE' });
  });

  it('needs the device where two share the channel', async () => {
    const { sip, platform } = await withChannel();
    const second = '34020000001180000002';
    const there = { ...HOME, address: '192.0.2.20' };
    register(sip, { id: second, source: there });
    answerCatalog(sip, [CHANNEL], 1, second, there);
    await settle();
    const move = { pan: 0, tilt: 1, zoom: 0 };
    await expect(platform.service.ptz(CHANNEL, move)).rejects.toMatchObject({ status: 409, code: 'ERR_GB28181_CHANNEL_AMBIGUOUS' });
    await platform.service.ptz(CHANNEL, move, { device: second });
    expect(sip.sent.at(-1)?.target).toEqual(there);
    expect(platform.service.channels(DEVICE)[0]?.path).toBe(`gb/${DEVICE}/${CHANNEL}`);
  });
});

it.each([
  ['2.0', 'IFameCmd'],
  ['3.0', 'IFrameCmd'],
])('a live stream asks for key frames in the spelling of edition %s', async (version, name) => {
  const bench = await withChannel([['x-gb-ver', version]]);
  void demand(bench, `gb/${CHANNEL}`);
  await settle();
  bench.sip.invites[0]?.resolve(new FakeDialog(response(200)));
  bench.rtpPs.receivers[0]?.options.controls?.keyFrame?.();
  expect(sentBodies(bench.sip, 'DeviceControl').at(-1)).toContain(`<DeviceID>${CHANNEL}</DeviceID>\r\n<${name}>Send</${name}>`);
});

it('plays over the port and stream that is asked for, and connects where the answer says', async () => {
  const bench = await withChannel([['x-gb-ver', '3.0']]);
  const played = bench.platform.service.play(CHANNEL, { transport: 'tcp-active', port: 'range', stream: 1 });
  await settle();
  expect(bench.rtpPs.receivers[0]?.options).toMatchObject({ transport: 'tcp-active', port: 'range' });
  const offer = bench.sip.invites[0]?.request.body?.toString() ?? '';
  expect(offer).toContain('a=setup:active\r\n');
  expect(offer).toContain('a=streamnumber:1\r\n');
  bench.sip.invites[0]?.resolve(new FakeDialog(response(200, 'v=0\r\nc=IN IP4 192.0.2.99\r\nm=video 6000 TCP/RTP/AVP 96\r\n')));
  await settle();
  expect(bench.rtpPs.receivers[0]?.connects).toEqual(['192.0.2.99:6000']);
  bench.rtpPs.receivers[0]?.goLive();
  await expect(played).resolves.toMatchObject({ state: 'live' });
});

it('keeps how a device says it is', async () => {
  const { sip, platform } = await withChannel();
  const body = '<Result>OK</Result><Online>ONLINE</Online><Status>ERROR</Status><Reason>disk</Reason><Encode>ON</Encode><Record>OFF</Record>';
  sip.receive('MESSAGE', DEVICE, HOME, [], manscdp('Response', 'DeviceStatus', snOf(sip, 'DeviceStatus'), DEVICE, body));
  await settle();
  expect(platform.service.devices()[0]?.status).toEqual({ online: true, ok: false, reason: 'disk', encoding: true, recording: false });
});

describe('an alarm', () => {
  const ALARM_INPUT = '34020000001340000001';
  const body = [
    '<AlarmPriority>1</AlarmPriority><AlarmMethod>5</AlarmMethod><AlarmTime>2022-05-01T12:00:00</AlarmTime>',
    '<AlarmDescription>someone at the gate</AlarmDescription><Longitude>120.5</Longitude><Latitude>30.25</Latitude>',
    '<Info><AlarmType>6</AlarmType><AlarmTypeParam><EventType>1</EventType></AlarmTypeParam></Info>',
  ].join('');

  it.each(['MESSAGE', 'NOTIFY'])('by %s is answered 200, then by a Response, and reported', async (method) => {
    const { sip, reports } = await withChannel();
    expect(sip.receive(method, DEVICE, HOME, [], manscdp('Notify', 'Alarm', 77, ALARM_INPUT, body)).status).toBe(200);
    await settle();
    expect(reports.filter(({ type }) => type === 'gb28181.alarm').map(({ data }) => data)).toEqual([
      {
        device: DEVICE,
        source: ALARM_INPUT,
        time: '2022-05-01T04:00:00.000Z',
        priority: 1,
        method: 5,
        type: 6,
        eventType: 1,
        description: 'someone at the gate',
        longitude: 120.5,
        latitude: 30.25,
      },
    ]);
    const { request } = sip.sent.at(-1) ?? {};
    expect(request).toMatchObject({ method: 'MESSAGE', uri: `sip:${DEVICE}@192.0.2.10:5060` });
    expect(request?.body?.toString().replaceAll(/\s/g, '')).toMatch(
      new RegExp(`<Response><CmdType>Alarm</CmdType><SN>77</SN><DeviceID>${ALARM_INPUT}</DeviceID><Result>OK</Result></Response>$`),
    );
  });

  it('that says hardly anything is one too', async () => {
    const { sip, reports } = await withChannel();
    sip.receive('MESSAGE', DEVICE, HOME, [], '<Notify><CmdType>Alarm</CmdType><AlarmTime>now</AlarmTime><AlarmPriority>high</AlarmPriority></Notify>');
    expect(reports.at(-1)).toEqual({ type: 'gb28181.alarm', data: { device: DEVICE, source: DEVICE } });
  });

  it('of a stranger is none', async () => {
    const { sip, reports } = await makeBench();
    expect(sip.receive('MESSAGE', DEVICE, HOME, [], manscdp('Notify', 'Alarm', 1, DEVICE, body)).status).toBe(403);
    expect([reports, sip.sent]).toEqual([[], []]);
  });
});
