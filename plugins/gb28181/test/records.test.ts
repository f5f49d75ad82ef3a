import { type Bench, makeBench, settle } from './bench.js';
import { answerCatalog, DEVICE, manscdp, register, sentBodies, snOf } from './device-messages.js';
import { HOME, response } from './fake-sip.js';

const CHANNEL = '34020000001320000011';
const PERIOD = { start: '2022-05-01T00:00:00Z', end: '2022-05-02T08:00:00+08:00' };

interface Recorded {
  readonly hour: number;
  readonly rest?: string;
  readonly zone?: string;
}

async function withChannel(config: Record<string, unknown> = {}): Promise<Bench> {
  const bench = await makeBench(config);
  register(bench.sip);
  answerCatalog(bench.sip, [CHANNEL]);
  await settle();
  return bench;
}

function page(bench: Bench, recorded: readonly Recorded[], sumNum: number | string, sn = snOf(bench.sip, 'RecordInfo')): void {
  const items = recorded.map(({ hour, rest = '', zone = '' }) => {
    const at = (minute: string) => `2022-05-01T${String(hour).padStart(2, '0')}:${minute}:00${zone}`;
    return `<Item><DeviceID>${CHANNEL}</DeviceID><Name>r${hour}</Name><StartTime>${at('00')}</StartTime><EndTime>${at('30')}</EndTime><Type>time</Type>${rest}</Item>`;
  });
  const list = items.length === 0 ? '' : `<RecordList Num="${items.length}">${items.join('')}</RecordList>`;
  bench.sip.receive('MESSAGE', DEVICE, HOME, [], manscdp('Response', 'RecordInfo', sn, CHANNEL, `<Name>c</Name><SumNum>${sumNum}</SumNum>${list}`));
}

it('asks the channel in local time, for everything, and answers in UTC', async () => {
  const bench = await withChannel();
  const asked = bench.platform.service.records(CHANNEL, PERIOD);
  await settle();
  const query = bench.sip.sent.at(-1)?.request;
  expect(query?.uri).toBe(`sip:${CHANNEL}@192.0.2.10:5060`);
  const body = query?.body?.toString() ?? '';
  expect(body).toContain(`<DeviceID>${CHANNEL}</DeviceID>\r\n<StartTime>2022-05-01T08:00:00</StartTime>\r\n<EndTime>2022-05-02T08:00:00</EndTime>`);
  expect(body).toContain('<Type>all</Type>');
  page(bench, [{ hour: 9, rest: '<FilePath>/a&b</FilePath><FileSize>1234</FileSize><Secrecy>0</Secrecy><RecorderID>x</RecorderID>' }, { hour: 8 }], 2);
  await expect(asked).resolves.toEqual({
    items: [
      { name: 'r8', start: '2022-05-01T00:00:00.000Z', end: '2022-05-01T00:30:00.000Z', type: 'time', secret: false },
      {
        name: 'r9',
        start: '2022-05-01T01:00:00.000Z',
        end: '2022-05-01T01:30:00.000Z',
        type: 'time',
        filePath: '/a&b',
        fileSizeBytes: 1234,
        recorderId: 'x',
        secret: false,
      },
    ],
    expected: 2,
    complete: true,
  });
});

it('collects many pages, out of order and twice', async () => {
  const bench = await withChannel();
  const asked = bench.platform.service.records(CHANNEL, PERIOD);
  await settle();
  for (const hour of [3, 1, 1, 2]) page(bench, [{ hour }], 4);
  bench.clock.advance(19_000);
  page(bench, [{ hour: 2 }, { hour: 4 }], 4);
  const result = await asked;
  expect(result.items.map(({ name }) => name)).toEqual(['r1', 'r2', 'r3', 'r4']);
  expect(result).toMatchObject({ expected: 4, complete: true });
});

it('answers what came when pages stay out, and says so', async () => {
  const bench = await withChannel({ records: { timeoutSeconds: 5 } });
  const asked = bench.platform.service.records(CHANNEL, PERIOD);
  await settle();
  page(bench, [{ hour: 1 }], 30);
  bench.clock.advance(5000);
  await expect(asked).resolves.toMatchObject({ items: [{ name: 'r1' }], expected: 30, complete: false });
});

it('takes a list that a device cut off, without its torn item', async () => {
  const bench = await withChannel();
  const asked = bench.platform.service.records(CHANNEL, PERIOD);
  await settle();
  const item = `<Item><StartTime>2022-05-01T01:00:00</StartTime><EndTime>2022-05-01T02:00:00</EndTime></Item>`;
  const sn = snOf(bench.sip, 'RecordInfo');
  bench.sip.receive(
    'MESSAGE',
    DEVICE,
    HOME,
    [],
    `<Response><CmdType>RecordInfo</CmdType><SN>${sn}</SN><DeviceID>${CHANNEL}</DeviceID><SumNum>2</SumNum><RecordList Num="2">${item}<Item><StartTime>2022-05-01T03:00:00</StartTime><EndTime>2022-05-01T`,
  );
  bench.clock.advance(20_000);
  const result = await asked;
  expect(result.items).toHaveLength(1);
  expect(result).toMatchObject({ expected: 2, complete: false });
});

it('knows an empty answer, times with a zone, and items without times', async () => {
  const bench = await withChannel();
  const none = bench.platform.service.records(CHANNEL, PERIOD);
  await settle();
  page(bench, [], 0);
  await expect(none).resolves.toEqual({ items: [], expected: 0, complete: true });
  // UNISOC writes the zone out.
  const some = bench.platform.service.records(CHANNEL, PERIOD);
  await settle();
  page(bench, [{ hour: 9, zone: '+08:00' }], 1);
  await expect(some).resolves.toMatchObject({ items: [{ start: '2022-05-01T01:00:00.000Z' }] });
});

it('tells two queries at once apart, even where the SN is echoed wrong', async () => {
  const bench = await withChannel();
  const other = '34020000001320000012';
  answerCatalogAgain(bench, [CHANNEL, other]);
  await settle();
  const first = bench.platform.service.records(CHANNEL, PERIOD);
  const second = bench.platform.service.records(other, PERIOD);
  await settle();
  expect(sentBodies(bench.sip, 'RecordInfo')).toHaveLength(2);
  page(bench, [{ hour: 1 }], 1, '0');
  await expect(first).resolves.toMatchObject({ items: [{ name: 'r1' }] });
  page(bench, [{ hour: 2 }], 1, '0');
  await expect(second).resolves.toMatchObject({ items: [{ name: 'r2' }] });
});

function answerCatalogAgain(bench: Bench, channels: readonly string[]): void {
  void bench.platform.service.refreshCatalog(DEVICE);
  answerCatalog(bench.sip, channels);
}

it('says what is wrong', async () => {
  const { platform, sip, clock } = await withChannel();
  const { service } = platform;
  for (const period of [
    { start: 'x', end: 'y' },
    { start: PERIOD.end, end: PERIOD.start },
    { start: 5, end: 5 },
  ])
    await expect(service.records(CHANNEL, period)).rejects.toMatchObject({ code: 'ERR_GB28181_RANGE', status: 400 });
  await expect(service.records('nobody', PERIOD)).rejects.toMatchObject({ status: 404 });
  const silent = service.records(CHANNEL, PERIOD);
  await settle();
  clock.advance(20_000);
  await expect(silent).rejects.toMatchObject({ code: 'ERR_GB28181_SILENT', status: 504 });
  sip.send = () => Promise.resolve(response(404, '', 'Not Found'));
  await expect(service.records(CHANNEL, PERIOD)).rejects.toMatchObject({ code: 'ERR_GB28181_REFUSED', status: 502 });
});
