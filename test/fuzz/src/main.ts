import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { keepCrasher } from './crashers.js';
import { type FuzzOptions, parseOptions, USAGE } from './options.js';
import { root } from './paths.js';
import { summaryTable } from './report.js';
import { hasCorpus } from './seeds.js';
import { supervise } from './supervise.js';
import type { Found, TargetCounts } from './target-fuzz.js';
import { targets as allTargets } from './targets/index.js';

const PROGRESS_MS = 30_000;

/** The command. Answers the exit code: 1 where anything was found. */
export async function main(args: readonly string[]): Promise<number> {
  let options: FuzzOptions;
  try {
    options = parseOptions(args);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    return 2;
  }
  const names = chosen(options.targets);
  if (options.list) {
    console.log(names.join('\n'));
    return 0;
  }
  if (names.length === 0) {
    console.error(`no target is called ${options.targets.join(' or ')}; --list names them`);
    return 2;
  }
  return options.inputs.length > 0 ? replay(names, options) : fuzz(names, options);
}

/** A whole name is one target; a part of names all that have it. */
function chosen(asked: readonly string[]): string[] {
  const names = allTargets.map(({ name }) => name);
  return names.filter((name) => asked.length === 0 || asked.includes(name) || asked.some((part) => !names.includes(part) && name.includes(part)));
}

async function replay(names: readonly string[], { inputs, hangMs }: FuzzOptions): Promise<number> {
  const all = names.flatMap((target) => inputs.map((file) => ({ target, file, input: readFileSync(file) })));
  const found: Found[] = [];
  await supervise({ targets: names, seed: '', ms: 0, inputs: all, hangMs, found: (one) => found.push(one) });
  for (const { target, file, input } of all) {
    const wrong = found.find((one) => one.target === target && one.input.equals(input));
    console.log(`${target} ${file}: ${wrong === undefined ? 'good' : `${wrong.fault.kind}: ${wrong.fault.message}`}`);
  }
  return found.length > 0 ? 1 : 0;
}

async function fuzz(names: readonly string[], { seed, ms, workers, hangMs }: FuzzOptions): Promise<number> {
  console.log(
    `fuzzing ${names.length} targets for ${Math.round(ms / 1000)} s, seed ${seed}, ${workers} at a time${hasCorpus ? '' : ', without the shared corpus'}`,
  );
  const counts = new Map<string, TargetCounts>();
  const found: Found[] = [];
  const note = (one: Found) => {
    found.push(one);
    const file = relative(root, keepCrasher(one.target, one.input, one.fault));
    console.log(`\nFOUND ${one.target} ${one.fault.kind}: ${one.fault.message}`);
    if (one.input.length <= 768) console.log(`input (base64): ${one.input.toString('base64')}`);
    console.log(`again: npm run fuzz -- --target ${one.target} --input ${file}\n`);
  };
  const startedMs = performance.now();
  const timer = setInterval(() => {
    const executions = [...counts.values()].reduce((sum, each) => sum + each.executions, 0);
    console.log(`${Math.round((performance.now() - startedMs) / 1000)} s: ${executions} executions, ${found.length} found`);
  }, PROGRESS_MS);
  const lanes = Array.from({ length: Math.min(workers, names.length) }, (_, lane) => names.filter((_name, index) => index % workers === lane));
  const order = { seed, ms, hangMs, found: note, counts: (target: string, each: TargetCounts) => void counts.set(target, each) };
  try {
    await Promise.all(lanes.map((targets) => supervise({ ...order, targets })));
  } finally {
    clearInterval(timer);
  }
  console.log(summaryTable(names.map((target) => ({ target, counts: counts.get(target), found: found.filter((one) => one.target === target).length }))));
  console.log(`seed ${seed}, ${found.length} found`);
  return found.length > 0 ? 1 : 0;
}
