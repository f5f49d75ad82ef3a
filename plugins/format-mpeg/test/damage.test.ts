import fc from 'fast-check';
import { serializeProgramStreamMap } from '../src/index.js';
import { annexB, audio, collect, demux, digest, fixture, hex, idr, inSteps, laterSlice, PPS, pack, SPS, slice, truth, video } from './support.js';

const MAP = serializeProgramStreamMap({ version: 0, streams: [{ streamType: 0x1b, streamId: 0xe0 }] });

describe('loss', () => {
  const frames = Array.from({ length: 12 }, (_, i) => [i % 6 === 0 ? [SPS, PPS, idr(i, 400)] : [slice(i, 300), laterSlice(i, 200)]].flat());
  const stream = frames.map((units, i) =>
    Buffer.concat([pack(i * 3600), i % 6 === 0 ? MAP : Buffer.alloc(0), ...units.map((unit, n) => video(n === 0 ? i * 3600 : undefined, annexB(unit)))]),
  );
  const known = new Set(frames.map((units) => hex(units).join()));

  it('a torn access unit is never given out, wherever bytes are missing', () => {
    const packets: { bytes: Buffer; last: boolean }[] = [];
    for (const frame of stream) {
      const list = [...inSteps(frame, 100)];
      for (const [i, bytes] of list.entries()) packets.push({ bytes, last: i === list.length - 1 });
    }
    for (const markers of ['right', 'none', 'all'] as const) {
      for (let missing = 0; missing < packets.length; missing++) {
        const { demuxer, units } = collect();
        packets.forEach(({ bytes, last }, i) => {
          if (i === missing) return;
          if (i === missing + 1) demuxer.lost();
          demuxer.push(bytes);
          if (markers === 'all' || (markers === 'right' && last)) demuxer.hint();
        });
        demuxer.finish();
        for (const unit of units) expect(known).toContain(hex(unit.units).join());
        expect(units.length).toBeGreaterThanOrEqual(frames.length - 2);
      }
    }
  });

  it('right markers give a picture out at once, after a while', () => {
    const { demuxer, units } = collect();
    const delays = stream.map((frame, i) => {
      demuxer.push(frame);
      demuxer.hint();
      return i + 1 - units.length;
    });
    expect(delays.slice(0, 8)).toEqual([1, 1, 1, 1, 1, 1, 1, 1]);
    expect(delays.slice(10)).toEqual([0, 0]);
    expect(units.map((unit) => hex(unit.units).join())).toEqual(frames.map((frame) => hex(frame).join()));
  });

  it('a marker that turns out wrong after that costs one picture at most and is not believed again', () => {
    const { demuxer, units } = collect();
    for (let round = 0; round < 3; round++) {
      stream.forEach((frame, i) => {
        demuxer.push(frame);
        if (i < 11) demuxer.hint();
      });
    }
    const half = video(999_000, annexB(slice(1, 50)));
    demuxer.push(Buffer.concat([pack(), half]));
    demuxer.hint();
    const before = units.length;
    demuxer.push(video(undefined, annexB(laterSlice(1, 50))));
    demuxer.push(Buffer.concat([pack(), video(1_002_600, annexB(slice(2)))]));
    demuxer.hint();
    expect(units.length - before).toBe(0);
  });

  it('streams cut without regard to pictures too', () => {
    const data = fixture('avatar-head.h264.vob');
    const expected = new Set(truth('h264').map((units) => hex(units).join()));
    const packets = [...inSteps(data, 1400)];
    for (let missing = 1; missing < packets.length; missing += 3) {
      const { demuxer, units } = collect();
      packets.forEach((bytes, i) => {
        if (i === missing) demuxer.lost();
        else demuxer.push(bytes);
      });
      demuxer.finish();
      for (const unit of units) expect(expected).toContain(hex(unit.units).join());
      expect(units.length).toBeGreaterThan(20);
    }
  });
});

describe('limits', () => {
  it('an access unit over the limit is dropped, and the next pack taken', () => {
    const { demuxer, units } = collect({ maxAccessUnitBytes: 10_000 });
    demuxer.push(Buffer.concat([pack(), MAP]));
    for (let i = 0; i < 5; i++) demuxer.push(video(0, i === 0 ? annexB(idr(1, 4000)) : Buffer.alloc(4000, 0x99)));
    demuxer.push(Buffer.concat([pack(), video(3600, annexB(slice(1))), pack()]));
    demuxer.finish();
    expect(units.map(({ pts }) => pts)).toEqual([3600]);
    expect(demuxer.counts.damaged).toBe(1);
  });

  it('no more streams than the limit', () => {
    const { demuxer, units } = collect({ maxStreams: 2 });
    demuxer.push(pack());
    for (let id = 0xc0; id < 0xe0; id++) {
      const pes = audio(0, Buffer.alloc(10, 1));
      pes[3] = id;
      demuxer.push(pes);
    }
    expect(new Set(units.map(({ streamId }) => streamId))).toEqual(new Set([0xc0, 0xc1]));
  });

  it('few bytes of large chunks do not keep the chunks', () => {
    const { demuxer } = collect();
    demuxer.push(Buffer.concat([pack(), MAP]));
    if (globalThis.gc === undefined) {
      // Without a collector to ask, the joined length is what can be seen: pushing must stay cheap.
      for (let i = 0; i < 400; i++)
        demuxer.push(
          Buffer.concat([video(0, i === 0 ? annexB(idr(1, 20)) : Buffer.alloc(20, 0x99)), Buffer.from('000001bdfff0', 'hex'), Buffer.alloc(0xfff0)]),
        );
    }
    expect(demuxer.counts.damaged).toBe(0);
  });
});

describe('fuzz', () => {
  it('whatever bytes come, nothing is thrown and cuts do not matter', () => {
    const good = Buffer.concat([fixture('avatar-head.h264.vob').subarray(0, 6000), fixture('avatar-head.av.gst').subarray(0, 6000)]);
    const edit = fc.tuple(fc.nat(good.length - 1), fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 0xba, 0xe0, 0xc0, 0xbc, 0xff)));
    fc.assert(
      fc.property(fc.array(edit, { maxLength: 60 }), fc.integer({ min: 1, max: 2000 }), (edits, step) => {
        const data = Buffer.from(good);
        for (const [at, value] of edits) data[at] = value;
        expect(digest(demux(inSteps(data, step)))).toBe(digest(demux([data])));
      }),
      { seed: 13818, numRuns: 300 },
    );
  });

  it('whatever is lost, duplicated or hinted', () => {
    const packets = [...inSteps(fixture('avatar-head.h265.vob'), 700)];
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(packets.length - 1), fc.constantFrom('push', 'lost', 'hint', 'finish')), { maxLength: 200 }), (steps) => {
        const { demuxer } = collect();
        for (const [index, what] of steps) {
          demuxer.push(packets[index] ?? Buffer.alloc(0), index);
          if (what !== 'push') demuxer[what]();
        }
      }),
      { seed: 2, numRuns: 200 },
    );
  });
});
