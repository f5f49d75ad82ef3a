import { aac, fixes, g711, largest, longRun, notIncreasing, type Placed, plan, repair, skews, type TrackPlan, video } from './support.js';

const HOUR_MS = 3_600_000;
const FAR_MS = 47_000_000;
const both = (says: (trueMs: number, index: number) => number): readonly TrackPlan[] => [
  { ...video, says },
  { ...aac, says },
];
const everyOther5s = (trueMs: number): boolean => Math.floor(trueMs / 5000) % 2 === 1;
const after5s =
  (byMs: number) =>
  (trueMs: number): number =>
    trueMs < 5000 ? trueMs : trueMs + byMs;
const wrapping =
  (bits: number) =>
  (trueMs: number): number =>
    (trueMs + 2 ** bits / 90 - 5000) % (2 ** bits / 90);

/** 1024 samples at 11,025 Hz are 92.88 ms; the device steps by 92 and hops when it is a second behind. */
const slowSteps: TrackPlan = {
  kind: 'audio',
  stepMs: 1_024_000 / 11_025,
  says: (trueMs, index) => index * 92 + Math.floor((trueMs - index * 92) / 1000) * 1000,
};
/** 22,050 samples a second that an AudioSpecificConfig of 11,025 goes with: 46 ms each, stepping 92, and hopping back when two seconds ahead. */
const doubleSteps = (stepMs: number): TrackPlan => ({
  kind: 'audio',
  stepMs,
  declaredMs: 1_024_000 / 11_025,
  says: (trueMs, index) => index * 92 - Math.floor((index * 92 - trueMs) / 2000) * 2000,
});

/** Times that stand, over a connection that now and then hands nothing on for a while, and then all at once. */
function standing(fromMs: number, tracks: readonly TrackPlan[]): TrackPlan[] {
  const lateMs = (ms: number): number => {
    const since = (ms + fromMs) % 1700;
    const stands = 150 + (Math.floor((ms + fromMs) / 1700) % 5) * 120;
    return ms + fromMs >= 1700 - stands && since < stands ? stands - since : 0;
  };
  return tracks.map((track) => ({ ...track, says: () => 0, lateMs }));
}

interface Fault {
  readonly tracks: readonly TrackPlan[];
  /** Kinds of repair that must have been made, and no others. */
  readonly kinds: readonly string[];
  readonly baseMs?: number;
}

const FAULTS: Record<string, Fault> = {
  'both tracks leap by an hour': { tracks: both(after5s(HOUR_MS)), kinds: ['jump'] },
  'both tracks leap back by ten seconds': { tracks: both(after5s(-10_000)), kinds: ['jump'], baseMs: 20_000 },
  '(c) both tracks hop to and fro': { tracks: both((ms) => (everyOther5s(ms) ? ms + 7000 : ms)), kinds: ['jump'] },
  '(c) both tracks hop a little': { tracks: both((ms) => (everyOther5s(ms) ? ms + 400 : ms)), kinds: ['jump'] },
  'the picture leaps forth alone': { tracks: [{ ...video, says: after5s(HOUR_MS) }, aac], kinds: ['jump'] },
  'the picture hops forth a little alone': { tracks: [{ ...video, says: after5s(600) }, aac], kinds: ['jump'] },
  'the picture hops back a little alone': { tracks: [{ ...video, says: after5s(-300) }, aac], kinds: ['backward', 'jump'] },
  'the sound leaps forth alone': { tracks: [video, { ...aac, says: after5s(5000) }], kinds: ['jump'] },
  'the sound hops back a little alone': { tracks: [video, { ...aac, says: after5s(-300) }], kinds: ['backward'] },
  'the sound begins five seconds ahead': { tracks: [video, { ...aac, says: (ms) => ms + 5000 }], kinds: ['skew'] },
  '(d) many pictures have the time of the one before': {
    tracks: [{ ...video, says: (ms, index) => (index % 8 < 4 ? Math.floor(index / 8) * 320 : ms) }, aac],
    kinds: ['zeroDelta'],
  },
  'a thousand pictures of one time': { tracks: [{ ...video, says: (ms) => (ms > 3000 && ms < 43_000 ? 3000 : ms) }, aac], kinds: ['frozen', 'zeroDelta'] },
  'decoding times that step back now and then': { tracks: [{ ...video, says: (ms, index) => (index % 10 === 5 ? ms - 100 : ms) }, aac], kinds: ['backward'] },
  'a counter of 33 bits goes round': { tracks: both(wrapping(33)), kinds: ['wrap'] },
  'a counter of 32 bits goes round': { tracks: both(wrapping(32)), kinds: ['wrap'] },
  'the sound drifts forth': { tracks: [video, { ...aac, says: (ms) => ms * 1.02 }], kinds: ['samples'] },
  'the sound drifts back': { tracks: [video, { ...aac, says: (ms) => ms * 0.98 }], kinds: ['samples'] },
  'the picture drifts': { tracks: [{ ...video, says: (ms) => ms * 0.98 }, aac], kinds: ['drift', 'samples'] },
  'G.711 is counted at 8 kHz': { tracks: [video, { ...g711, says: (ms) => (ms * 8) / 90 }], kinds: ['samples'] },
  'milliseconds in place of ticks': {
    tracks: [
      { ...video, says: (ms) => ms / 90 },
      { ...g711, says: (ms) => ms / 90 },
    ],
    kinds: ['clock', 'samples', 'zeroDelta'],
  },
  'milliseconds in place of ticks, and the first second is sent at once': {
    tracks: [video, aac].map((track) => ({ ...track, says: (ms) => ms / 90, lateMs: (ms) => -Math.min(ms, 1000) })),
    kinds: ['clock', 'frozen', 'samples', 'zeroDelta'],
  },
  'all times are zero': { tracks: both(() => 0), kinds: ['frozen', 'samples', 'zeroDelta'] },
  'all times are zero, and the connection stands now and then': { tracks: standing(0, [video, aac]), kinds: ['frozen', 'samples', 'zeroDelta'] },
  'all times are zero, and the connection stands in the beginning': {
    tracks: standing(20, [video, { ...g711, stepMs: 40 }]),
    kinds: ['frozen', 'samples', 'zeroDelta'],
  },
  'times of the picture are zero, and the connection stands now and then': {
    tracks: [standing(0, [video])[0] as TrackPlan, { ...(standing(0, [aac])[0] as TrackPlan), says: (ms) => ms }],
    kinds: ['frozen', 'zeroDelta'],
  },
  'times of the sound are zero': {
    tracks: [
      { ...video, says: (ms) => ms + FAR_MS },
      { ...aac, says: () => 0 },
    ],
    kinds: ['samples', 'skew', 'zeroDelta'],
  },
  '(a) AAC of 11,025 Hz steps by 92': { tracks: [video, slowSteps], kinds: ['samples'] },
  '(b) 21.53 packets a second step by 92': { tracks: [video, doubleSteps(1_024_000 / 22_050)], kinds: ['samples'] },
  '(b) 22 packets a second step by 92': { tracks: [video, doubleSteps(1000 / 22)], kinds: ['samples'] },
};

describe.each(Object.entries(FAULTS))('%s', (_, { tracks, kinds, baseMs = 0 }) => {
  const placed = repair(plan(tracks, 60, baseMs));

  it('comes out increasing, in milliseconds too', () => {
    expect(notIncreasing(placed)).toEqual([]);
  });

  it('has sound and picture within 100 ms after two seconds', () => {
    expect(largest(skews(placed))).toBeLessThan(100);
  });

  it('is repaired as what it is', () => {
    expect(Object.keys(fixes(placed)).sort()).toEqual(kinds);
  });
});

describe('pictures that are reordered', () => {
  const reordered: TrackPlan = { ...video, compositionMs: (index) => [80, 200, 120, 40][index % 4] as number };
  /** How far from where it was in the source each picture is shown; the first one may be moved. */
  const shownOff = (placed: readonly Placed[]): number[] =>
    placed.filter(({ kind, trueMs }) => kind === 'video' && trueMs > 0).map(({ outPts, pts, dts, trueMs }) => (outPts - (pts - dts)) / 90 - trueMs);

  it.each([
    ['many have the time of the one before', (ms: number, index: number) => (index % 8 < 4 ? Math.floor(index / 8) * 320 : ms)],
    ['decoding times step back now and then', (ms: number, index: number) => (index % 11 === 5 ? ms - 100 : ms)],
    ['all times are zero', () => 0],
  ])('are shown in their order: %s', (_, says) => {
    const placed = repair(plan([{ ...reordered, says }, aac], 30));
    expect(notIncreasing(placed)).toEqual([]);
    expect(largest(shownOff(placed))).toBeLessThan(40);
  });

  it.each([2, 4, 8])('presentation times that were right all along stay, where %s decoding times in eight repeat', (group) => {
    const isSame = (index: number): boolean => index % 8 > 0 && index % 8 < group;
    const says = (ms: number, index: number): number => (isSame(index) ? ms - (index % 8) * 40 : ms);
    const placed = repair(plan([{ ...video, says, compositionMs: (index) => (isSame(index) ? (index % 8) * 40 : 0) }, aac], 30));
    const pictures = placed.filter(({ kind, trueMs }) => kind === 'video' && trueMs > 400);
    expect(largest(pictures.map(({ outPts, trueMs }) => outPts / 90 - trueMs))).toBeLessThan(40);
  });

  it('a presentation time that was right all along stays, where only the decoding time stepped back', () => {
    const frames = plan([video, aac], 10);
    const sent = frames.map((frame, i) => (frame.kind === 'video' && i % 30 === 0 && frame.trueMs > 1000 ? { ...frame, dts: frame.dts - 9000 } : frame));
    const placed = repair(sent).filter(({ kind }) => kind === 'video');
    expect(Math.max(...placed.map(({ outPts, out, pts }) => Math.abs(Math.max(outPts, out) - Math.max(pts, out))))).toBeLessThan(90);
  });
});

describe('pictures whose clock stands, beside sound', () => {
  const frozen: TrackPlan = { ...video, says: () => 0 };
  const opus: TrackPlan = { kind: 'audio', stepMs: 20, declaredMs: Number.NaN };
  const pausing = (sound: TrackPlan, everyMs: number, forMs: number): TrackPlan => ({ ...sound, missing: (ms) => ms % everyMs > everyMs - forMs });
  const inBundles = (sound: TrackPlan, ofMs: number): TrackPlan => ({ ...sound, lateMs: (ms) => ofMs - (ms % ofMs) });
  const standsAt = (atMs: number) =>
    [frozen, { ...aac, says: () => 0 }].map((track) => ({ ...track, lateMs: (ms: number) => (ms >= atMs && ms < atMs + 3000 ? atMs + 3000 - ms : 0) }));
  const cases: Record<string, readonly [tracks: readonly TrackPlan[], skewMs: number]> = {
    'without a sample count, whose clock stands too': [[frozen, { ...opus, says: () => 0 }], 250],
    'without a sample count, whose clock counts something else': [[frozen, { ...opus, says: (ms) => ms / 48 }], 250],
    'of 48 kHz that says 44.1': [[frozen, { ...aac, declaredMs: aac.stepMs * 1.0884 }], 150],
    'of 48 kHz that says 44.1, whose clock stands too': [[frozen, { ...aac, says: () => 0, declaredMs: aac.stepMs * 1.0884 }], 150],
    'that is a little longer than it says': [[frozen, { ...aac, declaredMs: aac.stepMs * 1.02 }], 150],
    'with pauses of three seconds': [[frozen, pausing(g711, 5000, 3000)], 100],
    'with pauses of 0.9 s': [[frozen, pausing(g711, 3000, 900)], 100],
    'that ends': [[frozen, { ...g711, missing: (ms) => ms > 10_000 }], 100],
    'in bundles of 400 ms': [[frozen, inBundles(aac, 400)], 100],
    'in bundles of 700 ms': [[frozen, inBundles(aac, 700)], 100],
    'over a connection that stands from a window to the next (21,650 ms)': [standsAt(21_650), 100],
    'over a connection that stands from a window to the next (21,230 ms)': [standsAt(21_230), 100],
  };

  it.each(Object.entries(cases))('%s: both go on together, as time does', (_, [tracks, skewMs]) => {
    const placed = repair(plan(tracks, 60));
    expect(notIncreasing(placed)).toEqual([]);
    expect(largest(skews(placed))).toBeLessThan(skewMs);
    for (const kind of ['video', 'audio']) {
      const last = placed.findLast((frame) => frame.kind === kind) as Placed;
      expect(Math.abs(last.outMs - last.trueMs)).toBeLessThan(700);
    }
  });

  it('whose times do not show the pause that both made: found by arrival', () => {
    const missing = (ms: number): boolean => ms > 10_000 && ms < 15_000;
    const sound: TrackPlan = { ...g711, missing, says: (ms) => (ms >= 15_000 ? ms - 5000 : ms) };
    const placed = repair(plan([{ ...frozen, missing }, sound], 60));
    const last = placed.at(-1) as Placed;
    expect(Math.abs(last.outMs - last.trueMs)).toBeLessThan(500);
    expect(largest(skews(placed, 20_000))).toBeLessThan(100);
  });
});

it('sound of which some does not say how long it lasts, while no time passes', () => {
  const frames = plan(
    [video, aac].map((track) => ({ ...track, says: () => 0 })),
    5,
  );
  const placed = repair(frames.map((frame, i) => (frame.kind === 'audio' && i > 20 ? { ...frame, durationMs: Number.NaN } : frame)));
  expect(placed.filter(({ out, outPts }) => Number.isNaN(out) || Number.isNaN(outPts))).toEqual([]);
  expect(notIncreasing(placed)).toEqual([]);
});

describe('a real gap stays one', () => {
  const missing = (trueMs: number): boolean => trueMs > 5000 && trueMs < 10_000;
  const gaps = (placed: readonly Placed[], kind: string): number => {
    const times = placed.filter((frame) => frame.kind === kind).map(({ outMs }) => outMs);
    return Math.max(...times.slice(1).map((ms, index) => ms - (times[index] as number)));
  };

  it.each([
    [
      'of both tracks',
      [
        { ...video, missing },
        { ...aac, missing },
      ],
      ['video', 'audio'],
    ],
    ['of the picture', [{ ...video, missing }, aac], ['video']],
    ['of the sound', [video, { ...aac, missing }], ['audio']],
    // No time passes by the clock where a file is sent as fast as can be: the other track says how much did.
    ['of the sound, in what is sent fast', [video, { ...aac, missing }].map((track) => ({ ...track, lateMs: (ms: number) => -0.98 * ms })), ['audio']],
  ] as const)('%s', (_, tracks, kinds) => {
    const placed = repair(plan(tracks, 15));
    expect(fixes(placed)).toEqual({});
    for (const kind of kinds) expect(gaps(placed, kind)).toBeGreaterThan(4990);
  });

  it('where no times are believed', () => {
    const placed = repair(
      plan(
        [video, aac].map((track) => ({ ...track, says: () => 0, missing: (ms: number) => ms > 20_000 && ms < 25_000 })),
        40,
      ),
    );
    for (const kind of ['video', 'audio']) expect(gaps(placed, kind)).toBeGreaterThan(4800);
    expect(largest(skews(placed.filter(({ trueMs }) => trueMs < 25_000 || trueMs > 29_000)))).toBeLessThan(100);
  });

  it('where the times of the sound are not believed too', () => {
    const placed = repair(plan([video, { ...slowSteps, missing: (ms) => ms > 20_000 && ms < 25_000 }], 40));
    expect(gaps(placed, 'audio')).toBeGreaterThan(4800);
    expect(largest(skews(placed))).toBeLessThan(100);
  });
});

describe('the rate of the samples', () => {
  const factorOf = (placed: readonly Placed[]): number | undefined => placed.filter(({ kind }) => kind === 'audio').at(-1)?.rateFactor;

  it('G.711 of 16 kHz that says 8 is recognised, and its times, which are right, pass', () => {
    const placed = repair(plan([video, { ...g711, declaredMs: 40 }], 10));
    expect(factorOf(placed)).toBe(2);
    expect(fixes(placed)).toEqual({});
  });

  it('is found in a second', () => {
    const placed = repair(plan([video, doubleSteps(1_024_000 / 22_050)], 10));
    expect(placed.find(({ rateFactor }) => rateFactor === 2)?.trueMs).toBeLessThan(1000);
  });

  it('is found without a picture, in its time', () => {
    expect(factorOf(repair(plan([{ ...g711, declaredMs: 40 }], 10)))).toBe(2);
  });

  it.each([
    ['a burst', [video, { ...aac, lateMs: (ms: number) => Math.max(0, 3000 - ms) }]],
    ['a picture that stalls', [{ ...video, missing: (ms: number) => ms % 4000 > 1500 }, aac]],
    ['sound with pauses', [video, { ...g711, missing: (ms: number) => ms % 1000 > 400 }]],
  ])('%s is not taken for it', (_, tracks) => {
    expect(factorOf(repair(plan(tracks, 20)))).toBe(1);
  });
});

describe('in the long run', () => {
  it.each([
    ['a day of (a)', slowSteps, 86_400],
    ['a day of (b)', doubleSteps(1_024_000 / 22_050), 86_400],
    ['two hours of (b) with 22 packets a second', doubleSteps(1000 / 22), 7200],
    ['two hours of a crystal that is off by 0.01 %', { ...aac, declaredMs: aac.stepMs * 0.9999 }, 7200],
  ] as const)(
    '%s: sound is within a frame of the picture',
    (_, sound, seconds) => {
      const run = longRun([{ ...video, stepMs: 1000 }, sound], seconds);
      expect(run.notIncreasing).toBe(0);
      expect(run.largestMs).toBeLessThan(100);
      expect(Math.abs(run.endMs)).toBeLessThan(sound.stepMs);
    },
    240_000,
  );
});
