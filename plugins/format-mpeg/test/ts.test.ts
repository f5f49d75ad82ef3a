import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Frame } from '@sluice/core';
import fc from 'fast-check';
import { type AccessUnit, crc32Mpeg2, serializePes, TS_PACKET_BYTES, TsDemuxer, type TsDemuxerOptions, TsFrames } from '../src/index.js';
import { annexB, bytes, digest, fixture, hex, idr, inSteps, PPS, SPS, slice, truth } from './support.js';

function collect(options: TsDemuxerOptions = {}) {
  const units: AccessUnit[] = [];
  return { units, demuxer: new TsDemuxer((unit) => units.push(unit), options) };
}

function demux(chunks: Iterable<Buffer>, options: TsDemuxerOptions = {}) {
  const { units, demuxer } = collect(options);
  for (const chunk of chunks) demuxer.push(chunk);
  demuxer.finish();
  return { units, counts: demuxer.counts };
}

const withoutDelimiter = (units: readonly Buffer[], codec: string) => units.filter((unit) => (codec === 'h265' ? (unit[0] ?? 0) >> 1 !== 35 : unit[0] !== 9));
const files = [
  ['avatar-head.h264.ts', 'h264'],
  ['avatar-head.h265.ts', 'h265'],
  ['avatar-head.av.gst.ts', 'h265'],
] as const;

describe('transport streams of other muxers', () => {
  it.each(files)('%s: every access unit is that of the elementary stream', (file, codec) => {
    const units = demux([fixture(file)]).units.filter(({ kind }) => kind === 'video');
    expect(units.map((unit) => hex(withoutDelimiter(unit.units, codec)))).toEqual(truth(codec).map((one) => hex(withoutDelimiter(one, codec))));
    expect(new Set(units.map((unit) => unit.codec))).toEqual(new Set([codec]));
    if (!file.includes('gst')) for (let i = 1; i < units.length; i++) expect((units[i]?.dts ?? 0) - (units[i - 1]?.dts ?? 0)).toBe(3600);
  });

  it.each(files)('%s: cut anywhere, the same', (file) => {
    const data = fixture(file).subarray(0, 20_000);
    const whole = digest(demux([data]).units);
    expect(whole.length).toBeGreaterThan(1000);
    for (const step of [1, 2, 3, 7, 100, 187, 188, 189, 376, 1316, 4099]) expect(digest(demux(inSteps(data, step)).units)).toBe(whole);
  });

  it('sound: ADTS frames one by one', () => {
    const sound = demux([fixture('avatar-head.av.gst.ts')]).units.filter(({ kind }) => kind === 'audio');
    expect(sound.length).toBeGreaterThan(10);
    expect(
      Buffer.concat(sound.flatMap(({ units }) => units)).equals(
        fixture('avatar-head.aac').subarray(
          0,
          sound.reduce((sum, { units }) => sum + (units[0]?.length ?? 0), 0),
        ),
      ),
    ).toBe(true);
  });

  it('frames of described tracks', () => {
    const frames: Frame[] = [];
    const ts = new TsFrames({ frame: (frame) => frames.push(frame), unsupported: () => undefined });
    ts.push(fixture('avatar-head.av.gst.ts'));
    expect(ts.announced.toSorted()).toEqual(['audio', 'video']);
    ts.hint();
    ts.finish();
    expect(frames.find(({ track }) => track.kind === 'video')).toMatchObject({ key: true, track: { id: 0, codec: 'h265', clockRate: 90_000 } });
    expect(frames.find(({ track }) => track.kind === 'audio')).toMatchObject({ track: { id: 1, codec: 'aac' } });
    expect(ts.counts).toEqual({ refused: 0, skipped: 0 });
  });
});

describe('damage', () => {
  const data = fixture('avatar-head.h264.ts');
  const packets = [...inSteps(data, TS_PACKET_BYTES)];
  const known = new Set(truth('h264').map((units) => hex(units).join()));
  const isVideo = (packet: Buffer) => (packet.readUInt16BE(1) & 0x1fff) === 0x100;

  it('whatever packet is missing, no torn picture comes out, and it is counted', () => {
    for (let missing = 4; missing < packets.length - 1; missing++) {
      const { units, counts } = demux(packets.filter((_, i) => i !== missing));
      for (const unit of units) expect(known).toContain(hex(unit.units.filter((nal) => nal[0] !== 9)).join());
      if (isVideo(packets[missing] as Buffer)) expect(counts.damagedVideo).toBe(1);
      else expect(units).toHaveLength(known.size);
    }
  });

  it('frames start again at a key frame', () => {
    const frames: Frame[] = [];
    const ts = new TsFrames({ frame: (frame) => frames.push(frame), unsupported: () => undefined });
    packets.forEach((packet, i) => {
      if (i !== 40) ts.push(packet);
    });
    ts.finish();
    const units = truth('h264');
    const gap = frames.findIndex(({ dts }, i) => i > 0 && dts - (frames[i - 1]?.dts ?? 0) > 3600);
    if (gap > 0) expect(frames[gap]?.key).toBe(true);
    expect(frames.length + ts.counts.skipped).toBe(units.length - 1);
  });

  it('packets sent twice, and a discontinuity that is announced', () => {
    expect(demux(packets.flatMap((packet) => [packet, packet])).units).toHaveLength(known.size);
    const at = packets.findIndex((packet, i) => i > 50 && isVideo(packet) && ((packet[1] as number) & 0x40) !== 0 && ((packet[3] as number) & 0x20) !== 0);
    const jumped = packets.map((packet, i) => {
      if (i < at || !isVideo(packet)) return packet;
      const copy = Buffer.from(packet);
      copy[3] = ((copy[3] as number) & 0xf0) | (((copy[3] as number) + 5) & 15);
      if (i === at) copy[5] = (copy[5] as number) | 0x80;
      return copy;
    });
    const { units, counts } = demux(jumped);
    expect(units).toHaveLength(known.size);
    expect(counts.damaged).toBe(0);
  });

  it('sync is found again behind bytes that do not belong', () => {
    const junk = Buffer.alloc(1000, 0x47);
    junk.fill(0x11, 3, 900);
    for (const at of [0, 50 * TS_PACKET_BYTES, 50 * TS_PACKET_BYTES + 100]) {
      const { units, counts } = demux(inSteps(Buffer.concat([data.subarray(0, at), junk, data.subarray(at)]), 700));
      expect(units.length).toBeGreaterThanOrEqual(known.size - 2);
      expect(counts.skippedBytes).toBeGreaterThan(800);
      for (const unit of units) expect(known).toContain(hex(unit.units.filter((nal) => nal[0] !== 9)).join());
    }
  });

  it('lost() between chunks drops what is under way', () => {
    for (let cut = 7; cut < packets.length; cut += 7) {
      const { demuxer, units } = collect();
      packets.forEach((packet, i) => {
        if (i === cut) demuxer.lost();
        if (i < cut || i > cut + 15) demuxer.push(packet);
      });
      demuxer.finish();
      for (const unit of units) expect(known).toContain(hex(unit.units.filter((nal) => nal[0] !== 9)).join());
    }
  });

  it('packets with errors and scrambled ones', () => {
    const broken = packets.map((packet, i) => {
      const copy = Buffer.from(packet);
      if (i === 60) copy[1] = (copy[1] as number) | 0x80;
      return copy;
    });
    expect(demux(broken).counts.damagedVideo).toBeGreaterThan(0);
    const { units, counts } = demux(
      packets.map((packet) =>
        isVideo(packet) ? Buffer.concat([packet.subarray(0, 3), Buffer.from([(packet[3] as number) | 0x80]), packet.subarray(4)]) : packet,
      ),
    );
    expect(units).toEqual([]);
    expect(counts.scrambled).toBeGreaterThan(100);
  });

  it('an access unit over the limit is dropped', () => {
    const { units, counts } = demux([data], { maxAccessUnitBytes: 3000 });
    expect(units.length).toBeGreaterThan(3);
    expect(counts.damaged).toBeGreaterThan(0);
    for (const unit of units) expect(known).toContain(hex(unit.units.filter((nal) => nal[0] !== 9)).join());
  });
});

/** A stream made by hand: each payload in packets of its own. */
class Maker {
  readonly #counters = new Map<number, number>();

  packets(pid: number, payload: Buffer): Buffer[] {
    const list: Buffer[] = [];
    for (let at = 0; at < payload.length; ) {
      const counter = this.#counters.get(pid) ?? 0;
      this.#counters.set(pid, (counter + 1) & 15);
      const part = payload.subarray(at, at + 184);
      const stuffing = 184 - part.length;
      const adaptation =
        stuffing === 0
          ? Buffer.alloc(0)
          : Buffer.from([stuffing - 1, ...(stuffing > 1 ? [0] : []), ...new Array<number>(Math.max(0, stuffing - 2)).fill(0xff)]);
      const head = Buffer.from([0x47, (at === 0 ? 0x40 : 0) | (pid >> 8), pid & 0xff, (stuffing === 0 ? 0x10 : 0x30) | counter]);
      list.push(Buffer.concat([head, adaptation, part]));
      at += 184;
    }
    return list;
  }

  section(pid: number, body: Buffer): Buffer[] {
    const crc = Buffer.alloc(4);
    crc.writeUInt32BE(crc32Mpeg2(body));
    return this.packets(pid, Buffer.concat([Buffer.from([0]), body, crc]));
  }

  tables(streams: readonly (readonly [number, number, string?])[], version = 0): Buffer[] {
    const pat = bytes('00 b00d 0001 c1 00 00 0001 f000');
    const loop = Buffer.concat(
      streams.map(([type, pid, info = '']) =>
        Buffer.concat([Buffer.from([type, 0xe0 | (pid >> 8), pid & 0xff, 0xf0, info.length / 2]), Buffer.from(info, 'hex')]),
      ),
    );
    const head = Buffer.concat([bytes('02 b000 0001'), Buffer.from([0xc1 | (version << 1), 0, 0, 0xe1, 0x00, 0xf0, 0x00])]);
    head.writeUInt16BE(0xb000 | (head.length - 3 + loop.length + 4), 1);
    return [...this.section(0, pat), ...this.section(0x1000, Buffer.concat([head, loop]))];
  }
}

const pes = (id: number, pts: number | undefined, payload: Buffer) => serializePes(id, pts === undefined ? {} : { pts }, payload);

describe('tables', () => {
  it('a stream type that is wrong, a registration that says the codec, a map that changes', () => {
    const maker = new Maker();
    const vps = bytes('40 01 0c01');
    const key = [vps, bytes('42 01 0101'), bytes('44 01 c172'), bytes('26 01 af aabbcc')];
    const { units, counts } = demux([
      ...maker.tables([
        [0x1b, 0x100],
        [0x06, 0x101, '05044f707573'],
      ]),
      ...maker.packets(0x100, pes(0xe0, 0, annexB(...key))),
      ...maker.packets(0x101, pes(0xbd, 0, Buffer.alloc(40, 1))),
      ...maker.tables([[0x90, 0x102]], 1),
      ...maker.packets(0x102, pes(0xc0, 3600, Buffer.alloc(320, 2))),
      ...maker.packets(0x100, pes(0xe0, 3600, annexB(bytes('02 01 d0 11')))),
    ]);
    // The picture was still under way when its stream went.
    expect(units.map(({ streamId, kind, codec, pts }) => [streamId, kind, codec, pts])).toEqual([
      [0x101, 'audio', 'opus', 0],
      [0x102, 'audio', 'g711a', 3600],
    ]);
    expect(counts.damaged).toBe(0);
  });

  it('a section over several packets; one with a wrong checksum is not believed', () => {
    const maker = new Maker();
    const many = Array.from({ length: 60 }, (_, i) => [0x0f, 0x200 + i] as const);
    const tables = maker.tables([[0x1b, 0x100], ...many]);
    expect(tables.length).toBeGreaterThan(2);
    const picture = [...maker.packets(0x100, pes(0xe0, 0, annexB(SPS, PPS, idr(1)))), ...maker.packets(0x100, pes(0xe0, 3600, annexB(slice(1))))];
    expect(demux([...tables, ...picture]).units).toHaveLength(2);
    const wrong = tables.map((packet) => Buffer.from(packet));
    const last = wrong[wrong.length - 1] as Buffer;
    last[last.length - 1] = (last[last.length - 1] as number) ^ 1;
    expect(demux([...wrong, ...picture]).units).toHaveLength(0);
  });

  it('no more streams than the limit', () => {
    const maker = new Maker();
    const pids = Array.from({ length: 30 }, (_, i) => 0x200 + i);
    const tables = maker.tables(pids.map((pid) => [0x90, pid] as const));
    const { units } = demux([...tables, ...pids.flatMap((pid) => maker.packets(pid, pes(0xc0, 0, Buffer.alloc(100, 1))))]);
    expect(units).toHaveLength(4);
  });

  it('PES headers and payloads over packets, without a length, longer than a length can say', () => {
    const maker = new Maker();
    const large = idr(9, 70_000);
    const header = serializePes(0xe0, { pts: 5 }, Buffer.alloc(0));
    header.writeUInt16BE(0, 4);
    const bounded = Buffer.from(header);
    bounded.writeUInt16BE((8 + 70_000) & 0xffff, 4);
    // The header's bytes one packet each.
    const split = [...header].flatMap((byte, i) => {
      const list = maker.packets(0x100, Buffer.from([byte]));
      if (i > 0) for (const packet of list) packet[1] = (packet[1] as number) & 0xbf;
      return list;
    });
    const body = maker.packets(0x100, annexB(SPS, PPS, large));
    (body[0] as Buffer)[1] = ((body[0] as Buffer)[1] as number) & 0xbf;
    const { units } = demux([
      ...maker.tables([[0x1b, 0x100]]),
      ...split,
      ...body,
      ...maker.packets(0x100, Buffer.concat([bounded, annexB(SPS, PPS, large)])),
      ...maker.packets(0x100, pes(0xe0, 7200, annexB(slice(1)))),
    ]);
    expect(units.map((unit) => hex(unit.units))).toEqual([hex([SPS, PPS, large]), hex([SPS, PPS, large]), hex([slice(1)])]);
  });

  it('sound whose packet breaks off is dropped, and what follows taken', () => {
    const maker = new Maker();
    const cut = pes(0xc0, 0, Buffer.alloc(320, 1)).subarray(0, 100);
    const { units, counts } = demux([
      ...maker.tables([[0x90, 0x101]]),
      ...maker.packets(0x101, cut),
      ...maker.packets(0x101, pes(0xc0, 3600, Buffer.alloc(320, 2))),
    ]);
    expect(units.map(({ pts }) => pts)).toEqual([3600]);
    expect(counts).toMatchObject({ damaged: 1, damagedVideo: 0 });
  });
});

describe('fuzz', () => {
  it('whatever bytes come, nothing is thrown and little is held', () => {
    const good = Buffer.concat([fixture('avatar-head.h264.ts').subarray(0, 40 * 188), fixture('avatar-head.av.gst.ts').subarray(0, 40 * 188)]);
    const edit = fc.tuple(fc.nat(good.length - 1), fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 0x47, 0xff)));
    fc.assert(
      fc.property(fc.array(edit, { maxLength: 80 }), fc.integer({ min: 1, max: 1500 }), fc.boolean(), (edits, step, losing) => {
        const data = Buffer.from(good);
        for (const [at, value] of edits) data[at] = value;
        const { demuxer } = collect();
        let chunks = 0;
        for (const chunk of inSteps(data, step)) {
          demuxer.push(chunk, chunks);
          if (losing && ++chunks % 7 === 0) demuxer.lost();
        }
        demuxer.finish();
      }),
      { seed: 188, numRuns: 300 },
    );
  });
});

const corpus = join(import.meta.dirname, '../../../../shared/cases/corpus/ts');
(existsSync(corpus) ? describe : describe.skip)('corpus ts/*', () => {
  const names = existsSync(corpus) ? (readdirSync(corpus, { recursive: true }) as string[]).filter((name) => /\.(bin|ts)$/.test(name)) : [];
  it.each(names)('%s', (name) => {
    const data = readFileSync(join(corpus, name));
    for (const step of [1, 7, 188, data.length]) {
      const { demuxer } = collect();
      for (const chunk of inSteps(data, step)) demuxer.push(chunk);
      if (name.endsWith('opus.ts')) expect(demuxer.declared).toEqual(['opus']);
      demuxer.finish();
    }
  });
});
