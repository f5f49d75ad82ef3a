import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Bench } from './bench.js';
import { describeRun, type RunInfo } from './machine.js';
import { isInside, isPermitted, runInside, setUp } from './namespace.js';
import { type Options, parseOptions } from './options.js';
import { cache, root } from './paths.js';
import { Programs } from './process.js';
import { cpuChart, report } from './report.js';
import { type Measurement, Results } from './results.js';
import { runAll } from './run.js';
import { scenarios } from './scenarios/index.js';
import { prepare } from './tools.js';

const say = (line: string): void => void process.stderr.write(`${line}\n`);

function readRaw(files: readonly string[]): { readonly runs: RunInfo[]; readonly measurements: Measurement[] } {
  const lines = files.flatMap((file) => readFileSync(file, 'utf8').trim().split('\n'));
  const records = lines.map((line) => JSON.parse(line) as { run: RunInfo } | Measurement);
  return {
    runs: records.flatMap((record) => ('run' in record ? [record.run] : [])),
    measurements: records.flatMap((record) => ('run' in record ? [] : [record])),
  };
}

function tell(options: Options, files: readonly string[]): void {
  const { runs, measurements } = readRaw(files);
  const results = new Results(measurements);
  const text = report(runs, results, scenarios);
  if (!options.write) return void process.stdout.write(text);
  mkdirSync(join(root, 'docs'), { recursive: true });
  writeFileSync(join(root, 'docs/benchmarks.md'), text);
  writeFileSync(join(root, 'docs/benchmarks.svg'), cpuChart(results, scenarios));
  say('wrote docs/benchmarks.md and docs/benchmarks.svg');
}

/** Measures; true where it came to its end. */
async function run(options: Options): Promise<boolean> {
  if (isInside()) setUp();
  mkdirSync(dirname(options.out), { recursive: true });
  const programs = new Programs(options.nice);
  const temporary = mkdtempSync(join(tmpdir(), 'sluice-bench-'));
  const bench: Bench = { options, programs, temporary, log: (server) => join(cache, 'logs', `${server}.log`) };
  const stopped = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      stopped.abort();
      programs.stopAll('SIGTERM');
    });
  }
  process.on('exit', () => programs.stopAll('SIGKILL'));
  try {
    writeFileSync(options.out, `${JSON.stringify({ run: describeRun(options) })}\n`, { flag: 'a' });
    await runAll(bench, say, stopped.signal);
  } finally {
    await programs.allEnded();
    rmSync(temporary, { recursive: true, force: true });
  }
  return !stopped.signal.aborted;
}

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2));
  if (options.report.length > 0) {
    tell(options, options.report);
    return 0;
  }
  if (!isInside()) {
    say('preparing …');
    await prepare(options.tools, say);
    if (options.namespace && isPermitted()) return await runInside();
    if (options.namespace) say('no network namespace is permitted here: other programs share ports and congestion control');
  }
  const finished = await run(options);
  say(`raw results: ${options.out}`);
  if (!finished) return 130;
  tell(options, [options.out]);
  return 0;
}

process.exitCode = await main();
