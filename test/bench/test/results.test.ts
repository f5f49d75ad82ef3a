import { isSteady, type Measurement, median, Results, spread } from '../src/results.js';

const measurement = (server: string, figures: Measurement['figures'], more: Partial<Measurement> = {}): Measurement => ({
  at: '2026-01-01T00:00:00Z',
  repetition: 1,
  scenario: 'http-flv',
  server,
  count: 500,
  load1: 0,
  calibUs: [4, 4],
  figures,
  ...more,
});

it('takes medians of odd and even numbers, and none of nothing', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
  expect(median([Number.NaN, 7])).toBe(7);
  expect(median([])).toBeNaN();
});

it('tells how far values are apart', () => {
  expect(spread([10, 11, 10.5])).toBeCloseTo(0.1);
  expect(spread([])).toBe(0);
});

it('calls a core steady within 10 %, faster or slower', () => {
  expect(isSteady({ calibUs: [4, 4.39] })).toBe(true);
  expect(isSteady({ calibUs: [4.5, 4] })).toBe(false);
  expect(isSteady({ calibUs: [4, 4.5] })).toBe(false);
});

describe('Results', () => {
  const results = new Results([
    measurement('sluice', { cpuSecondsPerGb: 1 }),
    measurement('floor', { cpuSecondsPerGb: 1 }, { calibUs: [2, 2] }),
    measurement('sluice', { cpuSecondsPerGb: 3, gaps: 1 }),
    measurement('sluice', { cpuSecondsPerGb: 2 }, { calibUs: [4, 8] }),
    measurement('sluice', { cpuSecondsPerGb: 100 }, { discarded: true }),
    measurement('sluice', {}, { failed: 'no port' }),
  ]);

  it('gives medians of what counts', () => {
    expect(results.get('http-flv', 'sluice')).toMatchObject({ repetitions: 3, unsteady: 1, figures: { cpuSecondsPerGb: 2, gaps: 1 } });
    expect(results.figure('http-flv', 'sluice', 'cpuSecondsPerGb')).toBe(2);
    expect(results.figure('rtmp', 'sluice', 'cpuSecondsPerGb')).toBeUndefined();
  });

  it('keeps failures apart', () => {
    expect(results.failures.map(({ failed }) => failed)).toEqual(['no port']);
    expect(results.taken).toHaveLength(4);
  });

  it('takes the speed of the core out', () => {
    expect(results.get('http-flv', 'sluice')?.cpuPerCalib).toBeCloseTo(2 / 6);
    expect(results.get('http-flv', 'floor')?.cpuPerCalib).toBe(0.5);
  });

  it('lists a scenario in the order of measuring', () => {
    expect(results.of('http-flv').map(({ server }) => server)).toEqual(['sluice', 'floor']);
  });
});
