import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { gb28181Config } from '../src/config.js';
import { builtInQuirks } from '../src/net/quirk-table.js';
import { CatalogCollector, readCatalogPage } from '../src/proto/catalog.js';
import { profileFor } from '../src/proto/profile.js';
import { fits, type QuirkRow, quirkTable, switchesFor } from '../src/proto/quirks.js';
import { parseSdpAnswer } from '../src/proto/sdp-answer.js';
import { scanXml } from '../src/proto/xml.js';
import { type Bench, makeBench, settle } from './bench.js';
import { answerCatalog, DEVICE, keepalive, manscdp, register, sentBodies, snOf } from './device-messages.js';
import { FakeDialog, HOME, response } from './fake-sip.js';

const CHANNEL = '34020000001320000011';
const DAY = { start: '2022-05-01T00:00:00Z', end: '2022-05-02T00:00:00Z' };
const nobody = { manufacturer: '', model: '', firmware: '', userAgent: '' };

async function deviceOf(
  make: { manufacturer?: string; model?: string; firmware?: string; userAgent?: string },
  config: Record<string, unknown> = {},
): Promise<Bench> {
  const bench = await makeBench(config);
  const { manufacturer = '', model = '', firmware = '', userAgent } = make;
  register(bench.sip, { headers: userAgent === undefined ? [] : [['user-agent', userAgent]] });
  answerCatalog(bench.sip, [CHANNEL]);
  const info = `<Result>OK</Result><Manufacturer>${manufacturer}</Manufacturer><Model>${model}</Model><Firmware>${firmware}</Firmware>`;
  bench.sip.receive('MESSAGE', DEVICE, HOME, [], manscdp('Response', 'DeviceInfo', snOf(bench.sip, 'DeviceInfo'), DEVICE, info));
  await settle();
  return bench;
}

async function offerOf(bench: Bench): Promise<string> {
  void bench.platform.service.play(CHANNEL, { stream: 1 }).catch(() => {});
  await settle();
  return bench.sip.invites.at(-1)?.request.body?.toString() ?? '';
}

describe('patterns', () => {
  it.each([
    ['HIKVISION', '*hikvision*', true],
    ['Hikvision Digital', 'hikvision*', true],
    ['a hikvision', 'hikvision*', false],
    ['V5.5.1', 'v5.?.*', true],
    ['V5.51', 'v5.?.*', false],
    ['', '*', true],
    ['', '?', false],
    ['abcabd', '*ab?', true],
    ['a.b', 'a.b', true],
    ['axb', 'a.b', false],
    ['华为技术', '*华为*', true],
  ])('%s fits %s: %s', (text, pattern, expected) => {
    expect(fits(text, pattern)).toBe(expected);
  });

  it('take no long time on hostile text', () => {
    expect(fits('a'.repeat(256), `${'*a'.repeat(127)}b`)).toBe(false);
  });
});

describe('the table', () => {
  const file = join(import.meta.dirname, '../quirks/quirks.json');

  it('is what its schema says, and the schema file is that of the code', () => {
    expect(() => quirkTable.parse(JSON.parse(readFileSync(file, 'utf8')))).not.toThrow();
    const schema: unknown = JSON.parse(readFileSync(file.replace('.json', '.schema.json'), 'utf8'));
    expect(schema).toEqual(JSON.parse(JSON.stringify(z.toJSONSchema(quirkTable, { io: 'input' }))));
  });

  it('says why for each row', () => {
    expect(builtInQuirks().filter(({ because = '' }) => because.length < 10)).toEqual([]);
  });

  it('needs all patterns of a row to fit, and later rows win', () => {
    const rows: QuirkRow[] = [
      { manufacturer: 'acme', set: { recordType: 'time', keepaliveRenews: true } },
      { manufacturer: 'acme', firmware: 'v2*', set: { recordType: 'alarm' } },
    ];
    expect(switchesFor(rows, nobody)).toEqual({});
    expect(switchesFor(rows, { ...nobody, manufacturer: 'Acme', firmware: 'V1' })).toEqual({ recordType: 'time', keepaliveRenews: true });
    expect(switchesFor(rows, { ...nobody, manufacturer: 'Acme', firmware: 'V2.1' })).toEqual({ recordType: 'alarm', keepaliveRenews: true });
  });

  it('comes between the edition and what is configured for one device', () => {
    expect(profileFor('2.0', {}, { charset: 'utf-8', keepaliveRenews: true })).toMatchObject({
      charset: 'utf-8',
      charsetLabel: 'UTF-8',
      keepaliveRenews: true,
    });
    expect(profileFor('2.0', { charset: 'gb18030', keepaliveRenews: false }, { charset: 'utf-8', keepaliveRenews: true })).toMatchObject({
      charset: 'gb18030',
      charsetLabel: 'GB18030',
      keepaliveRenews: false,
    });
    expect(profileFor('3.0', {}, { keyFrameCommand: 'IFameCmd' })).toMatchObject({ gbVer: '3.0', keyFrameCommand: 'IFameCmd', charsetLabel: 'GB18030' });
  });

  it('takes rows of the configuration, and refuses what it does not know', async () => {
    const quirks = [{ manufacturer: 'acme*', firmware: 'v2*', set: { streamAttribute: 'stream', mediaPort: 'range' } }];
    const bench = await deviceOf({ manufacturer: 'ACME Inc', firmware: 'V2.0' }, { quirks });
    expect(await offerOf(bench)).toContain('a=stream:1\r\n');
    // Cameras that ignore the SSRC they are told (SSRC 0, random) get a port of their own.
    expect(bench.rtpPs.receivers[0]?.options.port).toBe('range');
    expect(await offerOf(await deviceOf({ manufacturer: 'ACME Inc', firmware: 'V1.0' }, { quirks }))).toContain('a=streamnumber:1\r\n');
    for (const row of [{ set: {} }, { manufacturer: 'x', set: { version: 1 } }, { manufacturer: 'x' }, { vendor: 'x', set: {} }])
      expect(gb28181Config.safeParse({ quirks: [row] }).success).toBe(false);
  });
});

describe('rows', () => {
  it('Hikvision: a day of recordings is asked for in halves; one that stays out is told', async () => {
    const bench = await deviceOf({ manufacturer: 'Hikvision' });
    const asked = bench.platform.service.records(CHANNEL, DAY);
    const answer = (hour: string) => {
      const item = `<Item><StartTime>2022-05-01T${hour}:00:00</StartTime><EndTime>2022-05-01T${hour}:30:00</EndTime></Item>`;
      const body = `<SumNum>1</SumNum><RecordList Num="1">${item}</RecordList>`;
      bench.sip.receive('MESSAGE', DEVICE, HOME, [], manscdp('Response', 'RecordInfo', snOf(bench.sip, 'RecordInfo'), CHANNEL, body));
    };
    await settle();
    answer('09');
    await settle();
    const times = sentBodies(bench.sip, 'RecordInfo').map((body) => /<StartTime>(.*)<[\s\S]*<EndTime>(.*)</.exec(body)?.slice(1));
    expect(times).toEqual([
      ['2022-05-01T08:00:00', '2022-05-01T20:00:00'],
      ['2022-05-01T20:00:00', '2022-05-02T08:00:00'],
    ]);
    answer('21');
    await expect(asked).resolves.toMatchObject({
      items: [{ start: '2022-05-01T01:00:00.000Z' }, { start: '2022-05-01T13:00:00.000Z' }],
      expected: 2,
      complete: true,
    });
    const again = bench.platform.service.records(CHANNEL, DAY);
    await settle();
    answer('09');
    await settle();
    bench.clock.advance(20_000);
    await expect(again).resolves.toMatchObject({ items: [{}], complete: false });
  });

  it.each([
    [{ manufacturer: 'Hikvision' }, 'a=streamMode:sub\r\n'],
    [{ manufacturer: 'TP-LINK' }, 'a=streamMode:sub\r\n'],
    [{ manufacturer: 'Dahua' }, 'a=streamprofile:1\r\n'],
    [{ userAgent: 'SIP UAS V3.0.0.833566' }, 'a=streamprofile:1\r\n'],
    [{ manufacturer: 'nobody' }, 'a=streamnumber:1\r\n'],
  ])('the sub stream of %o', async (make, line) => {
    expect(await offerOf(await deviceOf(make))).toContain(line);
  });

  it('Dahua: recordings of Type all', async () => {
    const bench = await deviceOf({ manufacturer: 'Dahua' });
    void bench.platform.service.records(CHANNEL, DAY).catch(() => {});
    await settle();
    expect(sentBodies(bench.sip, 'RecordInfo')[0]).toContain('<Type>all</Type>');
  });

  it.each([{ manufacturer: 'Huawei' }, { manufacturer: '华为' }, { userAgent: 'Huawei SIP UA' }])('%o never registers again, and stays', async (make) => {
    const bench = await deviceOf(make);
    for (let minute = 0; minute < 90; minute++) {
      bench.clock.advance(60_000);
      keepalive(bench.sip);
    }
    expect(bench.platform.service.devices()[0]?.online).toBe(true);
  });
});

describe('what all devices are forgiven', () => {
  const page = (sumNum: string, ids: readonly string[], rest = '') =>
    readCatalogPage(
      scanXml(
        `<Response>${sumNum === '' ? '' : `<SumNum>${sumNum}</SumNum>`}<DeviceList Num="9">${ids.map((id) => `<Item><DeviceID>${id}</DeviceID>${rest}</Item>`).join('')}</DeviceList></Response>`,
      )[0] ?? { name: '', text: '', children: [], whole: true },
    );

  it('Dahua: SumNum 1 and two items, one of them twice', () => {
    const collector = new CatalogCollector(100);
    expect(collector.add(page('1', [CHANNEL, CHANNEL]))).toBe(true);
    expect(collector.items).toHaveLength(1);
    const more = new CatalogCollector(100);
    expect(more.add(page('1', [CHANNEL, DEVICE]))).toBe(true);
    expect(more.items).toHaveLength(2);
  });

  it('a SumNum that changes between pages, and pages that say none', () => {
    const collector = new CatalogCollector(100);
    expect(collector.add(page('', ['1']))).toBe(false);
    expect(collector.expected).toBe(1);
    expect(collector.add(page('4', ['2', '3']))).toBe(false);
    expect(collector.add(page('3', []))).toBe(true);
    expect(collector.expected).toBe(3);
  });

  it.each([
    ['ONLINE', true],
    ['OFFLINE', false],
    ['ON', true],
    ['OFF', false],
    ['1', true],
    ['0', false],
    ['OK', true],
  ])('Hikvision: Status %s, Parental 65535, and the word null', (status, online) => {
    const rest = `<Status>${status}</Status><Parental>65535</Parental><CivilCode>null</CivilCode><DecorderTag/><Longitude></Longitude>`;
    expect(page('1', [CHANNEL], rest).items).toMatchObject([{ id: CHANNEL, online, civilCode: '', longitude: undefined }]);
  });

  it('parents, several of them, and none that is one', async () => {
    const bench = await makeBench();
    register(bench.sip);
    const organisation = '34020000002160000001';
    const item = (id: string, parent: string) => `<Item><DeviceID>${id}</DeviceID><ParentID>${parent}</ParentID></Item>`;
    const items = [item('1'.repeat(20), `${DEVICE}/${organisation}`), item('2'.repeat(20), DEVICE), item('3'.repeat(20), 'n a'), item('3402', '34')];
    const list = `<SumNum>4</SumNum><DeviceList Num="4">${items.join('')}</DeviceList>`;
    bench.sip.receive('MESSAGE', DEVICE, HOME, [], manscdp('Response', 'Catalog', snOf(bench.sip, 'Catalog'), DEVICE, list));
    await settle();
    const tree = bench.platform.service.channels(DEVICE).map(({ kind, parentId, parentIds }) => [kind, parentId, parentIds]);
    expect(tree).toEqual([
      ['device', DEVICE, [DEVICE, organisation]],
      ['other', DEVICE, undefined],
      ['other', undefined, undefined],
      ['region', '34', undefined],
    ]);
  });

  it.each([
    ['Hikvision', 's=Embedded IPC\r\na=username:admin\r\na=password:secret\r\ny=0000000000\r\n', undefined],
    ['Hikvision platform, another y', 's=Play\r\na=filesize:-1\r\ny=0703001718\r\n', '0703001718'],
    [
      'Dahua',
      'i=VCam Live Video\r\nm=video 6000 RTP/AVP 96\r\nm=audio 6002 RTP/AVP 8\r\nm=audio 6004 RTP/AVP 8\r\ny=0200000001\r\nf=v/0/0/0/0/0a/0/0/0\r\n',
      '0200000001',
    ],
    ['simulators', 'v=0\r\r\nm=video 0 RTP/AVP 33\r\r\nno equals sign\r\r\ny=0200000001\r\r\n', '0200000001'],
  ])('the answer of %s', (_name, text, ssrc) => {
    const answer = parseSdpAnswer(text);
    expect(answer.ssrc).toBe(ssrc);
    expect(answer.fileSizeBytes).toBeUndefined();
    expect(JSON.stringify(answer)).not.toContain('secret');
  });

  it('Hikvision ISC: 404 for a platform id it does not know is told as such', async () => {
    const bench = await deviceOf({ manufacturer: 'Hikvision' });
    const { SluiceError } = await import('@sluice/core');
    const played = bench.platform.service.play(CHANNEL);
    await settle();
    bench.sip.invites[0]?.reject(new SluiceError('ERR_SIP_REJECTED', 'INVITE was answered 404 Not Found', { status: 404 }));
    await expect(played).rejects.toMatchObject({ status: 502, code: 'ERR_GB28181_REFUSED', message: expect.stringContaining('404 Not Found') });
  });

  it('devices that send a Response to PTZ too', async () => {
    const bench = await deviceOf({});
    expect(bench.sip.receive('MESSAGE', DEVICE, HOME, [], manscdp('Response', 'DeviceControl', 1, CHANNEL, '<Result>OK</Result>')).status).toBe(200);
  });

  it('Uniview: a playback answered with another SSRC', async () => {
    const bench = await deviceOf({ manufacturer: 'UNIVIEW' });
    const started = bench.platform.service.playback(CHANNEL, DAY);
    await settle();
    bench.sip.invites[0]?.resolve(new FakeDialog(response(200, 'v=0\r\nm=video 6000 RTP/AVP 96\r\ny=1999999999\r\n')));
    await started;
    expect(bench.rtpPs.receivers[0]?.ssrc).toBe('1999999999');
  });
});
