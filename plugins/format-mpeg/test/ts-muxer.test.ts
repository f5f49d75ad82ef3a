import { createFrame, type Frame, type Track } from '@sluice/core';
import { aac, splitAdts } from '@sluice/plugin-codec-aac';
import { h264 } from '@sluice/plugin-codec-h264';
import { h265 } from '@sluice/plugin-codec-h265';
import fc from 'fast-check';
import { crc32Mpeg2, TS_PACKET_BYTES, TsFrames, TsMuxer } from '../src/index.js';
import { fixture, hex, idr, inSteps, PPS, SPS, slice, truth } from './support.js';

function pictures(codec: 'h264' | 'h265'): Frame[] {
  const builder = (codec === 'h264' ? h264 : h265).createBuilder({ trackId: 0, clockRate: 90_000 });
  return truth(codec).flatMap((units, i) => builder.build(units, i * 3600, i * 3600 + (i % 2) * 3600) ?? []);
}

function sounds(): Frame[] {
  const whole = fixture('avatar-head.aac');
  const builder = aac.createBuilder({ trackId: 1, clockRate: 44_100 });
  let at = 0;
  return splitAdts(whole).frames.flatMap((frame, i) => {
    const adts = whole.subarray(at, at + frame.length + 7);
    at += adts.length;
    return builder.build([adts], i * 1024, i * 1024) ?? [];
  });
}

const seconds = ({ dts, track }: Frame) => dts / track.clockRate;
const track: Track = { id: 0, kind: 'video', codec: 'h264', clockRate: 90_000, epoch: 0, parameters: { sps: [SPS], pps: [PPS] }, info: {} };

function demux(data: Buffer, step = data.length): Frame[] {
  const frames: Frame[] = [];
  const ts = new TsFrames({ frame: (frame) => frames.push(frame), unsupported: () => undefined });
  for (const chunk of inSteps(data, step)) ts.push(chunk);
  ts.finish();
  return frames;
}

/** Fields of the packets of a transport stream. */
function packets(data: Buffer) {
  expect(data.length % TS_PACKET_BYTES).toBe(0);
  return Array.from({ length: data.length / TS_PACKET_BYTES }, (_, i) => {
    const packet = data.subarray(i * TS_PACKET_BYTES, (i + 1) * TS_PACKET_BYTES);
    expect(packet[0]).toBe(0x47);
    const hasField = ((packet[3] as number) & 0x20) !== 0 && packet[4] !== 0;
    const flags = hasField ? (packet[5] as number) : 0;
    return {
      pid: packet.readUInt16BE(1) & 0x1fff,
      starts: ((packet[1] as number) & 0x40) !== 0,
      counter: (packet[3] as number) & 15,
      randomAccess: (flags & 0x40) !== 0,
      clock: (flags & 0x10) === 0 ? undefined : packet.readUInt32BE(6) * 2 + ((packet[10] as number) >> 7),
      packet,
    };
  });
}

describe('TsMuxer', () => {
  it('goes on from another one without a packet that seems lost', () => {
    const list = pictures('h264');
    const tracks = [(list[0] as Frame).track];
    const first = new TsMuxer(tracks);
    const parts = [first.mux(list.slice(0, 7)), new TsMuxer(tracks, { after: first }).mux(list)];
    const next = new Map<number, number>();
    for (const { pid, counter } of packets(Buffer.concat(parts))) {
      expect(counter).toBe(next.get(pid) ?? 0);
      next.set(pid, (counter + 1) & 15);
    }
  });

  it.each(['h264', 'h265'] as const)('%s and AAC: every frame comes back, with its times', (codec) => {
    const list = [...pictures(codec), ...sounds()].toSorted((a, b) => seconds(a) - seconds(b));
    const muxer = new TsMuxer([...new Map(list.map(({ track: own }) => [own.id, own])).values()]);
    const back = demux(Buffer.concat([muxer.mux(list.slice(0, 60)), muxer.mux(list.slice(60))]), 1400);
    const slices = ({ units }: Frame) => hex(units.filter((unit) => (codec === 'h265' ? (unit[0] ?? 0) >> 1 < 32 : ((unit[0] ?? 0) & 31) < 6)));
    const video = (frames: readonly Frame[]) => frames.filter(({ track: own }) => own.kind === 'video');
    expect(video(back).map(slices)).toEqual(video(list).map(slices));
    expect(video(back).map(({ dts, pts, key }) => [dts, pts, key])).toEqual(video(list).map(({ dts, pts, key }) => [dts, pts, key]));
    const sound = (frames: readonly Frame[]) => frames.filter(({ track: own }) => own.kind === 'audio');
    expect(sound(back).map(({ units }) => hex(units).join())).toEqual(sound(list).map(({ units }) => hex(units).join()));
    expect(sound(back).map(({ dts }) => dts)).toEqual(sound(list).map((frame) => expect.closeTo(seconds(frame) * 90_000, -1)));
  });

  it('each piece: tables with right checksums, a delimiter, parameter sets, a clock before the picture, counters that go on', () => {
    const muxer = new TsMuxer([track], { offsetTicks: 90_000 });
    const first = muxer.mux([createFrame(track, 0, 3600, true, [idr(1)]), createFrame(track, 3600, 3600, false, [slice(1, 400)])]);
    const second = muxer.mux([createFrame(track, 7200, 7200, true, [SPS, PPS, idr(2)])]);
    const [association, map, picture] = packets(first);
    expect([association?.pid, map?.pid, picture?.pid]).toEqual([0, 0x1000, 0x100]);
    expect(crc32Mpeg2(first.subarray(5, 5 + 16))).toBe(0);
    expect(crc32Mpeg2(first.subarray(188 + 5, 188 + 5 + 21))).toBe(0);
    expect(first.subarray(188 + 5 + 12, 188 + 5 + 17).toString('hex')).toBe('1be100f000');
    expect(picture).toMatchObject({ starts: true, randomAccess: true, clock: 90_000 - 45_000 });
    expect(first.includes(Buffer.concat([Buffer.from('0000000109f0', 'hex'), Buffer.from([0, 0, 0, 1]), SPS]))).toBe(true);
    // Sets that the picture brings along are not doubled.
    expect(second.toString('latin1').split(SPS.toString('latin1')).length).toBe(2);
    const counters = new Map<number, number[]>();
    for (const { pid, counter } of packets(Buffer.concat([first, second]))) counters.set(pid, [...(counters.get(pid) ?? []), counter]);
    for (const values of counters.values()) expect(values).toEqual(values.map((_, i) => i & 15));
    expect(demux(first).map(({ dts, pts }) => [dts, pts])).toEqual([
      [90_000, 93_600],
      [93_600, 93_600],
    ]);
  });

  it('pictures of any size, times that go round', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 6 }), fc.nat(2 ** 34), (sizes, base) => {
        const list = sizes.map((size, i) => createFrame(track, base + i * 3600, base + i * 3600, i === 0, [i === 0 ? idr(i, size) : slice(i, size)]));
        const data = new TsMuxer([track]).mux(list);
        const clocks = packets(data).flatMap(({ clock }) => clock ?? []);
        expect(clocks).toEqual(list.map(({ dts }) => (dts - 45_000 + 2 ** 33) % 2 ** 33));
        expect(packets(data).filter(({ randomAccess }) => randomAccess).length).toBe(1);
        const starts = packets(data).filter(({ pid, starts: begins }) => pid === 0x100 && begins);
        expect(starts.length).toBe(list.length);
      }),
      { seed: 13818, numRuns: 60 },
    );
  });

  it('refuses codecs that it has no stream type for', () => {
    expect(TsMuxer.supports('g711a')).toBe(false);
    expect(() => new TsMuxer([{ ...track, id: 1, kind: 'audio', codec: 'g711a' }])).toThrow(expect.objectContaining({ code: 'ERR_MPEG_CODEC' }));
  });
});
