import { join } from 'node:path';
// biome-ignore lint/style/noRestrictedImports: a program of its own, not a part of Sluice that would have to leave this to the core's command line.
import yargs from 'yargs';
import { root } from './paths.js';

/** What the command line says. Times in seconds. */
export interface Options {
  /** Scenarios to run; all where it is empty. */
  readonly scenarios: readonly string[];
  /** Servers to measure; all of each scenario where it is empty. */
  readonly only: readonly string[];
  readonly repetitions: number;
  /** Length of a measurement. */
  readonly timeSeconds: number;
  /** Time between the last viewer's first picture and the measurement. */
  readonly settleSeconds: number;
  /** Factor on the numbers of viewers and publishers. */
  readonly scale: number;
  readonly quick: boolean;
  /** How often a measurement is repeated where the machine was not steady meanwhile. */
  readonly retries: number;
  /** Raw results, one JSON object a line; appended to. */
  readonly out: string;
  /** Write docs/benchmarks.md and docs/benchmarks.svg. */
  readonly write: boolean;
  /** Measure nothing; report these raw results. */
  readonly report: readonly string[];
  /** Folder of the load tools' sources. */
  readonly tools: string;
  readonly namespace: boolean;
  /** Priority of servers and tools alike, -20 to 19; `undefined` leaves it. */
  readonly nice: number | undefined;
}

const list = (value: readonly string[] | undefined): string[] => (value ?? []).flatMap((text) => text.split(',')).filter((text) => text !== '');

/** Reads the command line; ends the process where it is wrong. */
export function parseOptions(argv: readonly string[]): Options {
  const given = yargs([...argv])
    .scriptName('npm run bench --')
    .usage('$0 [options]\n\nMeasures what Sluice and other servers spend to deliver and to receive streams on this machine.')
    .option('scenario', { type: 'string', array: true, describe: 'Scenarios to run, with commas between; default all' })
    .option('only', { type: 'string', array: true, describe: 'Servers to measure, with commas between; default all' })
    .option('reps', { type: 'number', describe: 'Repetitions, of which medians are taken (3; quick: 1)' })
    .option('time', { type: 'number', describe: 'Seconds of a measurement (6; quick: 3)' })
    .option('settle', { type: 'number', describe: 'Seconds before a measurement (2; quick: 1)' })
    .option('scale', { type: 'number', describe: 'Factor on the numbers of viewers and publishers (1; quick: 0.2)' })
    .option('quick', { type: 'boolean', default: false, describe: 'Few, short, small: to see that it works, not to quote' })
    .option('retries', { type: 'number', default: 1, describe: 'Repeat a measurement up to so often where the core was not steady within 10 % meanwhile' })
    .option('out', { type: 'string', describe: 'File of raw results, JSON lines, appended to; default data/bench/results-TIME.jsonl' })
    .option('write', { type: 'boolean', default: false, describe: 'Write docs/benchmarks.md and docs/benchmarks.svg; without it the report is printed' })
    .option('report', { type: 'string', array: true, describe: 'Measure nothing, report these files of raw results' })
    .option('tools', { type: 'string', default: join(root, '../shared/bench'), describe: 'Folder of the load tools' })
    .option('namespace', { type: 'boolean', default: true, describe: 'Own network namespace where permitted' })
    .option('nice', { type: 'number', describe: 'Priority of servers and tools, -20 (highest, for root) to 19: keeps other programs away' })
    .strict()
    .version(false)
    .parseSync();
  const { quick } = given;
  return {
    scenarios: list(given.scenario),
    only: list(given.only),
    repetitions: given.reps ?? (quick ? 1 : 3),
    timeSeconds: given.time ?? (quick ? 3 : 6),
    settleSeconds: given.settle ?? (quick ? 1 : 2),
    scale: given.scale ?? (quick ? 0.2 : 1),
    quick,
    retries: given.retries,
    out: given.out ?? join(root, 'data/bench', `results-${new Date().toISOString().replace(/[-:]|\..*/g, '')}.jsonl`),
    write: given.write,
    report: list(given.report),
    tools: given.tools,
    namespace: given.namespace,
    nice: given.nice,
  };
}
