import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFrame, type Frame, type Track } from '@sluice/core';
import { aac, splitAdts } from '@sluice/plugin-codec-aac';
import { g711a } from '@sluice/plugin-codec-g711';
import { h264 } from '@sluice/plugin-codec-h264';
import { h265 } from '@sluice/plugin-codec-h265';
import fc from 'fast-check';
import { crc32Mpeg2, PsFrames, PsMuxer } from '../src/index.js';
import { fixture, hex, idr, inSteps, PPS, pack, SPS, slice, truth, video } from './support.js';

function pictures(codec: 'h264' | 'h265'): Frame[] {
  const builder = (codec === 'h264' ? h264 : h265).createBuilder({ trackId: 0, clockRate: 90_000 });
  return truth(codec).flatMap((units, i) => builder.build(units, i * 3600, i * 3600) ?? []);
}

function sounds(): Frame[] {
  const { frames } = splitAdts(fixture('avatar-head.aac'));
  const builder = aac.createBuilder({ trackId: 1, clockRate: 44_100 });
  const whole = fixture('avatar-head.aac');
  // The builder learns the config from a frame with its header.
  let at = 0;
  return frames.flatMap((frame, i) => {
    const adts = whole.subarray(at, at + frame.length + 7);
    at += adts.length;
    return builder.build([adts], i * 1024, i * 1024) ?? [];
  });
}

function alaw(count: number): Frame[] {
  const builder = g711a.createBuilder({ trackId: 1, clockRate: 8000 });
  return Array.from({ length: count }, (_, i) => builder.build([Buffer.alloc(320, 0xd5 ^ i)], i * 320, i * 320) ?? []).flat();
}

const seconds = ({ dts, track }: Frame) => dts / track.clockRate;
const merge = (...lists: Frame[][]) => lists.flat().toSorted((a, b) => seconds(a) - seconds(b));

function demux(data: Buffer, step = data.length) {
  const frames: Frame[] = [];
  const ps = new PsFrames({ frame: (frame) => frames.push(frame), unsupported: () => undefined });
  for (const chunk of inSteps(data, step)) ps.push(chunk);
  ps.finish();
  expect(ps.demuxed.damaged).toBe(0);
  return frames;
}

function muxAll(frames: readonly Frame[], announce = true): Buffer {
  const muxer = new PsMuxer();
  if (announce) muxer.announce([...new Set(frames.map(({ track }) => track))]);
  return Buffer.concat(frames.map((frame) => muxer.mux(frame)));
}

describe('PsMuxer', () => {
  it.each(['h264', 'h265'] as const)('%s: every picture comes back, with the same time', (codec) => {
    const list = pictures(codec);
    expect(list.length).toBeGreaterThan(20);
    const back = demux(muxAll(list), 1400);
    // Parameter sets that only the track has are put in front of key frames.
    const slices = ({ units }: Frame) => hex(units.filter((unit) => (codec === 'h265' ? (unit[0] ?? 0) >> 1 < 32 : ((unit[0] ?? 0) & 31) < 6)));
    expect(back.map(slices)).toEqual(list.map(slices));
    expect(back.map(({ dts, key }) => [dts, key])).toEqual(list.map(({ dts, key }) => [dts, key]));
  });

  it('sound too: AAC and G.711', () => {
    for (const list of [sounds(), alaw(40)]) {
      expect(list.length).toBeGreaterThan(10);
      const back = demux(muxAll(merge(pictures('h264'), list))).filter(({ track }) => track.kind === 'audio');
      expect(back.map(({ units }) => hex(units).join())).toEqual(list.map(({ units }) => hex(units).join()));
      expect(back.map(({ dts }) => dts)).toEqual(list.map((frame) => expect.closeTo(seconds(frame) * 90_000, -1)));
    }
  });

  it('the bytes of a key frame: pack, system header, map with a right checksum, picture', () => {
    const track: Track = { id: 0, kind: 'video', codec: 'h264', clockRate: 90_000, epoch: 0, parameters: { sps: [SPS], pps: [PPS] }, info: {} };
    const sound: Track = { id: 1, kind: 'audio', codec: 'g711a', clockRate: 8000, epoch: 0, parameters: undefined, info: {} };
    const muxer = new PsMuxer();
    muxer.announce([track, sound, { ...sound, codec: 'opus' }]);
    const data = muxer.mux(createFrame(track, 3600, 7200, true, [idr(1)]));
    expect(data.subarray(0, 14)).toEqual(pack(3600));
    expect(data.subarray(14, 32).toString('hex')).toBe('000001bb000c802fb50421 7f e0e0e8 c0c020'.replaceAll(' ', ''));
    const map = data.subarray(32, 32 + 24);
    expect(map.toString('hex')).toMatch(/^000001bc0012e0ff000000081be0000090c00000/);
    expect(crc32Mpeg2(map)).toBe(0);
    expect(data.subarray(56, 75).toString('hex')).toMatch(/^000001e0....80c00a31/);
    // The next picture needs neither.
    expect(muxer.mux(createFrame(track, 7200, 7200, false, [slice(1)]))).toEqual(
      Buffer.concat([pack(7200), video(7200, Buffer.concat([Buffer.from([0, 0, 0, 1]), slice(1)]))]),
    );
  });

  it('the map comes again without key frames, and when sound begins', () => {
    const track: Track = { id: 0, kind: 'video', codec: 'h264', clockRate: 90_000, epoch: 0, parameters: { sps: [SPS], pps: [PPS] }, info: {} };
    const muxer = new PsMuxer();
    const mapsAt: number[] = [];
    for (let i = 0; i < 120; i++)
      if (muxer.mux(createFrame(track, i * 3600, i * 3600, false, [slice(1)])).includes(Buffer.from('000001bc', 'hex'))) mapsAt.push(i);
    expect(mapsAt).toEqual([0, 50, 100]);
    const [sound] = alaw(1);
    if (sound === undefined) throw new Error('no sound');
    expect(muxer.mux(sound, { dts: 432_000, pts: 432_000 }).includes(Buffer.from('90c00000', 'hex'))).toBe(true);
  });

  it('pictures of any size, times that go round', () => {
    const track: Track = { id: 0, kind: 'video', codec: 'h264', clockRate: 90_000, epoch: 0, parameters: { sps: [SPS], pps: [PPS] }, info: {} };
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.integer({ min: 1, max: 70_000 }), { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 4 }),
        fc.nat(2 ** 34),
        (sizes, base) => {
          const muxer = new PsMuxer();
          const list = sizes.map((units, i) =>
            createFrame(track, base + i * 3600, base + i * 3600, true, [
              SPS,
              PPS,
              ...units.map((size, n) => (n === 0 ? idr(n, size) : Buffer.concat([Buffer.from([0x65, 8]), Buffer.alloc(size, 0x99)]))),
            ]),
          );
          const data = Buffer.concat(list.map((frame) => muxer.mux(frame)));
          const found: string[] = [];
          const ps = new PsFrames(
            { frame: (frame) => found.push(hex(frame.units).join()), unsupported: () => undefined },
            {
              codecs: [
                {
                  ...h264,
                  createBuilder: () =>
                    ({ track: undefined, build: (units: readonly Buffer[], dts: number, pts: number) => createFrame(track, dts, pts, true, units) }) as never,
                },
              ],
            },
          );
          ps.push(data);
          ps.finish();
          expect(found).toEqual(list.map(({ units }) => hex(units).join()));
        },
      ),
      { seed: 13818, numRuns: 60 },
    );
  });

  it('refuses what it cannot write', () => {
    const track: Track = { id: 1, kind: 'audio', codec: 'opus', clockRate: 48_000, epoch: 0, parameters: undefined, info: {} };
    expect(() => new PsMuxer().mux(createFrame(track, 0, 0, true, [Buffer.alloc(3)]))).toThrow(expect.objectContaining({ code: 'ERR_MPEG_CODEC' }));
    expect(PsMuxer.supports('h265')).toBe(true);
  });
});

function ffprobe(args: string[]): string | undefined {
  try {
    return execFileSync('ffprobe', ['-v', 'error', ...args], { encoding: 'utf8' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

const hasFfprobe = ffprobe(['-version']) !== undefined;
(hasFfprobe ? describe : describe.skip)('as ffprobe sees it', () => {
  it.each([
    ['h264', 'aac', 'aac', sounds],
    // FFmpeg takes all sound for MP2 that is not AAC, and G.711 only behind Hikvision's own file header.
    ['h265', 'g711a', 'mp2', () => alaw(40)],
  ] as const)('%s with %s', (codec, _, name, sound) => {
    const folder = mkdtempSync(join(tmpdir(), 'ps-muxer-'));
    try {
      const file = join(folder, 'a.ps');
      const list = pictures(codec);
      const heard = sound();
      writeFileSync(file, muxAll(merge(list, heard)));
      const text =
        ffprobe(['-f', 'mpeg', '-count_frames', '-show_entries', 'stream=codec_name,nb_read_frames,nb_read_packets', '-count_packets', '-of', 'json', file]) ??
        '{}';
      const { streams } = JSON.parse(text) as { streams: { codec_name: string; nb_read_frames: string }[] };
      expect(streams.map(({ codec_name }) => codec_name).toSorted()).toEqual([name, codec === 'h265' ? 'hevc' : 'h264'].toSorted());
      const frames = Object.fromEntries(streams.map(({ codec_name, nb_read_frames }) => [codec_name, Number(nb_read_frames)]));
      expect(frames[codec === 'h265' ? 'hevc' : 'h264']).toBe(list.length);
      if (name === 'aac') expect(frames.aac).toBe(heard.length);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
