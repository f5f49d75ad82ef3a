import type { FanoutResult } from '../src/load.js';
import { deliveryFigures } from '../src/scenarios/delivery.js';

const result: FanoutResult = {
  n: 100,
  alive: 98,
  errors: 2,
  error: 'server closed',
  no_key: 1,
  window_s: 5,
  gb: 0.5,
  verified: 100,
  under_delivered: 3,
  stalls: 4,
  gaps: 5,
  first_key_ms: { p50: 1.5, p99: 9 },
  latency_ms: { n: 1000, p50: 6, p99: 12, max: 20 },
  client_cpu_s: 0.5,
  server: { cpu_s: 1, cpu_s_per_gb: 2, core_pct: 20, rss_before_kb: 60_000, rss_kb: 64_000 },
};

it('takes memory above that without viewers', () => {
  expect(deliveryFigures(result)).toMatchObject({ memoryKbEach: 40, memoryMb: 62.5, errors: 3, clientCorePct: 10, delayP50Ms: 6 });
  expect(deliveryFigures(result, 50_000).memoryKbEach).toBe(140);
});

it('does not take nothing for zero', () => {
  const nothing = deliveryFigures({ ...result, gb: 0, no_key: 100, latency_ms: { n: 0, p50: 0, p99: 0, max: 0 } });
  expect([nothing.cpuSecondsPerGb, nothing.firstKeyMs, nothing.delayP50Ms]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
});
