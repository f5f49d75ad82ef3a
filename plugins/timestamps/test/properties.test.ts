import fc from 'fast-check';
import { aac, fixes, g711, largest, notIncreasing, plan, repair, type Sent, skews, type TrackPlan, video } from './support.js';

const RUNS = { numRuns: 150, seed: 14 };

describe('any times at all', () => {
  const ticks = fc.oneof(
    fc.integer({ min: -(2 ** 34), max: 2 ** 34 }),
    fc.integer({ min: 0, max: 20_000 }),
    fc.constantFrom(0, 2 ** 32 - 1, 2 ** 33 - 1, 2 ** 48),
  );
  const frame = fc.record({
    isSound: fc.boolean(),
    dts: ticks,
    composition: fc.integer({ min: -(2 ** 33), max: 2 ** 33 }),
    waitMs: fc.oneof(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 20_000 })),
    durationMs: fc.constantFrom(20, 40, 1_024_000 / 11_025),
  });

  it('come out increasing by a millisecond at least, shown no earlier than decoded', () => {
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 200 }), fc.constantFrom(1000, 8000, 44_100, 90_000), (frames, clockRate) => {
        let atMs = 0;
        const sent = frames.map(({ isSound, dts, composition, waitMs, durationMs }): Sent => {
          atMs += waitMs;
          const kind = isSound ? 'audio' : 'video';
          return { kind, clockRate, trueMs: atMs, atMs, dts, pts: dts + composition, durationMs: isSound ? durationMs : Number.NaN };
        });
        const placed = repair(sent);
        expect(notIncreasing(placed)).toEqual([]);
        for (const { out, outPts } of placed) {
          expect(Number.isSafeInteger(out)).toBe(true);
          expect(outPts).toBeGreaterThanOrEqual(out);
        }
      }),
      RUNS,
    );
  });
});

/** What may befall the times of a track from some moment on; composed at random. */
const fault = fc.record({
  fromMs: fc.integer({ min: 0, max: 12_000 }),
  forMs: fc.integer({ min: 40, max: 8000 }),
  byMs: fc.oneof(fc.integer({ min: -10_000, max: 10_000 }), fc.constantFrom(3_600_000, -20, 40, 2 ** 32 / 90)),
  way: fc.constantFrom('shift', 'freeze', 'glitch' as const),
});
type Fault = typeof fault extends fc.Arbitrary<infer T> ? T : never;

function befall(faults: readonly Fault[]): (trueMs: number) => number {
  return (trueMs) => {
    let says = trueMs;
    for (const { fromMs, forMs, byMs, way } of faults) {
      if (trueMs < fromMs || trueMs > fromMs + forMs) continue;
      if (way === 'freeze') says = fromMs;
      else if (way === 'shift' || Math.round(trueMs / 20) % 7 === 0) says += byMs;
    }
    return says;
  };
}

it('faults of any kind, on either track or both, leave sound and picture near each other, and near the time they came', () => {
  fc.assert(
    fc.property(
      fc.array(fault, { maxLength: 4 }),
      fc.array(fault, { maxLength: 4 }),
      fc.constantFrom(aac, g711),
      fc.boolean(),
      (pictureFaults, soundFaults, sound, same) => {
        const tracks: TrackPlan[] = [
          { ...video, says: befall(pictureFaults) },
          { ...sound, says: befall(same ? pictureFaults : soundFaults) },
        ];
        const placed = repair(plan(tracks, 40, 20_000));
        expect(notIncreasing(placed)).toEqual([]);
        // Faults are over at 20 seconds.
        const pictures = placed.filter(({ kind, trueMs }) => kind === 'video' && trueMs > 30_000);
        const startMs = (placed[0]?.outMs ?? 0) - (placed[0]?.trueMs ?? 0);
        expect(largest(skews(placed, 30_000))).toBeLessThan(100);
        expect(largest(pictures.map(({ outMs, trueMs }) => outMs - trueMs - startMs))).toBeLessThan(2000);
      },
    ),
    RUNS,
  );
});

describe('clean times pass to the tick', () => {
  const jitter = (mostMs: number, seed: number) => (_: number, index: number) => (((index + seed) * 7919) % 1000) * (mostMs / 1000);
  const clean: Record<string, readonly TrackPlan[]> = {
    'RTMP: milliseconds, AAC at 23 and 24': [
      { ...video, clockRate: 1000 },
      { ...aac, clockRate: 1000 },
    ],
    'RTMP at 29.97 pictures per second': [
      { ...video, stepMs: 1001 / 30, clockRate: 1000 },
      { ...aac, stepMs: 1_024_000 / 48_000, clockRate: 1000 },
    ],
    'pictures that are reordered': [{ ...video, compositionMs: (index) => [80, 160, 40, 0][index % 4] as number }, aac],
    'a camera: 90 kHz, sound stamped by a busy processor': [
      { ...video, says: (ms, index) => ms + (index % 3) * 5 },
      { ...g711, says: (ms, index) => ms + ((index * 7) % 5) * 4 },
    ],
    'sound in pieces of 320 ms': [video, { kind: 'audio', stepMs: 320 }],
    'one picture a second': [{ ...video, stepMs: 1000 }, aac],
    'pictures of changing rate': [{ ...video, missing: (ms, index) => ms > 10_000 && index % 8 !== 0 }, aac],
    'sound alone': [aac],
    'pictures alone': [video],
    'sound that comes later': [video, { ...g711, missing: (ms) => ms < 5000 }],
    'a picture that comes later': [{ ...video, missing: (ms) => ms < 5000 }, aac],
    'a crystal that is off by 0.01 %': [video, { ...aac, declaredMs: aac.stepMs * 1.0001 }],
    'a file that is sent as fast as can be': [video, aac].map((track) => ({ ...track, lateMs: (ms: number) => -0.99 * ms })),
    'playback at a quarter of the speed': [video, aac].map((track) => ({ ...track, lateMs: (ms: number) => 3 * ms })),
    'a connection that stood for four seconds': [video, aac].map((track) => ({ ...track, lateMs: (ms: number) => (ms > 5000 && ms < 9000 ? 9000 - ms : 0) })),
    'a sender that stood for 0.6 s and then sent the pictures first': [
      { ...video, lateMs: (ms) => (ms > 5000 && ms < 5600 ? 5600 - ms : 0) },
      { ...g711, lateMs: (ms) => (ms > 5000 && ms < 5600 ? 5601 - ms : 0) },
    ],
    'pictures of the last two seconds at once, then their sound': [
      { ...video, lateMs: (ms) => Math.max(0, 2000 - ms) },
      { ...g711, lateMs: (ms) => Math.max(0, 2050 - ms) },
    ],
    // As ffmpeg packs AAC into RTP.
    'sound in bundles of 400 ms': [video, { ...aac, lateMs: (ms) => 400 - (ms % 400) }],
    'sound in bundles of 700 ms': [video, { ...aac, lateMs: (ms) => 700 - (ms % 700) }],
    ...Object.fromEntries(
      [400, 700, 1000, 2000].map((ofMs) => [
        `sound that comes in bundles of ${ofMs} ms after five seconds`,
        [video, { ...aac, lateMs: (ms: number) => (ms < 5000 ? 0 : ofMs - ((ms - 5000) % ofMs)) }],
      ]),
    ),
    'sound in bundles of 700 ms for five seconds': [video, { ...aac, lateMs: (ms) => (ms < 5000 ? 700 - (ms % 700) : 0) }],
    'both in bundles of two seconds after five, pictures first': [
      { ...video, lateMs: (ms) => (ms < 5000 ? 0 : 2000 - ((ms - 5000) % 2000)) },
      { ...aac, lateMs: (ms) => (ms < 5000 ? 0 : 2001 - ((ms - 5000) % 2000)) },
    ],
    'a network of 100 ms jitter': [
      { ...video, lateMs: jitter(100, 0) },
      { ...g711, lateMs: jitter(100, 5) },
    ],
  };

  it.each(Object.entries(clean))('%s', (_, tracks) => {
    for (const baseMs of [0, 47_700_000]) {
      const placed = repair(plan(tracks, 40, baseMs));
      expect(fixes(placed)).toEqual({});
      expect(placed.every(({ dts, pts, out, outPts }) => out === dts && outPts === pts)).toBe(true);
    }
  });

  it('of any frame rate, sample rate and start', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(1000, 90_000),
        fc.double({ min: 5, max: 120, noNaN: true }),
        fc.constantFrom(8000, 11_025, 16_000, 22_050, 44_100, 48_000),
        fc.nat({ max: 2 ** 31 }),
        fc.nat({ max: 60 }),
        (clockRate, fps, sampleRate, baseMs, jitterMs) => {
          const lateMs = jitter(jitterMs, 3);
          const tracks: TrackPlan[] = [
            { ...video, stepMs: 1000 / fps, clockRate, lateMs },
            { kind: 'audio', stepMs: 1_024_000 / sampleRate, clockRate, lateMs },
          ];
          const placed = repair(plan(tracks, 10, baseMs));
          expect(fixes(placed)).toEqual({});
          expect(placed.every(({ dts, out }) => out === dts)).toBe(true);
        },
      ),
      { ...RUNS, numRuns: 60 },
    );
  });
});
