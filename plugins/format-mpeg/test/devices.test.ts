import type { Frame } from '@sluice/core';
import { PsFrames, serializePackHeader, serializePes, serializeProgramStreamMap } from '../src/index.js';
import { annexB, audio, bytes, collect, demux, digest, fixture, hex, idr, inSteps, laterSlice, PPS, pack, SEI, SPS, slice, truth, video } from './support.js';

const psm = (videoType: number, audioType = 0x90, version = 1) =>
  serializeProgramStreamMap({
    version,
    streams: [
      { streamType: videoType, streamId: 0xe0 },
      { streamType: audioType, streamId: 0xc0 },
    ],
  });
const MAP = psm(0x1b);
/** A system header as Hikvision's: video, audio, private streams 1 and 2. */
const SYSTEM = bytes('000001bb 0012 81c825 0425 ff e0e180 c0c020 bde03a bfe003');
const adts = (fill: number) => Buffer.concat([bytes('fff1 6c40 02bf fc'), Buffer.alloc(14, fill)]);

function everyWay(...parts: Buffer[]) {
  const data = Buffer.concat(parts);
  const whole = demux([data]);
  for (let cut = 1; cut < data.length; cut++) expect(digest(demux([data.subarray(0, cut), data.subarray(cut)]))).toBe(digest(whole));
  return whole;
}

const pictures = (units: ReturnType<typeof demux>) => units.filter(({ kind }) => kind === 'video').map(({ units: nals, pts }) => [hex(nals).join(' '), pts]);
const two = [
  [hex([SPS, PPS, idr(1)]).join(' '), 0],
  [hex([slice(2)]).join(' '), 3600],
];
/** A key frame and another picture, with whatever in front of the first. */
const stream = (...front: Buffer[]) => [pack(), ...front, video(0, annexB(SPS, PPS, idr(1))), pack(), video(3600, annexB(slice(2)))];

describe('pack and system headers', () => {
  it('Hikvision: six bytes of stuffing with a counter, a system header with private streams', () => {
    const stuffed = (count: number) =>
      Buffer.concat([serializePackHeader(0, 6106, 0).subarray(0, 13), bytes('fe'), bytes('ffff'), Buffer.from([0, 0, 1, count])]);
    expect(pictures(everyWay(stuffed(0xe0), SYSTEM, MAP, video(0, annexB(SPS, PPS, idr(1))), stuffed(0xba), video(3600, annexB(slice(2)))))).toEqual(two);
  });

  it('the clock reference may go back, or say anything', () => {
    const data = [pack(9_000_000), MAP, video(0, annexB(SPS, PPS, idr(1))), pack(5), video(3600, annexB(slice(2)))];
    expect(pictures(everyWay(...data))).toEqual(two);
  });

  it('a map before the system header, after it, none at all, an end code in between', () => {
    for (const front of [[MAP, SYSTEM], [SYSTEM, MAP], [SYSTEM], [], [bytes('000001b9'), pack(), SYSTEM]])
      expect(pictures(everyWay(...stream(...front)))).toEqual(two);
  });

  it('a system header of a length that cannot be is not followed', () => {
    const wrong = Buffer.from(SYSTEM);
    wrong.writeUInt16BE(0xffff, 4);
    const units = everyWay(...stream(MAP), pack(), wrong, video(7200, annexB(slice(3))), pack(), video(10_800, annexB(slice(4))));
    expect(pictures(units).map(([, pts]) => pts)).toEqual([0, 3600, 7200, 10_800]);
  });
});

describe('program stream maps', () => {
  it('a map whose checksum is wrong (Dahua)', () => {
    const wrong = Buffer.from(psm(0x24));
    wrong[wrong.length - 1] = (wrong[wrong.length - 1] as number) ^ 0xff;
    const units = everyWay(pack(), wrong, video(0, annexB(bytes('0201d011'))), pack(), video(1, annexB(bytes('0201d011'))));
    expect(new Set(units.map(({ codec }) => codec))).toEqual(new Set(['h265']));
  });

  it('a map that says 0 at first (Dahua), then what is there', () => {
    const units = everyWay(...stream(psm(0, 0)), audio(0, Buffer.alloc(320, 1)), pack(), psm(0x1b, 0x91), audio(3600, Buffer.alloc(320, 2)));
    expect(pictures(units)).toEqual(two);
    expect(units.filter(({ kind }) => kind === 'audio').map(({ codec }) => codec)).toEqual(['g711a', 'g711u']);
  });

  it('a map with malformed descriptors (Tiandy): what can be read counts, the rest is found by looking', () => {
    // Descriptors that claim more than there is, of the program, of a stream.
    const program = Buffer.from(MAP);
    program.writeUInt16BE(0x0fff, 8);
    const elementary = Buffer.from(psm(0x24));
    elementary.writeUInt16BE(0x7fff, 14);
    for (const map of [program, elementary]) {
      const units = everyWay(...stream(map), audio(0, Buffer.alloc(320, 1)));
      expect(pictures(units)).toEqual(two);
      expect(new Set(units.map(({ codec }) => codec))).toEqual(new Set(['h264', 'g711a']));
    }
  });

  it('an inner length that is wrong (SPVMN): its own length is the bound', () => {
    for (const wrong of [0, 4, 0xffff]) {
      const map = Buffer.from(psm(0x24, 0x91));
      map.writeUInt16BE(wrong, 10);
      const units = everyWay(pack(), map, video(0, annexB(bytes('0201d011'))), audio(0, Buffer.alloc(8, 1)), pack(), video(1, annexB(bytes('0201d011'))));
      expect(units.map(({ codec }) => codec).toSorted()).toEqual(['g711u', 'h265', 'h265']);
    }
  });

  it('a map longer than it says: the key frame behind it is not lost', () => {
    const short = Buffer.from(MAP);
    short.writeUInt16BE(short.readUInt16BE(4) - 3, 4);
    expect(pictures(everyWay(...stream(short)))).toEqual(two);
  });

  it('a map shorter than it says, or an empty one: nothing torn', () => {
    const long = Buffer.from(MAP);
    long.writeUInt16BE(long.readUInt16BE(4) + 5, 4);
    const known = new Set(two.map(([nals]) => nals));
    for (const map of [long, bytes('000001bc0000'), bytes('000001bc0004e0ff0000')]) {
      for (const [nals] of pictures(everyWay(...stream(map)))) expect(known).toContain(nals);
    }
  });

  it('no map: AAC by its frames, else what is configured', () => {
    const [first] = everyWay(pack(), audio(0, adts(1)), audio(3600, adts(2)));
    expect(first?.codec).toBe('aac');
    expect(demux([pack(), audio(0, Buffer.alloc(160, 0xd5))], { fallbackAudioCodec: 'g711u' })[0]?.codec).toBe('g711u');
  });

  it('no map: H.264 and H.265 by parameter sets, or by slices of a stream joined in between', () => {
    for (const [nal, codec] of [
      ['419a 0102', 'h264'],
      ['619a 0102', 'h264'],
      ['0201 d011', 'h265'],
      ['0001 d011', 'h265'],
    ] as const)
      expect(demux([pack(), video(0, annexB(bytes(nal))), pack(), video(1, annexB(bytes(nal)))]).map((unit) => unit.codec)).toEqual([codec, codec]);
  });

  it('versions that count up change nothing: no new track', () => {
    const frames: Frame[] = [];
    const ps = new PsFrames({ frame: (frame) => frames.push(frame), unsupported: () => undefined });
    truth('h264').forEach((units, i) => void ps.push(Buffer.concat([pack(), psm(0x1b, 0x90, i & 31), video(i * 3600, annexB(...units))])));
    ps.finish();
    expect(frames.length).toBeGreaterThan(10);
    expect(new Set(frames.map(({ track }) => track)).size).toBe(1);
  });
});

describe('PES packets', () => {
  it('header_data_length says where the payload is; stuffing, extensions and flags that nobody uses are skipped', () => {
    const payload = annexB(SPS, PPS, idr(1));
    const header = bytes('000001e0 0000 8c 81 0d 2100010001 ffffffffffffffff');
    header.writeUInt16BE(header.length - 6 + payload.length, 4);
    expect(pictures(everyWay(pack(), MAP, header, payload, pack(), video(3600, annexB(slice(2)))))).toEqual(two);
  });

  it.each([0xbd, 0xbe, 0xbf, 0xf0, 0xf2, 0xfa, 0xfd, 0xff])('stream %x is skipped by its length, whatever is inside', (id) => {
    const inside = Buffer.concat([bytes('00000001'), pack(), annexB(SPS), video(1, annexB(slice(1))), bytes('000001b9')]);
    expect(pictures(everyWay(...stream(MAP, serializePes(id, {}, inside))))).toEqual(two);
    expect(pictures(everyWay(...stream(MAP), serializePes(id, {}, inside)))).toEqual(two);
  });

  it('Hikvision: a large key frame in packets of 0xFFC6 bytes, the time with the first only', () => {
    const large = idr(7, 200_000);
    const data = annexB(SPS, PPS, SEI, large);
    const parts: Buffer[] = [];
    for (let at = 0; at < data.length; at += 0xffc6 - 8) parts.push(video(at === 0 ? 900 : undefined, data.subarray(at, at + 0xffc6 - 8)));
    for (const step of [1400, 65_536, 1_000_000]) {
      const units = demux(
        inSteps(Buffer.concat([pack(), SYSTEM, MAP, ...parts, audio(900, Buffer.alloc(320, 1)), pack(), video(4500, annexB(slice(2)))]), step),
      );
      expect(pictures(units)).toEqual([
        [hex([SPS, PPS, SEI, large]).join(' '), 900],
        [hex([slice(2)]).join(' '), 4500],
      ]);
    }
  });

  it('a pack directly followed by a picture without a length, sound in between', () => {
    const endless = (pts: number, ...units: Buffer[]) => {
      const pes = video(pts, annexB(...units));
      pes.writeUInt16BE(0, 4);
      return pes;
    };
    const units = everyWay(
      pack(),
      endless(0, SPS, PPS, idr(1)),
      audio(0, Buffer.alloc(20, 1)),
      serializePes(0xbd, {}, bytes('000001e0')),
      pack(),
      endless(3600, slice(2)),
      pack(),
    );
    expect(pictures(units)).toEqual(two);
    expect(units.filter(({ kind }) => kind === 'audio')).toHaveLength(1);
  });

  it('a length that wrapped, found by its end, with sound and the next pack behind it', () => {
    for (const size of [65_500, 65_536, 70_000, 140_000]) {
      const large = idr(9, size);
      const payload = annexB(SPS, PPS, large);
      const header = serializePes(0xe0, { pts: 5 }, Buffer.alloc(0));
      header.writeUInt16BE((header.length - 6 + payload.length) & 0xffff, 4);
      const data = Buffer.concat([pack(), MAP, header, payload, audio(5, Buffer.alloc(20, 1)), pack(), video(3605, annexB(slice(1)))]);
      for (const step of [1400, data.length]) {
        expect(pictures(demux(inSteps(data, step)))).toEqual([
          [hex([SPS, PPS, large]).join(' '), 5],
          [hex([slice(1)]).join(' '), 3605],
        ]);
      }
    }
  });
});

describe('times', () => {
  const times = (units: ReturnType<typeof demux>) => units.map(({ pts }) => pts);

  it('RTP time stamps are not needed: any of them gives the same', () => {
    const data = Buffer.concat([...stream(MAP), audio(0, Buffer.alloc(320, 1)), pack(), video(7200, annexB(slice(3)))]);
    const results = [() => 0, (i: number) => i, (i: number) => 1_000_000 * i, () => undefined].map((timestamp) => {
      const { demuxer, units } = collect();
      let i = 0;
      for (const chunk of inSteps(data, 50)) demuxer.push(chunk, timestamp(i++));
      demuxer.finish();
      return digest(units);
    });
    expect(new Set(results).size).toBe(1);
  });

  it('zero for ever, and nothing else to go by: 25 pictures a second', () => {
    expect(times(demux([0, 1, 2, 3].map((i) => Buffer.concat([pack(), MAP, video(0, annexB(slice(i)))]))))).toEqual([0, 3600, 7200, 10_800]);
    expect(times(demux([0, 1, 2, 3].map((i) => Buffer.concat([pack(), MAP, video(undefined, annexB(slice(i)))]))))).toEqual([0, 3600, 7200, 10_800]);
  });

  it('sound whose time stands still goes on by its bytes', () => {
    expect(times(demux([0, 1, 2].map(() => Buffer.concat([pack(), MAP, audio(77, Buffer.alloc(160, 1))]))))).toEqual([77, 1877, 3677]);
  });

  it('decoding times come with B frames only; without, they are those of presentation', () => {
    const both = serializePes(0xe0, { pts: 10_800, dts: 3600 }, annexB(slice(2)));
    const units = demux([pack(), MAP, video(0, annexB(SPS, PPS, idr(1))), pack(), both, pack(), video(7200, annexB(slice(3)))]);
    expect(units.map(({ pts, dts }) => [pts, dts])).toEqual([
      [0, 0],
      [10_800, 3600],
      [7200, 7200],
    ]);
  });

  it('after a seek times jump, in either direction, and nothing is lost', () => {
    const units = demux([0, 3600, 900_000_000, 900_003_600, 7200, 10_800].map((pts, i) => Buffer.concat([pack(), MAP, video(pts, annexB(slice(i)))])));
    expect(times(units)).toEqual([0, 3600, 900_000_000, 900_003_600, 7200, 10_800]);
  });
});

describe('loss', () => {
  const gop = truth('h264');
  const known = new Set(gop.map((units) => hex(units).join()));

  /** Numbers that look random, the same each time. */
  function random(seed: number) {
    let state = seed;
    return () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state / 2 ** 32;
    };
  }

  it.each([0.01, 0.05, 0.2])('%d of the packets: no torn picture, and key frames are shown again', (share) => {
    const next = random(share * 1000);
    const frames: Frame[] = [];
    const ps = new PsFrames({ frame: (frame) => frames.push(frame), unsupported: () => undefined });
    let missing = 0;
    let wholeKeys = 0;
    for (let i = 0; i < 20 * gop.length; i++) {
      const units = gop[i % gop.length] as Buffer[];
      const isKey = units.some((unit) => ((unit[0] ?? 0) & 31) === 5);
      const data = Buffer.concat([pack(), ...(isKey ? [SYSTEM, MAP] : []), video(i * 3600, annexB(...units))]);
      const packets = [...inSteps(data, 700)];
      let whole = true;
      let gap = false;
      packets.forEach((packet, n) => {
        if (next() < share) {
          missing++;
          whole = false;
          gap = true;
          return;
        }
        if (gap) ps.lost();
        gap = false;
        ps.push(packet, i * 3600);
        if (n === packets.length - 1) ps.hint();
      });
      if (gap) ps.lost();
      if (isKey && whole) wholeKeys++;
    }
    ps.finish();
    expect(missing).toBeGreaterThan(5);
    for (const { units } of frames) expect(known).toContain(hex(units).join());
    expect(frames.filter(({ key }) => key).length).toBeGreaterThanOrEqual(Math.max(1, wholeKeys - Math.ceil(missing / 2)));
    expect(ps.demuxed.damaged).toBeGreaterThan(0);
    // After each hole the first picture is a key frame.
    for (let i = 1; i < frames.length; i++) if ((frames[i]?.dts ?? 0) - (frames[i - 1]?.dts ?? 0) > 3600) expect(frames[i]?.key).toBe(true);
  });

  it('the access unit that had a loss is dropped and counted, once each', () => {
    const { demuxer, units } = collect();
    for (let i = 0; i < 10; i++) {
      const data = Buffer.concat([pack(), MAP, video(i * 3600, annexB(slice(i, 100))), video(undefined, annexB(laterSlice(i, 100)))]);
      demuxer.push(data.subarray(0, 120));
      if (i % 3 === 1) demuxer.lost();
      else demuxer.push(data.subarray(120));
    }
    demuxer.finish();
    expect(units.map(({ pts }) => pts / 3600)).toEqual([0, 2, 3, 5, 6, 8, 9]);
    expect(demuxer.counts.damaged).toBe(3);
  });

  it('a slice with a marker of its own, as the first thing of all: not a whole picture', () => {
    const { demuxer, units } = collect();
    demuxer.push(Buffer.concat([pack(), MAP, video(0, annexB(slice(1)))]));
    demuxer.hint();
    demuxer.lost();
    expect(units).toEqual([]);
  });

  it('a private payload of Hikvision under the label of a program stream: nothing, and little held', () => {
    const { demuxer, units } = collect();
    for (let i = 0; i < 1000; i++) demuxer.push(Buffer.alloc(1400, 0x5a));
    expect(units).toEqual([]);
    expect(demuxer.counts).toMatchObject({ packs: 0, skippedBytes: 1_400_000 });
  });

  it('a recording of a device joined anywhere gives only what is whole', () => {
    const data = fixture('avatar-head.h264.vob');
    const all = new Set(demux([data]).map((unit) => hex(unit.units).join()));
    for (let from = 0; from < data.length; from += 997) for (const unit of demux([data.subarray(from)])) expect(all).toContain(hex(unit.units).join());
  });
});
