import { Buffer } from 'node:buffer';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { mutate } from '../src/mutate.js';
import { parseOptions } from '../src/options.js';
import { Random } from '../src/random.js';
import { summaryTable } from '../src/report.js';
import { supervise } from '../src/supervise.js';
import type { Found, TargetCounts } from '../src/target-fuzz.js';

const faulty = pathToFileURL(join(import.meta.dirname, 'support/faulty.ts')).href;
const HANG_MS = 3000;

interface Seen {
  readonly found: readonly Found[];
  readonly counts: ReadonlyMap<string, TargetCounts>;
}

async function fuzz(targets: readonly string[], ms: number): Promise<Seen> {
  const found: Found[] = [];
  const counts = new Map<string, TargetCounts>();
  const order = { targets, seed: '1', ms, hangMs: HANG_MS, module: faulty };
  await supervise({ ...order, found: (one) => found.push(one), counts: (target, each) => void counts.set(target, each) });
  return { found, counts };
}

describe('the fuzzer', () => {
  const faults = [
    ['throws', 'threw', /not a SluiceError/],
    ['believes', 'allocated', /67108864 bytes/],
    ['repeats', 'told', /2\d{6} bytes/],
    ['writes', 'changed-input', /wrote into its input/],
    ['cuts', 'cuts', /piece/],
    ['views', 'cuts', /all/],
  ] as const;
  let seen: Seen;
  beforeAll(async () => {
    seen = await fuzz(['good', ...faults.map(([target]) => target)], 2000);
  }, 120_000);

  it.each(faults)('finds the parser that %s', (target, kind, message) => {
    expect(seen.found.filter((one) => one.target === target)).toEqual([
      { target, input: expect.any(Buffer), fault: { kind, message: expect.stringMatching(message) } },
    ]);
  });

  it('finds nothing where nothing is wrong, and says what it did', () => {
    expect(seen.found.filter(({ target }) => target === 'good')).toEqual([]);
    const counts = seen.counts.get('good');
    expect(counts).toMatchObject({ seeds: 3, codes: ['ERR_BAD'] });
    expect(counts?.executions).toBeGreaterThan(10);
    expect(summaryTable([{ target: 'good', counts, found: 0 }])).toMatch(/^target .*found\ngood .*\n1 targets /);
  });

  it('finds the parser that hangs, and goes on with the others', async () => {
    const { found, counts } = await fuzz(['hangs', 'good'], 1000);
    expect(found).toEqual([{ target: 'hangs', input: expect.any(Buffer), fault: { kind: 'hang', message: expect.stringContaining('no end') } }]);
    expect(counts.get('good')?.executions).toBeGreaterThan(0);
  }, 120_000);

  it('finds the parser that holds more than it was given', async () => {
    const found: Found[] = [];
    const inputs = [{ target: 'holds', input: Buffer.from('good') }];
    await supervise({ targets: ['holds'], seed: '1', ms: 0, inputs, hangMs: 30_000, module: faulty, found: (one) => found.push(one) });
    expect(found).toMatchObject([{ target: 'holds', fault: { kind: 'held' } }]);
  }, 120_000);
});

describe('mutations', () => {
  const mutations = (seed: string) => {
    const random = new Random(seed);
    const pool = [Buffer.from('INVITE sip:a@b SIP/2.0'), Buffer.from([0, 0, 1, 0xe0, 0, 9]), Buffer.alloc(3000, 7)];
    return Array.from({ length: 2000 }, () => mutate(random.pick(pool), { random, pool, maxBytes: 4096, words: [Buffer.from('Via: ')] }));
  };

  it('are the same for the same seed, and others for another', () => {
    const texts = (seed: string) => mutations(seed).map((bytes) => bytes.toString('hex'));
    expect(texts('1')).toEqual(texts('1'));
    expect(texts('1')).not.toEqual(texts('2'));
  });

  it('stay below the limit and are many', () => {
    const made = mutations('3');
    expect(Math.max(...made.map(({ length }) => length))).toBeLessThanOrEqual(4096);
    expect(new Set(made.map((bytes) => bytes.toString('hex'))).size).toBeGreaterThan(1800);
  });
});

describe('options', () => {
  it('reads them', () => {
    expect(parseOptions([])).toEqual({ targets: [], seed: '1', ms: 60_000, workers: 1, hangMs: 20_000, inputs: [], list: false });
    expect(parseOptions(['--target', 'ps', '--target', 'ts', '--minutes', '2', '--workers', '2', '--seed', 'x'])).toMatchObject({
      targets: ['ps', 'ts'],
      ms: 120_000,
      workers: 2,
      seed: 'x',
    });
    expect(parseOptions(['--seed', 'random']).seed).toMatch(/^\d+$/);
  });

  it.each([[['--seconds', '0']], [['--minutes', 'x']], [['--what']]])('refuses %j', (args) => expect(() => parseOptions(args)).toThrow());
});
