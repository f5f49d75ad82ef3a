import { permutations } from '../bad-input/b6-order.js';
import { noisyFilm } from '../bad-input/b10-bit-errors.js';
import { mutate, seeded } from '../bad-input/mutate.js';
import { parseMetrics } from '../fresh.js';
import { parseOptions, selectRows } from '../options.js';
import { lineOf, markdown, type Result, scoreLine, scores } from '../report.js';
import { stranger } from '../strangers.js';

const result = (id: string, passed: boolean): Result => ({ id, title: 't', passed, figure: 'a|b', violations: [], invariants: 'i', seconds: 1 });

it('scores groups in the order they came', () => {
  const results = [result('B1', true), result('B10', false), result('S1', true)];
  expect(scores(results).map(scoreLine)).toEqual(['B 1/2 (50 %)', 'S 1/1 (100 %)']);
  expect(lineOf(result('B1', false))).toMatch(/^FAIL/);
  expect(markdown(results)).toContain('| B10 | t | **fail**  | a\\|b | i |');
});

it('runs what is asked for, and says where there is no such row', () => {
  const rows = ['B1', 'B10', 'S1'].map((id) => ({ id }));
  const chosen = (...args: string[]): string[] => selectRows(rows, parseOptions(args)).map(({ id }) => id);
  expect(chosen()).toEqual(['B1', 'B10', 'S1']);
  expect(chosen('--group', 'b')).toEqual(['B1', 'B10']);
  expect(chosen('--only', 'B1,S1')).toEqual(['B1', 'S1']);
  expect(() => chosen('--only', 'B2')).toThrow('no B2');
  expect(() => parseOptions(['--quick', '--full'])).toThrow('not both');
  expect(parseOptions(['--full']).effort).toBe('full');
});

it('reads metrics', () => {
  const metrics = parseMetrics('# HELP a b\na_total 3\nb{type="Timeout"} 12\nc{x="1",y="2"} 1.5e3\n');
  expect([...metrics]).toEqual([
    ['a_total', 3],
    ['b{type="Timeout"}', 12],
    ['c{x="1",y="2"}', 1500],
  ]);
});

it('the same seed makes the same mutant, other seeds others', () => {
  const bytes = Buffer.alloc(1000, 'good bytes ');
  expect(mutate(bytes, 7)).toEqual(mutate(bytes, 7));
  const mutants = Array.from({ length: 200 }, (_, seed) => mutate(bytes, seed).toString('latin1'));
  expect(new Set(mutants).size).toBeGreaterThan(195);
  expect(mutants).not.toContain(bytes.toString('latin1'));
  expect(bytes.equals(Buffer.alloc(1000, 'good bytes '))).toBe(true);
  const next = seeded(1);
  expect([next(), next()]).toEqual([2693262067, 11749833]);
});

it('orders are all, strangers no two alike', () => {
  expect(permutations([1, 2, 3])).toHaveLength(6);
  expect(new Set(permutations([1, 2, 3, 4]).map(String)).size).toBe(24);
  expect(new Set(Array.from({ length: 70_000 }, (_, index) => stranger(index))).size).toBe(70_000);
});

it('a noisy film has errors in payload only, and is as long as asked for', () => {
  const body = Buffer.alloc(200, 1);
  const film = Array.from({ length: 25 }, (_, index) => ({ kind: 'video', dtsMs: index * 40, ptsMs: index * 40, body, isConfig: index === 0, index }) as const);
  const { tags, errors } = noisyFilm(film, 10, 1);
  expect(tags.at(-1)?.dtsMs).toBeGreaterThanOrEqual(9_960);
  expect(errors).toBeGreaterThan(5);
  expect(tags.every((tag) => tag.body.subarray(0, 16).equals(body.subarray(0, 16)))).toBe(true);
  expect(tags.filter((tag) => !tag.body.equals(body)).length).toBeGreaterThan(5);
  expect(tags.filter(({ isConfig }) => isConfig)).toHaveLength(1);
});
