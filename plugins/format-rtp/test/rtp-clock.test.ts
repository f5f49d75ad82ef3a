import fc from 'fast-check';
import { ntpFromUnixMs, RtpClock, RtpSync, WallClock } from '../src/index.js';

const WALL_MS = Date.UTC(2026);
/** Where sessions of several tracks begin, ms. */
const BEGIN = 1000;
const report = (wallMs: number, rtpTimestamp: number) => ({ ntpTimestamp: ntpFromUnixMs(wallMs), rtpTimestamp: rtpTimestamp >>> 0 });

describe('without reports', () => {
  it('puts the first unit where it arrived and goes on by the sender’s time, over the end of 32 bits', () => {
    const clock = new RtpClock(90_000);
    const first = 0xffffffff - 1800;
    expect(clock.timeOf(first, 1000)).toBe(90_000);
    expect(clock.timeOf((first + 3600) >>> 0, 1200)).toBe(93_600);
    // B pictures go back.
    expect(clock.timeOf(first + 1200, 1240)).toBe(91_200);
    expect(clock.wallClockMs(first)).toBeUndefined();
  });

  it('any clock rate', () => {
    const clock = new RtpClock(11_025);
    expect(clock.timeOf(7, 500)).toBe(5513);
    expect(clock.timeOf(7 + 1024, 900)).toBe(5513 + 1024);
  });

  it('goes by arrival where the sender’s clock stands still', () => {
    const clock = new RtpClock(90_000);
    expect([0, 40, 80].map((atMs) => clock.timeOf(77, atMs, true))).toEqual([0, 3600, 7200]);
  });

  it('begins anew after a reset', () => {
    const clock = new RtpClock(90_000);
    clock.timeOf(5, 0);
    clock.reset();
    expect(clock.timeOf(4_000_000_000, 2000)).toBe(180_000);
  });
});

describe('with reports', () => {
  const session = () => {
    const sync = new RtpSync();
    return { video: new RtpClock(90_000, { sync }), audio: new RtpClock(8000, { sync }) };
  };

  it('sound taken before the first picture is not put below zero', () => {
    const { video, audio } = session();
    video.senderReport(report(WALL_MS, 0));
    audio.senderReport(report(WALL_MS, 0));
    video.timeOf(0, 0);
    expect(audio.timeOf(-1600 >>> 0, 10)).toBe((BEGIN - 200) * 8);
  });

  it('tracks that are reported before they begin line up at once', () => {
    const { video, audio } = session();
    video.senderReport(report(WALL_MS, 1000));
    audio.senderReport(report(WALL_MS, 500_000));
    // The picture was taken with the report, the sound 100 ms later; it came 350 ms later.
    expect(video.timeOf(1000, 2000)).toBe(BEGIN * 90 + 180_000);
    expect(audio.timeOf(500_800, 2350)).toBe((BEGIN + 2100) * 8);
    expect(audio.wallClockMs(500_800)).toBe(WALL_MS + 100);
  });

  it('moves a track that is off little by little, never back, until it lines up', () => {
    const { video, audio } = session();
    video.timeOf(0, 0);
    video.senderReport(report(WALL_MS, 0));
    // Sound of the same moment came 200 ms late.
    expect(audio.timeOf(0, 200)).toBe(BEGIN * 8 + 1600);
    audio.senderReport(report(WALL_MS, 0));
    let last = BEGIN * 8 + 1600;
    for (let packet = 1; packet <= 110; packet++) {
      const time = audio.timeOf(packet * 160, 200 + packet * 20);
      expect(time - last).toBeGreaterThanOrEqual(144);
      expect(time - last).toBeLessThanOrEqual(160);
      last = time;
    }
    expect(last).toBe(BEGIN * 8 + 110 * 160);
  });

  it('leaves alone a clock that counts milliseconds in place of ticks', () => {
    const { video, audio } = session();
    for (let atMs = 0; atMs <= 12_000; atMs += 40) {
      if (atMs % 5000 === 0) {
        video.senderReport(report(WALL_MS + atMs, atMs));
        audio.senderReport(report(WALL_MS + atMs, 8 * atMs));
      }
      expect(video.timeOf(atMs, atMs)).toBe(BEGIN * 90 + atMs);
      expect(audio.timeOf(8 * atMs, atMs)).toBe((BEGIN + atMs) * 8);
    }
  });

  it('lines up a clock that hopped back too', () => {
    const { video, audio } = session();
    const apart: number[] = [];
    for (let atMs = 0; atMs <= 50_000; atMs += 40) {
      const pictureMs = atMs < 10_000 ? atMs : atMs - 40_000;
      if (atMs % 5000 === 0) {
        video.senderReport(report(WALL_MS + atMs, 90 * pictureMs));
        audio.senderReport(report(WALL_MS + atMs, 8 * atMs));
      }
      const off = video.timeOf((90 * pictureMs) >>> 0, atMs) / 90 - audio.timeOf(8 * atMs, atMs) / 8;
      if (atMs % 10_000 === 9960) apart.push(off);
    }
    expect(apart.map(Math.round)).toEqual([0, 0, 0, 0, 0]);
  });

  it('moves at once what is off by more than a second', () => {
    const { video, audio } = session();
    video.timeOf(0, 0);
    video.senderReport(report(WALL_MS, 0));
    audio.timeOf(0, 5000);
    audio.senderReport(report(WALL_MS, 0));
    expect(audio.timeOf(160, 5020)).toBe(BEGIN * 8 + 160);
  });

  it('lets a few milliseconds be', () => {
    const { video, audio } = session();
    video.timeOf(0, 0);
    video.senderReport(report(WALL_MS, 0));
    audio.timeOf(0, 10);
    audio.senderReport(report(WALL_MS, 0));
    expect(audio.timeOf(160, 30)).toBe(BEGIN * 8 + 240);
  });

  it.each([
    ['no notion of time', { ntpTimestamp: 0n, rtpTimestamp: 0 }],
    ['a time stamp of another clock', report(WALL_MS, 3_000_000_000)],
    ['a day off', report(WALL_MS + 86_400_000, 0)],
  ])('does not believe a report with %s', (_name, bad) => {
    const { video, audio } = session();
    video.timeOf(0, 0);
    video.senderReport(report(WALL_MS, 0));
    audio.timeOf(0, 300);
    audio.senderReport(bad);
    expect(audio.timeOf(160, 320)).toBe(BEGIN * 8 + 2400 + 160);
  });

  it('tells no time of day of a clock that was never set, but lines up by it', () => {
    const { video, audio } = session();
    video.senderReport(report(5000, 0));
    audio.senderReport(report(5000, 0));
    expect(video.timeOf(0, 0)).toBe(BEGIN * 90);
    expect(audio.timeOf(0, 400)).toBe(BEGIN * 8);
    expect(video.wallClockMs(0)).toBeUndefined();
  });

  it('forgets what was said of other time stamps', () => {
    const { video } = session();
    video.senderReport(report(WALL_MS, 2_700_000));
    video.timeOf(2_700_000, 30_000);
    video.reset();
    expect(video.wallClockMs(0)).toBeUndefined();
    expect(video.timeOf(0, 31_000)).toBe((BEGIN + 31_000) * 90);
  });

  it('any reports leave the time of sound going forward', () => {
    const arrivals = fc.array(fc.tuple(fc.integer({ min: -900, max: 900 }), fc.boolean()), { minLength: 20, maxLength: 60 });
    fc.assert(
      fc.property(arrivals, (steps) => {
        const { video, audio } = session();
        video.timeOf(0, 0);
        video.senderReport(report(WALL_MS, 0));
        let last = audio.timeOf(0, 0);
        for (const [i, [offMs, reported]] of steps.entries()) {
          if (reported) audio.senderReport(report(WALL_MS + i * 20 + offMs / 2, i * 160));
          const time = audio.timeOf((i + 1) * 160, (i + 1) * 20);
          expect(time).toBeGreaterThan(last);
          expect(Number.isInteger(time)).toBe(true);
          last = time;
        }
      }),
      { seed: 13 },
    );
  });
});

it('a wall clock that others set is not reset', () => {
  const wallClock = new WallClock();
  wallClock.set(WALL_MS, 0);
  const clock = new RtpClock(8000, { wallClock });
  clock.reset();
  expect(clock.wallClockMs(8)).toBe(WALL_MS + 1);
});
