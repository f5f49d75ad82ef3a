import { Buffer } from 'node:buffer';
import { createFrame, type Frame, type Publisher, type Track } from '@sluice/core';
import { FakeClock, startTestEngine, type TestEngine, testAudioTrack, testVideoTrack } from '@sluice/core/testing';
import { makeAudioSpecificConfig, parseAudioSpecificConfig } from '@sluice/plugin-codec-aac';
import timestamps, { timestampsService } from '../src/index.js';
import { frameDurationOf, mayBeDouble } from '../src/map/frame-duration.js';

const video = testVideoTrack();
const g711 = testAudioTrack({ codec: 'g711a', clockRate: 8000 });

const picture = (dts: number, pts = dts): Frame => createFrame(video, dts, pts, true, [Buffer.alloc(8)]);
const sound = (track: Track, dts: number, bytes: number): Frame => createFrame(track, dts, dts, true, [Buffer.alloc(bytes)]);

describe('the plugin', () => {
  let engine: TestEngine;
  let clock: FakeClock;
  const got: Frame[] = [];

  async function begin(config: Record<string, unknown> = {}, path = 'live/a'): Promise<Publisher> {
    clock = new FakeClock();
    engine = await startTestEngine({ plugins: [timestamps], config: { timestamps: config }, clock });
    const publisher = await engine.publish(path, { tracks: [video] });
    const subscription = await engine.subscribe(path);
    void (async () => {
      for await (const frame of subscription) got.push(frame);
    })();
    return publisher;
  }
  const write = (publisher: Publisher, frame: Frame, afterMs: number): void => {
    clock.advance(afterMs);
    publisher.write(frame);
  };
  const health = (path = 'live/a'): Readonly<Record<string, number>> | undefined => engine.streams.describe(path)?.health;
  const delivered = () => new Promise((resolve) => setImmediate(resolve));

  beforeEach(() => void got.splice(0));
  afterEach(() => engine.dispose());

  it('hands on the very frame where nothing is wrong, and says that nothing was', async () => {
    const publisher = await begin();
    const frames = [0, 1, 2, 3].map((index) => picture(index * 3600));
    for (const frame of frames) write(publisher, frame, 40);
    await delivered();
    expect(got).toHaveLength(4);
    expect(got.every((frame, index) => frame === frames[index])).toBe(true);
    expect(health()).toEqual({ timestampRepairs: 0 });
  });

  it('counts repairs by kind, and keeps the times as they came', async () => {
    const publisher = await begin({ keptTimes: 3 });
    for (const dts of [0, 3600, 7200, 90_000_000, 90_003_600, 90_003_600]) write(publisher, picture(dts), 40);
    await delivered();
    expect(got.map(({ dts }) => dts)).toEqual([0, 3600, 7200, 10_800, 14_400, 18_000]);
    expect(health()).toEqual({ timestampRepairs: 2, timestampJumps: 1, timestampZeroDeltas: 1 });
    expect(engine.info.errors()).toEqual([
      { plugin: 'timestamps', kind: 'jump', count: 1 },
      { plugin: 'timestamps', kind: 'zeroDelta', count: 1 },
    ]);
    const times = engine.service(timestampsService).describe('live/a');
    expect(times?.repairs).toEqual({ jump: 1, zeroDelta: 1 });
    expect(times?.frames.map(({ dts }) => dts)).toEqual([90_000_000, 90_003_600, 90_003_600]);
    expect(times?.repaired).toMatchObject([
      { track: 0, clockRate: 90_000, receivedAtMs: 160, dts: 90_000_000, outDts: 10_800, repair: 'jump' },
      { dts: 90_003_600, outDts: 18_000, repair: 'zeroDelta' },
    ]);
    await publisher.close();
    expect(engine.service(timestampsService).describe('live/a')).toBeUndefined();
  });

  it('begins anew with a publisher that takes over', async () => {
    const first = await begin();
    write(first, picture(900_000), 40);
    await first.close({ code: 'lost' });
    const second = await engine.publish('live/a', { tracks: [video] });
    write(second, picture(0), 1000);
    write(second, picture(3600), 40);
    await delivered();
    expect(got.map(({ dts }) => dts)).toEqual([900_000, 990_000, 993_600]);
    expect(health()).toMatchObject({ timestampRepairs: 0 });
  });

  it('keeps what is to be kept, and lets begin at zero what is to', async () => {
    const config = {
      rules: [
        { match: 'live/kept/**', policy: 'keep' },
        { match: 'live/*', policy: 'relative' },
      ],
    };
    const publisher = await begin(config, 'live/kept/a');
    for (const dts of [9000, 5, 5]) write(publisher, picture(dts), 40);
    await delivered();
    expect(got.splice(0).map(({ dts }) => dts)).toEqual([9000, 5, 5]);
    expect(health('live/kept/a')).toEqual({});
    await publisher.close();

    const relative = await engine.publish('live/b', { tracks: [video, g711] });
    const subscription = await engine.subscribe('live/b');
    write(relative, picture(90_000, 93_600), 40);
    write(relative, sound(g711, 8080, 160), 0);
    write(relative, picture(90_000), 40);
    const placed: [number, number][] = [];
    for await (const { dts, pts } of subscription) if (placed.push([dts, pts]) === 3) break;
    expect(placed).toEqual([
      [0, 3600],
      [80, 80],
      [0, 0],
    ]);
  });

  it('says by the track that samples are of another rate, and leaves to the decoder what it is told', async () => {
    const publisher = await begin();
    publisher.setTrack(g711);
    for (let index = 0; index < 100; index++) {
      if (index % 2 === 0) write(publisher, picture(index * 1800), 0);
      // 320 bytes in 20 ms are 16,000 samples a second.
      write(publisher, sound(g711, index * 160, 320), 20);
    }
    expect(engine.streams.describe('live/a')?.tracks[1]).toMatchObject({ codec: 'g711a', sampleRate: 16_000 });
    expect(health()).toEqual({ timestampRepairs: 0, sampleRateFound: 1 });
    await delivered();
    expect(got.at(-1)?.track).toMatchObject({ clockRate: 8000, epoch: 1, parameters: undefined });
    expect(got.at(-1)?.dts).toBe(99 * 160);
  });
});

describe('how long a sound lasts', () => {
  const aac = (fields: Parameters<typeof makeAudioSpecificConfig>[0], flip = 0): number => {
    const config = makeAudioSpecificConfig(fields);
    config[1] = (config[1] as number) ^ flip;
    return frameDurationOf(testAudioTrack({ codec: 'aac', parameters: parseAudioSpecificConfig(config) }))(sound(g711, 0, 7));
  };

  it('is told by its bytes, or by its codec', () => {
    expect(frameDurationOf(g711)(sound(g711, 0, 160))).toBe(20);
    expect(frameDurationOf(testAudioTrack({ codec: 'g711u', info: { sampleRate: 16_000, channels: 2 } }))(sound(g711, 0, 640))).toBe(20);
    expect(aac({ sampleRate: 44_100, channels: 2 })).toBeCloseTo(23.22, 2);
    expect(aac({ sampleRate: 11_025, channels: 1 })).toBeCloseTo(92.88, 2);
    // frameLengthFlag is the first bit after object type, frequency and channels.
    expect(aac({ sampleRate: 48_000, channels: 2 }, 0b100)).toBe(20);
    expect(frameDurationOf(testAudioTrack())(sound(g711, 0, 160))).toBeNaN();
    expect(frameDurationOf(video)(picture(0))).toBeNaN();
  });

  it('is not halved where nobody samples as fast as that', () => {
    const rates = [8000, 11_025, 24_000, 32_000, 44_100, 48_000];
    expect(rates.map((sampleRate) => mayBeDouble(testAudioTrack({ info: { sampleRate } })))).toEqual([true, true, true, false, false, false]);
    expect(mayBeDouble(g711)).toBe(true);
  });
});
