import { type Measurement, Results } from '../src/results.js';
import { scenarios } from '../src/scenarios/index.js';
import { judge, type Target, targets } from '../src/targets.js';

const one = (scenario: string, server: string, figures: Measurement['figures']): Measurement => ({
  at: '',
  repetition: 1,
  scenario,
  server,
  count: 1,
  load1: 0,
  figures,
});
const results = new Results([one('a', 'own', { cpuSecondsPerGb: 3, gaps: 0 }), one('b', 'other', { cpuSecondsPerGb: 2 })]);
const relative: Target = {
  about: 'x',
  value: { scenario: 'a', server: 'own', figure: 'cpuSecondsPerGb' },
  relativeTo: { scenario: 'b', server: 'other', figure: 'cpuSecondsPerGb', called: 'other' },
  limit: 1.5,
};

it('holds a figure against another, the limit included', () => {
  expect(judge(relative, results)).toMatchObject({ reached: 1.5, met: true });
  expect(judge({ ...relative, limit: 1.49 }, results)).toMatchObject({ met: false });
});

it('holds a figure against a fixed limit, zero included', () => {
  const target: Target = { about: 'x', value: { scenario: 'a', server: 'own', figure: 'gaps' }, limit: 0 };
  expect(judge(target, results)).toMatchObject({ reached: 0, met: true });
});

it('does not judge what was not measured', () => {
  expect(judge({ ...relative, value: { ...relative.value, server: 'none' } }, results).met).toBeUndefined();
  expect(judge({ ...relative, relativeTo: { scenario: 'a', server: 'none', figure: 'gaps', called: 'none' } }, results).met).toBeUndefined();
});

it('calls a target missed where nothing came of the measurement', () => {
  // JSON has no NaN: null in the raw results.
  const nothing = new Results([one('a', 'own', JSON.parse('{"firstKeyMs":null}') as Measurement['figures'])]);
  const target: Target = { about: 'x', value: { scenario: 'a', server: 'own', figure: 'firstKeyMs' }, limit: 3 };
  expect(judge(target, nothing).met).toBe(false);
});

it('names only scenarios and servers that there are', () => {
  const known = new Set(scenarios.flatMap(({ id, servers }) => servers.map((server) => `${id} ${server.id}`)));
  const named = targets.flatMap(({ value, relativeTo }) => (relativeTo === undefined ? [value] : [value, relativeTo]));
  expect(named.map(({ scenario, server }) => `${scenario} ${server}`).filter((name) => !known.has(name))).toEqual([]);
});
