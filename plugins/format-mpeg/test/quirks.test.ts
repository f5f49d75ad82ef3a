import { serializePes, serializeProgramStreamMap } from '../src/index.js';
import {
  annexB,
  audio,
  bytes,
  collect,
  demux,
  digest,
  hex,
  idr,
  inSteps,
  laterSlice,
  PPS,
  pack,
  SEI,
  SPS,
  START,
  slice,
  video,
  withLength,
} from './support.js';

const psm = (videoType: number, audioType = 0x90, version = 1) =>
  serializeProgramStreamMap({
    version,
    streams: [
      { streamType: videoType, streamId: 0xe0 },
      { streamType: audioType, streamId: 0xc0 },
    ],
  });
const MAP = psm(0x1b);
const end = bytes('000001b9');

/** Demuxes at once and cut at every byte; all must agree. */
function everyWay(...parts: Buffer[]) {
  const data = Buffer.concat(parts);
  const whole = demux([data]);
  for (let cut = 1; cut < data.length; cut++) expect(digest(demux([data.subarray(0, cut), data.subarray(cut)]))).toBe(digest(whole));
  expect(digest(demux(inSteps(data, 1)))).toBe(digest(whole));
  return whole;
}

const shape = (units: ReturnType<typeof demux>) => units.map(({ kind, units: nals, pts }) => [kind, hex(nals), pts]);

describe('what devices do', () => {
  it('parameter sets and slices in PES packets of their own, the time with the first only', () => {
    const units = everyWay(
      pack(0, 6),
      MAP,
      video(0, annexB(SPS)),
      video(undefined, annexB(PPS)),
      video(undefined, annexB(SEI)),
      video(undefined, annexB(idr(1))),
      pack(3600),
      video(3600, annexB(slice(2))),
      video(undefined, annexB(laterSlice(3))),
      pack(7200),
      video(7200, annexB(slice(4))),
    );
    expect(shape(units)).toEqual([
      ['video', hex([SPS, PPS, SEI, idr(1)]), 0],
      ['video', hex([slice(2), laterSlice(3)]), 3600],
      ['video', hex([slice(4)]), 7200],
    ]);
  });

  it('the same time with each PES packet of a picture, over several packs', () => {
    const big = annexB(slice(5, 300));
    const units = everyWay(
      pack(),
      MAP,
      video(900, big.subarray(0, 100)),
      pack(),
      video(900, big.subarray(100, 250)),
      pack(),
      video(900, big.subarray(250)),
      pack(),
      video(4500, annexB(slice(6))),
    );
    expect(shape(units)).toEqual([
      ['video', hex([slice(5, 300)]), 900],
      ['video', hex([slice(6)]), 4500],
    ]);
  });

  it('several pictures in one pack, one without a time', () => {
    const units = everyWay(
      pack(),
      MAP,
      video(3600, annexB(slice(1))),
      video(7200, annexB(slice(2))),
      video(undefined, annexB(slice(3))),
      video(14_400, annexB(slice(4))),
    );
    expect(units.map(({ pts }) => pts)).toEqual([3600, 7200, 10_800, 14_400]);
  });

  it('PES packets without a length', () => {
    const units = everyWay(
      pack(),
      MAP,
      withLength(video(0, annexB(SPS, PPS, idr(1, 200))), 0),
      pack(),
      withLength(video(3600, annexB(slice(2))), 0),
      audio(3600, Buffer.alloc(20, 0xd5)),
      end,
    );
    expect(shape(units.filter(({ kind }) => kind === 'video'))).toEqual([
      ['video', hex([SPS, PPS, idr(1, 200)]), 0],
      ['video', hex([slice(2)]), 3600],
    ]);
    expect(units.filter(({ kind }) => kind === 'audio')).toHaveLength(1);
  });

  it('a PES packet of length 0 with nothing in it', () => {
    expect(everyWay(pack(), bytes('000001e00000'), video(0, annexB(slice(1))), pack(), video(1, annexB(slice(2))))).toHaveLength(2);
  });

  it('a picture too large for its length, which is written modulo 65536', () => {
    const large = idr(9, 70_000);
    const payload = annexB(SPS, PPS, large);
    const header = serializePes(0xe0, { pts: 5 }, Buffer.alloc(0));
    header.writeUInt16BE((header.length - 6 + payload.length) & 0xffff, 4);
    const data = Buffer.concat([pack(), MAP, header, payload, pack(), video(3605, annexB(slice(1)))]);
    for (const step of [1, 1400, data.length]) {
      expect(shape(demux(inSteps(data, step)))).toEqual([
        ['video', hex([SPS, PPS, large]), 5],
        ['video', hex([slice(1)]), 3605],
      ]);
    }
  });

  it('private streams that look like pictures inside are skipped by their length', () => {
    const inside = Buffer.concat([pack(), annexB(SPS), video(1, annexB(slice(1)))]);
    const units = everyWay(
      pack(),
      MAP,
      serializePes(0xbd, {}, inside),
      serializePes(0xbf, {}, inside),
      bytes('000001be0004ffffffff'),
      video(0, annexB(idr(1))),
      pack(),
      video(9, annexB(slice(2))),
    );
    expect(units.map(({ pts }) => pts)).toEqual([0, 9]);
  });

  it('sound: one access unit a PES packet; several in a pack; no time follows from the bytes', () => {
    const sound = (fill: number) => Buffer.alloc(320, fill);
    const units = everyWay(pack(), MAP, audio(0, sound(1)), audio(3600, sound(2)), audio(undefined, sound(3)), pack(), audio(10_800, sound(4)));
    expect(units.map(({ codec, pts, units: [data] }) => [codec, pts, data?.[0]])).toEqual([
      ['g711a', 0, 1],
      ['g711a', 3600, 2],
      ['g711a', 7200, 3],
      ['g711a', 10_800, 4],
    ]);
  });

  it('G.711 with times in 8 kHz', () => {
    const units = demux(Array.from({ length: 12 }, (_, i) => Buffer.concat([pack(), MAP, audio(80_000 + 320 * i, Buffer.alloc(320, 1))])));
    const steps = units.slice(6).map(({ pts }, i) => pts - (units[i + 5]?.pts ?? 0));
    expect(new Set(steps)).toEqual(new Set([3600]));
  });

  it('AAC labelled as G.711', () => {
    const adts = (fill: number) => Buffer.concat([bytes('fff1 6c40 02bf fc'), Buffer.alloc(14, fill)]);
    const units = everyWay(pack(), MAP, audio(0, Buffer.concat([adts(1), adts(2)])), audio(23_040, adts(3)));
    expect(units.map(({ codec, pts }) => [codec, pts])).toEqual([
      ['aac', 0],
      ['aac', 11_520],
      ['aac', 23_040],
    ]);
  });

  it('H.265 labelled as H.264, toggling; no map at all', () => {
    const vps = bytes('40 01 0c01');
    const sps = bytes('42 01 0101');
    const pps = bytes('44 01 c172');
    const key = bytes('26 01 af aabbcc');
    const next = bytes('02 01 d0 112233');
    const stream = [
      video(0, annexB(vps, sps, pps, key)),
      pack(),
      psm(0x24),
      video(3600, annexB(next)),
      pack(),
      psm(0x1b),
      video(7200, annexB(next)),
      pack(),
      video(10_800, annexB(next)),
    ];
    for (const head of [[pack(), psm(0x1b)], [pack(), psm(0x24)], [pack()]]) {
      const units = everyWay(...head, ...stream);
      expect(units.map(({ codec }) => codec)).toEqual(['h265', 'h265', 'h265', 'h265']);
      expect(hex(units[0]?.units ?? [])).toEqual(hex([vps, sps, pps, key]));
    }
  });

  it('times that go round at 33 bits, for sound and picture together', () => {
    const round = 2 ** 33;
    const units = everyWay(
      pack(),
      MAP,
      video(round - 1800, annexB(idr(1))),
      audio(round - 10, Buffer.alloc(20, 1)),
      pack(),
      video(1800, annexB(slice(2))),
      pack(),
      audio(20, Buffer.alloc(20, 1)),
      video(5400, annexB(slice(3))),
    );
    expect(units.filter(({ kind }) => kind === 'video').map(({ pts }) => pts - round)).toEqual([-1800, 1800, 5400]);
    expect(units.filter(({ kind }) => kind === 'audio').map(({ pts }) => pts - round)).toEqual([-10, 20]);
  });

  it('frozen times follow those of the carrier', () => {
    const { demuxer, units } = collect();
    for (let i = 0; i < 5; i++) demuxer.push(Buffer.concat([pack(), MAP, video(0, annexB(slice(i)))]), 1000 + i * 4500);
    demuxer.finish();
    expect(units.map(({ pts }) => pts)).toEqual([0, 4500, 9000, 13_500, 18_000]);
  });

  it('a pack header of MPEG-1', () => {
    const mpeg1 = bytes('000001ba 2100010001 800001');
    expect(everyWay(mpeg1, video(0, annexB(idr(1))), mpeg1, video(3600, annexB(slice(1))), pack())).toHaveLength(2);
  });

  it('three-byte start codes and trailing zeros', () => {
    const short = Buffer.concat([bytes('000001'), SPS, bytes('000001'), PPS, bytes('0000'), START, idr(1), bytes('000000')]);
    expect(hex(everyWay(pack(), MAP, video(0, short), pack(), video(5, annexB(slice(2))))[0]?.units ?? [])).toEqual(hex([SPS, PPS, idr(1)]));
  });
});
