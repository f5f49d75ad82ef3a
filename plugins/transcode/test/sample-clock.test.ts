import { SampleClock } from '../src/audio/sample-clock.js';

/** Units of 40 ms at 8 kHz; answers what was to be done for each. */
function run(clock: SampleClock, seconds: readonly number[]) {
  return seconds.map((at) => clock.place(at, 320));
}
const even = (count: number, from = 0): number[] => Array.from({ length: count }, (_, i) => from + i * 0.04);
const untouched = { silence: 0, skip: 0 };

describe('SampleClock', () => {
  it('counts samples where times are rounded or jitter', () => {
    const rounded = new SampleClock(8000, 0);
    for (const placement of run(
      rounded,
      even(500).map((at) => Math.round(at * 1000) / 1000),
    ))
      expect(placement).toEqual(untouched);
    expect(rounded.startSeconds).toBe(0);
    const jittering = new SampleClock(8000, 0);
    for (const placement of run(
      jittering,
      even(500).map((at, i) => at + (i % 2 === 0 ? 0.025 : -0.025)),
    ))
      expect(placement).toEqual(untouched);
    expect(Math.abs(jittering.startSeconds)).toBeLessThan(0.006);
  });

  it('follows a clock that is a little off, without a jump', () => {
    const clock = new SampleClock(8000, 0);
    const places = run(
      clock,
      even(5000).map((at) => at * 1.005),
    );
    expect(places.every((placement) => placement?.silence === 0 && placement.skip === 0)).toBe(true);
    expect(clock.startSeconds).toBeCloseTo(4999 * 0.04 * 0.005, 1);
  });

  it('fills what was lost and leaves out what came twice, once it lasts', () => {
    const lost = new SampleClock(8000, 0);
    const gap = run(lost, [...even(10), ...even(10, 0.6)]);
    expect(gap.slice(0, 14)).toEqual(Array(14).fill(untouched));
    expect(gap[14]).toEqual({ silence: 1600, skip: 0 });
    expect(gap.slice(15)).toEqual(Array(5).fill(untouched));
    const doubled = new SampleClock(8000, 0);
    const places = run(doubled, [...even(10), ...even(10, 0.3)]);
    expect(places.reduce((sum, placement) => sum + (placement?.skip ?? 0), 0)).toBe(640);
  });

  it('begins anew after a leap in either direction', () => {
    expect(new SampleClock(8000, 0).place(2, 320)).toBeUndefined();
    expect(new SampleClock(8000, 10).place(2, 320)).toBeUndefined();
  });

  it('fills a pause at once for a source that sends nothing in silence, and nothing else', () => {
    const clock = new SampleClock(8000, 0, true);
    run(clock, even(10));
    expect(clock.place(0.8, 320)).toEqual({ silence: 3200, skip: 0 });
    expect(clock.place(0.84, 320)).toEqual(untouched);
    // What comes too early is not left out before it lasts.
    expect(clock.place(0.8, 320)).toEqual(untouched);
  });
});
