import { readFileSync } from 'node:fs';
import { crashers } from '../src/crashers.js';
import { supervise } from '../src/supervise.js';
import type { Found } from '../src/target-fuzz.js';
import { targets } from '../src/targets/index.js';

describe('inputs that once showed a fault', () => {
  const names = targets.map(({ name }) => name);
  const kept = crashers().map(({ target, file }) => ({ target, file, input: readFileSync(file) }));

  it('belong to targets', () => {
    expect(kept.filter(({ target }) => !names.includes(target)).map(({ file }) => file)).toEqual([]);
    expect(new Set(names).size).toBe(names.length);
    expect(kept.length).toBeGreaterThan(0);
  });

  // In a thread that is watched, as the fuzzer does it: what hangs again must not hang the tests.
  it('show none', async () => {
    const found: Found[] = [];
    await supervise({ targets: names, seed: '', ms: 0, inputs: kept, hangMs: 20_000, found: (one) => found.push(one) });
    const fileOf = ({ target, input }: Found) => kept.find((one) => one.target === target && one.input.equals(input))?.file;
    expect(found.map((one) => `${fileOf(one)} ${one.fault.kind}: ${one.fault.message}`)).toEqual([]);
  }, 120_000);
});
