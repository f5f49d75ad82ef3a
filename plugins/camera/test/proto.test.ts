import fc from 'fast-check';
import { buildAnswer } from '../src/proto/answer.js';
import { type Fields, headFields, manscdpBody, pagesOf } from '../src/proto/answers.js';
import { fleetIds, idAfter } from '../src/proto/ids.js';
import { localTime, parseLocalTime } from '../src/proto/local-time.js';
import { parseMansrtsp } from '../src/proto/mansrtsp.js';
import { parseOffer } from '../src/proto/offer.js';
import { Pace } from '../src/proto/pace.js';
import { PsPacketizer } from '../src/proto/packetizer.js';
import { parsePlatformMessage } from '../src/proto/query.js';
import { recordingPath, recordingsIn } from '../src/proto/records.js';
import { encodeALaw, toneSecond } from '../src/proto/tone.js';

const ID = '34020000001320000001';

describe('ids', () => {
  it('count up', () => {
    expect(idAfter(ID, 0)).toBe(ID);
    expect(idAfter(ID, 9999)).toBe('34020000001320010000');
    expect(idAfter('cam-09', 2)).toBe('cam-11');
    expect(idAfter('camera', 3)).toBe('camera3');
  });

  it('are those of channels where there is one, and of another type where there are more', () => {
    expect(fleetIds(ID, 2, 1)).toEqual([
      { id: ID, channels: [ID] },
      { id: '34020000001320000002', channels: ['34020000001320000002'] },
    ]);
    expect(fleetIds(ID, 2, 2).map(({ channels }) => channels)).toEqual([
      ['34020000001310000001', '34020000001310000002'],
      ['34020000001310000003', '34020000001310000004'],
    ]);
    expect(fleetIds('34020000001310000001', 1, 2)[0]?.channels).toEqual(['34020000001320000001', '34020000001320000002']);
    expect(fleetIds('nvr', 1, 2)[0]?.channels).toEqual(['nvr_1', 'nvr_2']);
  });

  it('are never the same twice', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 60 }), (count, channels) => {
        const fleet = fleetIds(ID, count, channels);
        const all = new Set(fleet.flatMap(({ id, channels: own }) => [id, ...own]));
        expect(all.size).toBe(channels === 1 ? count : count * (channels + 1));
      }),
      { seed: 12 },
    );
  });
});

describe('messages of a platform', () => {
  it('are read, whatever else they hold', () => {
    const body =
      '<?xml version="1.0" encoding="GB2312"?>\r\n<Query>\r\n<CmdType>RecordInfo</CmdType>\r\n<SN>17</SN>\n<DeviceID> 340 </DeviceID><StartTime>2026-01-02T03:04:05</StartTime>';
    expect(parsePlatformMessage(Buffer.from(`${body}<EndTime>2026-01-02T04:04:05</EndTime></Query>`))).toEqual({
      root: 'Query',
      cmdType: 'RecordInfo',
      sn: '17',
      deviceId: '340',
      startTime: '2026-01-02T03:04:05',
      endTime: '2026-01-02T04:04:05',
      configType: '',
      command: undefined,
    });
    const control = '<Control><CmdType>DeviceControl</CmdType><SN>1</SN><PTZCmd>A50F4D0190000092</PTZCmd></Control>';
    expect(parsePlatformMessage(Buffer.from(control))?.command).toEqual({ name: 'PTZCmd', value: 'A50F4D0190000092' });
  });

  it('are nothing where they are none, and never throw', () => {
    for (const text of ['', 'hello', '<Query></Query>', '<Other><CmdType>Catalog</CmdType></Other>'])
      expect(parsePlatformMessage(Buffer.from(text))).toBeUndefined();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        parsePlatformMessage(Buffer.concat([Buffer.from('<Query><CmdType>'), bytes]));
        parseOffer(Buffer.from(bytes).toString('latin1'));
        parseMansrtsp(Buffer.from(bytes).toString('latin1'));
      }),
      { seed: 12, numRuns: 500 },
    );
  });
});

describe('answers', () => {
  const head = { cmdType: 'Catalog', sn: '3', deviceId: ID };

  it('are escaped', () => {
    const text = manscdpBody('Notify', [...headFields(head), ['Name', 'a<b>&c'], ['Info', [['PTZType', 1]]]]).toString();
    expect(text).toContain('<Name>a&lt;b&gt;&amp;c</Name>');
    expect(text).toContain('<Info>\r\n<PTZType>1</PTZType>\r\n</Info>');
    expect(parsePlatformMessage(Buffer.from(text))).toMatchObject({ root: 'Notify', cmdType: 'Catalog', sn: '3', deviceId: ID });
  });

  it('of many items come in pages that fit a datagram, each item once', () => {
    const item = (n: number): Fields => [
      ['DeviceID', n],
      ['Name', 'x'.repeat(300)],
    ];
    const pages = pagesOf(
      head,
      [],
      'DeviceList',
      Array.from({ length: 25 }, (_, n) => item(n)),
    ).map(String);
    expect(pages.length).toBeGreaterThan(5);
    expect(pages.every((page) => page.length < 1300 && page.includes('<SumNum>25</SumNum>'))).toBe(true);
    const numbers = pages.map((page) => Number(/Num="(\d+)"/.exec(page)?.[1]));
    expect(numbers).toEqual(pages.map((page) => page.split('<Item>').length - 1));
    expect(numbers.reduce((sum, number) => sum + number, 0)).toBe(25);
  });

  it('of none say so', () => {
    const [page, ...more] = pagesOf(head, [], 'RecordList', []).map(String);
    expect(more).toEqual([]);
    expect(page).toContain('<SumNum>0</SumNum>');
    expect(page).not.toContain('RecordList');
  });
});

describe('times', () => {
  it('are those of Beijing', () => {
    expect(localTime(Date.UTC(2026, 0, 1, 20, 0, 1))).toBe('2026-01-02T04:00:01');
    expect(parseLocalTime('2026-01-02T04:00:01')).toBe(Date.UTC(2026, 0, 1, 20, 0, 1));
    expect(parseLocalTime('2026-01-02 04:00:01')).toBe(Date.UTC(2026, 0, 1, 20, 0, 1));
    expect(parseLocalTime('2026-01-01T20:00:01Z')).toBe(Date.UTC(2026, 0, 1, 20, 0, 1));
    expect(parseLocalTime('2026-13-41T99:00:01')).toBeUndefined();
    expect(parseLocalTime('yesterday')).toBeUndefined();
  });

  it('of recordings are files end to end up to now', () => {
    const nowMs = Date.UTC(2026, 0, 2, 10, 30);
    const rules = { hours: 3, fileMinutes: 60, nowMs };
    const hour = (h: number, m = 0) => Date.UTC(2026, 0, 2, h, m);
    expect(recordingsIn(0, nowMs + 1e9, rules)).toEqual([
      { startMs: hour(7), endMs: hour(8) },
      { startMs: hour(8), endMs: hour(9) },
      { startMs: hour(9), endMs: hour(10) },
      { startMs: hour(10), endMs: hour(10, 30) },
    ]);
    expect(recordingsIn(hour(8), hour(9), rules)).toHaveLength(1);
    expect(recordingsIn(hour(9), hour(8), rules)).toEqual([]);
    expect(recordingPath(ID, { startMs: hour(7), endMs: hour(8) })).toBe(`/record/${ID}/20260102T150000.ps`);
  });
});

describe('an offer', () => {
  const offer = (lines: readonly string[], end = '\r\n') => parseOffer(`${['v=0', `o=${ID} 0 0 IN IP4 192.0.2.9`, ...lines].join(end)}${end}`);
  const PLAY = [
    's=Play',
    'c=IN IP4 192.0.2.1',
    't=0 0',
    'm=video 30000 RTP/AVP 96 98',
    'a=recvonly',
    'a=rtpmap:96 PS/90000',
    'a=rtpmap:98 H264/90000',
    'y=0200000001',
    'f=',
  ];

  it('is read', () => {
    expect(offer(PLAY)).toEqual({
      session: 'play',
      host: '192.0.2.1',
      port: 30_000,
      transport: 'udp',
      setup: 'passive',
      payloadType: 96,
      ssrc: '0200000001',
      startSeconds: 0,
      endSeconds: 0,
      downloadSpeed: 1,
    });
    expect(offer(PLAY, '\r\r\n')).toEqual(offer(PLAY));
    expect(offer(PLAY, '\n')).toEqual(offer(PLAY));
  });

  it('of a download over TCP is read', () => {
    const lines = [
      's=Download',
      'c=IN IP6 2001:db8::1',
      't=1700000000 1700000600',
      'm=video 9 TCP/RTP/AVP 97',
      'a=setup:active',
      'a=rtpmap:97 ps/90000',
      'a=downloadspeed:4',
    ];
    expect(offer(lines)).toMatchObject({
      session: 'download',
      host: '2001:db8::1',
      transport: 'tcp',
      setup: 'active',
      payloadType: 97,
      ssrc: undefined,
      startSeconds: 1_700_000_000,
      endSeconds: 1_700_000_600,
      downloadSpeed: 4,
    });
  });

  it('without names means PS by 96; without PS has no type; without video is none', () => {
    const other = (media: string, ...lines: readonly string[]) => offer(['c=IN IP4 192.0.2.1', media, ...lines]);
    expect(other('m=video 1 RTP/AVP 96')?.payloadType).toBe(96);
    expect(other('m=video 1 RTP/AVP 96', 'a=rtpmap:96 H264/90000')?.payloadType).toBeUndefined();
    expect(other('m=video 1 RTP/AVP 33')?.payloadType).toBeUndefined();
    expect(other('m=audio 1 RTP/AVP 8')).toBeUndefined();
    expect(other('m=video 70000 RTP/AVP 96')).toBeUndefined();
    expect(offer(['m=video 1 RTP/AVP 96'])).toBeUndefined();
  });

  it('is answered from the other side, y= and f= last', () => {
    const parsed = offer(PLAY);
    if (parsed === undefined) throw new Error('not read');
    const facts = { channelId: ID, host: '192.0.2.5', port: 9, ssrc: '0200000001', payloadType: 96 };
    expect(buildAnswer(parsed, facts).split('\r\n').slice(-4)).toEqual(['a=rtpmap:96 PS/90000', 'y=0200000001', 'f=', '']);
    const over = (setup: 'active' | 'passive') => buildAnswer({ ...parsed, transport: 'tcp', setup }, facts);
    expect(over('passive')).toContain('m=video 9 TCP/RTP/AVP 96\r\na=sendonly\r\na=setup:active\r\n');
    expect(over('active')).toContain('a=setup:passive');
    expect(buildAnswer({ ...parsed, session: 'download', downloadSpeed: 4 }, facts)).toContain('s=Download\r\n');
  });
});

it('MANSRTSP is understood in both spellings', () => {
  expect(parseMansrtsp('PAUSE RTSP/1.0\r\nCSeq: 1\r\nPauseTime: now\r\n')).toEqual({ kind: 'pause' });
  expect(parseMansrtsp('PLAY MANSRTSP/1.0\r\nCSeq: 2\r\nScale: 1.000000\r\nRange: npt=100-\r\n')).toEqual({ kind: 'play', scale: 1, positionSeconds: 100 });
  expect(parseMansrtsp('PLAY RTSP/1.0\r\nCSeq: 3\r\nRange: npt=now-\r\n')).toEqual({ kind: 'play' });
  expect(parseMansrtsp('PLAY RTSP/1.0\nScale: -2.0\n')).toEqual({ kind: 'play', scale: -2 });
  expect(parseMansrtsp('TEARDOWN RTSP/1.0\r\n')).toEqual({ kind: 'stop' });
  expect(parseMansrtsp('SETUP RTSP/1.0\r\n')).toBeUndefined();
});

describe('pace', () => {
  it('runs with the wall, faster media in the same stream time', () => {
    const pace = new Pace(1000);
    expect([pace.streamSeconds(2), pace.dueMs(2)]).toEqual([2, 3000]);
    pace.goOn(2, 2, 3000, 4);
    expect([pace.streamSeconds(6), pace.dueMs(3)]).toEqual([3, 4000]);
    // A jump backwards: the stream goes on.
    pace.goOn(0, 3, 4000);
    expect([pace.scale, pace.streamSeconds(4), pace.dueMs(4)]).toEqual([4, 4, 5000]);
  });

  it('of a download is faster than its stream', () => {
    const pace = new Pace(0, 4);
    expect([pace.streamSeconds(8), pace.dueMs(8)]).toEqual([8, 2000]);
  });

  it('forgives a long delay and makes up for a short one', () => {
    const pace = new Pace(0);
    pace.forgiveDelay(1, 1290);
    expect(pace.dueMs(1)).toBe(1000);
    pace.forgiveDelay(1, 5000);
    expect(pace.dueMs(1)).toBe(5000);
  });
});

it('A-law is that of ITU-T G.711', () => {
  expect([0, -1, 32_767, -32_768, 1000, -1000].map((sample) => encodeALaw(sample))).toEqual([0xd5, 0x55, 0xaa, 0x2a, 0xfa, 0x7a]);
  const tone = toneSecond();
  expect(tone).toHaveLength(8000);
  expect(tone.subarray(800).every((byte) => byte === 0xd5)).toBe(true);
  expect(new Set(tone.subarray(0, 800)).size).toBeGreaterThan(4);
});

it('RTP packets carry one time, the marker last, and sequence numbers that go round', () => {
  const packetizer = new PsPacketizer({ ssrc: 0x12345678, payloadType: 96, sequence: 65_535 });
  const bytes = Buffer.alloc(3000, 7);
  const packets = packetizer.packets(bytes, 2 ** 32 + 90_000);
  expect(packets.map((packet) => packet.readUInt16BE(2))).toEqual([65_535, 0, 1]);
  expect(packets.map((packet) => packet[1])).toEqual([96, 96, 96 | 0x80]);
  expect(packets.map((packet) => packet.readUInt32BE(4))).toEqual([90_000, 90_000, 90_000]);
  expect(Buffer.concat(packets.map((packet) => packet.subarray(12))).equals(bytes)).toBe(true);
  expect(packets[0]).toHaveLength(1412);
});
