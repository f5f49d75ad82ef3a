import { percentile, Watched } from '../watched.js';

it('finds the longest gap, an open one too', () => {
  const watched = new Watched();
  watched.picture(0);
  watched.picture(40);
  watched.picture(640);
  expect(watched.take(700)).toMatchObject({ pictures: 3, longestGapMs: 600 });
  expect(watched.take(2740)).toMatchObject({ pictures: 0, longestGapMs: 2100 });
});

it('a gap across two stretches counts whole in the second', () => {
  const watched = new Watched();
  watched.picture(0);
  expect(watched.take(1500).longestGapMs).toBe(1500);
  watched.picture(2500);
  expect(watched.take(2500).longestGapMs).toBe(2500);
});

it('counts cuts and probes of one stretch', () => {
  const watched = new Watched();
  watched.cut();
  for (let ms = 1; ms <= 100; ms++) watched.probe(ms, ms !== 7);
  expect(watched.take(0)).toMatchObject({ cuts: 1, probes: 100, unhealthy: 1, healthP99Ms: 99 });
  expect(watched.take(0)).toMatchObject({ cuts: 0, probes: 0, unhealthy: 0, healthP99Ms: 0 });
});

it('the percentile is a value that was there', () => {
  expect(percentile([], 0.99)).toBe(0);
  expect(percentile([3], 0.99)).toBe(3);
  expect(percentile([5, 1, 4, 2, 3], 0.5)).toBe(3);
});
