import { DecodeTimes } from '../src/index.js';

describe('DecodeTimes', () => {
  const times = (shown: readonly number[], depth?: number) => {
    const decode = new DecodeTimes(90_000);
    return shown.map((n) => decode.next(n * 3600, depth) / 3600);
  };

  it('without reordering a picture is decoded when it is shown', () => {
    expect(times([0, 1, 2, 3])).toEqual([0, 1, 2, 3]);
  });

  it('with it, in time and never after it is shown', () => {
    const shown = [2, 5, 3, 4, 8, 6, 7, 11, 9, 10];
    expect(times(shown, 1)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    for (const [i, dts] of times(shown, 2).entries()) expect(dts).toBeLessThanOrEqual(shown[i] as number);
  });

  it('reordering that nobody told of is learnt', () => {
    const shown = [0, 3, 1, 2, 6, 4, 5, 9, 7, 8];
    const decoded = times(shown);
    for (let i = 1; i < decoded.length; i++) expect(decoded[i]).toBeGreaterThan(decoded[i - 1] as number);
    for (let i = 5; i < decoded.length; i++) expect(decoded[i]).toBeLessThanOrEqual(shown[i] as number);
  });

  it('where it is learnt late, pictures are a millisecond apart until it is made good', () => {
    const decode = new DecodeTimes(90_000);
    const shown = [0, 3, 1, 2, 6, 4, 5];
    const decoded = shown.map((n, i) => decode.next(n * 3600, i === 0 ? 0 : 2) / 90);
    expect(decoded).toEqual([0, 1, 2, 40, 80, 120, 160]);
    for (const [i, n] of shown.entries()) expect(decoded[i]).toBeLessThanOrEqual(n * 40);
  });

  it('a clock that hops to and fro reorders nothing', () => {
    // Further than any reordering, or past more pictures than any.
    const hops = (by: number) => Array.from({ length: 120 }, (_, n) => n + (Math.floor(n / 40) % 2) * by);
    for (const by of [175, 30]) expect(times(hops(by))).toEqual(hops(by));
  });

  it('a jump begins anew', () => {
    const decoded = times([100_000, 100_001, 5, 6]);
    expect(decoded).toEqual([100_000, 100_001, 5, 6]);
  });
});
