import type { Frame } from '@sluice/core';
import fc from 'fast-check';
import { type Mp4Limits, openMp4 } from '../src/index.js';
import { fixture, memorySource, packetOf, probed, readAll } from './support.js';

const FILES = ['h264-b-aac-front.mp4', 'h264-b-aac-end.mp4', 'h265-hvc1.mp4', 'h265-hev1.mov', 'quicktime.mov'];
const FRONT = fixture('h264-b-aac-front.mp4');

async function framesOf(bytes: Buffer, limits: Mp4Limits = {}): Promise<Frame[]> {
  return readAll((await openMp4(memorySource(bytes), limits)).reader());
}

describe.each(FILES)('%s', (name) => {
  it('gives every sample, bytes and times, as ffprobe does', async () => {
    const packets = (await framesOf(fixture(name))).map(packetOf);
    for (const kind of ['video', 'audio']) {
      const expected = probed(name).filter((packet) => packet.kind === kind);
      expect(packets.filter((packet) => packet.kind === kind)).toEqual(expected);
      if (kind === 'video') expect(expected.length).toBeGreaterThanOrEqual(25);
    }
  });

  it('gives the tracks in the order of their decoding times', async () => {
    const seconds = (await framesOf(fixture(name))).map(({ dts, track }) => dts / track.clockRate);
    expect(seconds).toEqual([...seconds].sort((a, b) => a - b));
  });
});

describe('a movie', () => {
  it('tells its tracks and duration before any media is read', async () => {
    const source = memorySource(FRONT);
    const movie = await openMp4(source);
    expect(movie.tracks).toMatchObject([
      { id: 0, kind: 'video', codec: 'h264', clockRate: 12_800, info: { width: 128, height: 96 } },
      { id: 1, kind: 'audio', codec: 'aac', clockRate: 16_000, info: { sampleRate: 16_000, channels: 1 } },
    ]);
    expect(movie.durationSeconds).toBeCloseTo(2, 1);
    expect(movie.skipped).toEqual([]);
    expect(source.largest).toBeLessThan(FRONT.indexOf('mdat'));
  });

  it('is not read as a whole', async () => {
    const source = memorySource(fixture('h264-b-aac-end.mp4'));
    const movie = await openMp4(source);
    const moov = source.largest;
    await readAll(movie.reader());
    expect(source.largest).toBe(moov);
  });

  it('marks key frames, H.265 too', async () => {
    const video = (await framesOf(FRONT)).filter(({ track }) => track.kind === 'video');
    expect(video.flatMap(({ key }, i) => (key ? [i] : []))).toEqual([0, 25]);
    expect((await framesOf(fixture('h265-hev1.mov'))).flatMap(({ key }, i) => (key ? [i] : []))[0]).toBe(0);
  });

  it('has readers that do not disturb each other, and seek to key frames', async () => {
    const movie = await openMp4(memorySource(FRONT));
    const all = await readAll(movie.reader());
    const late = await readAll(movie.reader(1.5));
    const secondKey = all.filter(({ track, key }) => track.kind === 'video' && key)[1] as Frame;
    expect(packetOf(late.find(({ track }) => track.kind === 'video') as Frame)).toEqual(packetOf(secondKey));
    expect(late.filter(({ track }) => track.kind === 'audio').every(({ dts, track }) => dts / track.clockRate >= secondKey.dts / 12_800)).toBe(true);
    const reader = movie.reader();
    await reader.next();
    reader.seek(100);
    expect(packetOf((await readAll(reader)).find(({ track }) => track.kind === 'video') as Frame)).toEqual(packetOf(secondKey));
    reader.seek(-5);
    expect((await readAll(reader)).map(packetOf)).toEqual(all.map(packetOf));
  });

  it('leaves codecs out that nobody knows, and says so', async () => {
    const { h264 } = await import('@sluice/plugin-codec-h264');
    const movie = await openMp4(memorySource(FRONT), { codecs: [h264] });
    expect(movie.tracks.map(({ codec }) => codec)).toEqual(['h264']);
    expect(movie.skipped).toEqual([{ kind: 'audio', format: 'mp4a' }]);
    const { aac } = await import('@sluice/plugin-codec-aac');
    await expect(openMp4(memorySource(fixture('h265-hvc1.mp4')), { codecs: [aac] })).rejects.toMatchObject({
      code: 'ERR_MP4_EMPTY',
      message: expect.stringContaining("video 'hvc1'"),
    });
  });
});

describe('a file that is none', () => {
  it('is refused with a code that says why', async () => {
    await expect(openMp4(memorySource(Buffer.alloc(0)))).rejects.toMatchObject({ code: 'ERR_MP4_SIGNATURE' });
    await expect(openMp4(memorySource(Buffer.from('FLV\x01\x05\0\0\0\x09\0\0\0\0')))).rejects.toMatchObject({ code: 'ERR_MP4_SIGNATURE' });
    await expect(openMp4(memorySource(fixture('fragmented.mp4')))).rejects.toMatchObject({ code: 'ERR_MP4_FRAGMENTED' });
    const moov = Buffer.concat([Buffer.from([0, 0, 0, 0x10, ...Buffer.from('ftypisom'), 0, 0, 0, 0]), Buffer.from([0x7f, 0, 0, 0]), Buffer.from('moov')]);
    await expect(openMp4(memorySource(moov))).rejects.toMatchObject({ code: 'ERR_MP4_TRUNCATED' });
  });

  it('is refused beyond the limits', async () => {
    const code = 'ERR_MP4_TOO_LARGE';
    for (const limits of [{ maxMoovBytes: 100 }, { maxTracks: 1 }, { maxSamples: 10 }, { maxSampleBytes: 100 }, { maxBoxes: 1 }]) {
      await expect(framesOf(FRONT, limits)).rejects.toMatchObject({ code });
    }
  });

  it('ends wherever it was cut with an error of ours', async () => {
    const whole = await framesOf(FRONT);
    for (let end = 0; end < FRONT.length; end += 3) {
      const cut = framesOf(FRONT.subarray(0, end));
      await expect(cut).rejects.toMatchObject({ code: expect.stringMatching(/^ERR_MP4_/), fatal: true });
    }
    expect(whole.length).toBeGreaterThan(50);
  }, 60_000);

  it('never does worse than throw an error of ours when bytes are wrong', async () => {
    const bytes = fixture('h264-b-aac-end.mp4');
    const moov = bytes.lastIndexOf('moov');
    const change = fc.tuple(fc.integer({ min: moov, max: bytes.length - 1 }), fc.integer({ min: 0, max: 255 }));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 8 }), async (changes) => {
        const damaged = Buffer.from(bytes);
        for (const [at, value] of changes) damaged[at] = value;
        try {
          const movie = await openMp4(memorySource(damaged), { maxSamples: 10_000 });
          const reader = movie.reader();
          for (let i = 0; i < 10_000 && (await reader.next()) !== undefined; i++);
        } catch (error) {
          expect((error as { code?: string }).code).toMatch(/^ERR_/);
          expect((error as Error).name).toBe('SluiceError');
        }
      }),
      { numRuns: 2000, seed: 12 },
    );
  }, 60_000);
});
