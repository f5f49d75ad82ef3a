import type { RunInfo } from '../src/machine.js';
import { cpuChart, report, table } from '../src/report.js';
import { type Measurement, Results } from '../src/results.js';
import { scenarios } from '../src/scenarios/index.js';

const run: RunInfo = {
  at: '2026-02-03T04:05:06.000Z',
  command: 'npm run bench',
  quick: false,
  repetitions: 3,
  timeSeconds: 6,
  settleSeconds: 2,
  scale: 1,
  cpu: 'Some Processor',
  cores: 2,
  memoryGb: 4,
  kernel: '6.1',
  node: 'v20',
  congestionControl: 'reno',
  namespace: true,
  versions: { Sluice: '1.0.0', nginx: '1.22' },
};

const one = (server: string, cpuSecondsPerGb: number, more: Partial<Measurement> = {}): Measurement => ({
  at: '',
  repetition: 1,
  scenario: 'http-flv',
  server,
  count: 500,
  load1: 0,
  calibUs: [4, 4],
  figures: { cpuSecondsPerGb, delayP50Ms: 6.5, gaps: 0, memoryKbEach: 1234 },
  ...more,
});

const results = new Results([
  one('floor-node', 1),
  one('sluice', 1.1),
  one('node-media-server', 5.5, { calibUs: [5, 5] }),
  one('floor-c', 0, { failed: 'no port', figures: {} }),
]);
const text = report([run], results, scenarios);

it('writes tables with numbers to the right', () => {
  expect(table(['', 'n'], [['a', '1']])).toBe('|  | n |\n|---|--:|\n| a | 1 |');
});

it('says where, how and with what it was measured', () => {
  expect(text).toContain('`npm run bench`, 2026-02-03');
  expect(text).toContain('2 × Some Processor, 4 GB');
  expect(text).toContain('Sluice 1.0.0, nginx 1.22');
  expect(text).not.toContain('quick');
});

it('gives each server its factors, in the order of the scenario', () => {
  const rows = text.split('\n').filter((row) => /^\| (Sluice|Node that only writes|Node-Media-Server) \|/.test(row));
  expect(rows.map((row) => row.split(' | ').slice(0, 5))).toEqual([
    ['| Sluice', '**1.10**', '1.10', '1.00', '1.10'],
    ['| Node that only writes', '**1.00**', '1.00', '0.91', '1.00'],
    ['| Node-Media-Server', '**5.50**', '4.40', '5.00', '5.50'],
  ]);
  expect(rows[0]).toContain('1,234');
});

it('has as many cells in every row of a table as in its head', () => {
  for (const block of text.split('\n\n').filter((part) => part.startsWith('|'))) {
    const cells = block.split('\n').map((row) => row.split('|').length);
    expect(new Set(cells).size).toBe(1);
  }
});

it('tells met, missed and unmeasured targets apart', () => {
  expect(text).toContain('| HTTP-FLV: CPU s/GB | ≤ 1.2 × Node that only writes | 1.10 (1.10 against 1.00) | met |');
  expect(text).toContain('| Memory for each of 500 HTTP-FLV viewers | ≤ 40 KB | 1,234 KB | **missed** |');
  expect(text).toContain("| WebSocket-FLV: CPU s/GB | ≤ 1.2 × Sluice's HTTP-FLV | not measured |  |");
});

it('says where the core was not steady, and what failed', () => {
  expect(text).toContain('Core **not steady**: calibrations of the servers are 25.0 % apart.');
  expect(text).toContain('- http-flv, floor-c, repetition 1: no port');
});

it('leaves out of the report and the chart what was not measured', () => {
  expect(text).not.toContain('### RTMP play');
  const svg = cpuChart(results, scenarios);
  expect(svg).toContain('Node-Media-Server');
  expect(svg).not.toContain('RTMP play');
  expect(svg).not.toContain('C that only writes');
});
