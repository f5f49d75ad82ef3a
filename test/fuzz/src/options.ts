import { parseArgs } from 'node:util';

/** What the command line asks for. */
export interface FuzzOptions {
  /** Names of targets, or parts of names; all where empty. */
  readonly targets: readonly string[];
  readonly seed: string;
  /** Wall time. */
  readonly ms: number;
  readonly workers: number;
  /** Without a sign of life for so long, a thread hangs. */
  readonly hangMs: number;
  /** Files to execute, in place of fuzzing. */
  readonly inputs: readonly string[];
  readonly list: boolean;
}

/** What is done where nothing is said: always the same. */
export const DEFAULT_SEED = '1';
const DEFAULT_SECONDS = 60;
const DEFAULT_HANG_SECONDS = 20;

export const USAGE = `npm run fuzz -- [options]
  --target NAME    a target, or all whose names contain NAME; may be given several times (default: all)
  --seconds N      how long, by the clock on the wall (default ${DEFAULT_SECONDS}); or --minutes N
  --seed TEXT      the same seed makes the same inputs (default ${DEFAULT_SEED}); random: another one each time
  --workers N      threads, each with a part of the targets (default 1)
  --hang N         seconds after which an input hangs (default ${DEFAULT_HANG_SECONDS})
  --input FILE     executes a file on the --target, and nothing else; may be given several times
  --list           names of all targets`;

/** Reads the arguments. Throws where they make no sense. */
export function parseOptions(args: readonly string[]): FuzzOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      target: { type: 'string', multiple: true, default: [] },
      seconds: { type: 'string' },
      minutes: { type: 'string' },
      seed: { type: 'string', default: DEFAULT_SEED },
      workers: { type: 'string', default: '1' },
      hang: { type: 'string', default: String(DEFAULT_HANG_SECONDS) },
      input: { type: 'string', multiple: true, default: [] },
      list: { type: 'boolean', default: false },
    },
  });
  const seconds = values.minutes === undefined ? positive('seconds', values.seconds ?? String(DEFAULT_SECONDS)) : positive('minutes', values.minutes) * 60;
  return {
    targets: values.target,
    seed: values.seed === 'random' ? String(Math.floor(Math.random() * 2 ** 32)) : values.seed,
    ms: seconds * 1000,
    workers: Math.floor(positive('workers', values.workers)),
    hangMs: positive('hang', values.hang) * 1000,
    inputs: values.input,
    list: values.list,
  };
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new Error(`--${name} must be more than 0`);
  return value;
}
