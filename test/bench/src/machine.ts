import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { congestionControl, isInside } from './namespace.js';
import type { Options } from './options.js';
import { peersFolder, root } from './paths.js';

/** Where and how a run was made: a line of the raw results. */
export interface RunInfo {
  readonly at: string;
  readonly command: string;
  readonly quick: boolean;
  readonly repetitions: number;
  readonly timeSeconds: number;
  readonly settleSeconds: number;
  readonly scale: number;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly kernel: string;
  readonly node: string;
  readonly congestionControl: string;
  readonly namespace: boolean;
  readonly nice?: number | undefined;
  /** Version of each server. */
  readonly versions: Readonly<Record<string, string>>;
}

const versionIn = (file: string): string =>
  existsSync(file) ? String((JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version) : 'not installed';

function commit(): string {
  try {
    const git = (...args: string[]): string => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();
    const changed = git('status', '--porcelain', '--untracked-files=no', '--', 'core', 'plugins', 'presets') !== '';
    return `${git('rev-parse', '--short', 'HEAD')}${changed ? ' with changes' : ''}`;
  } catch {
    return 'unknown commit';
  }
}

// nginx tells its version on standard error.
const nginxVersion = (): string => /nginx\/(\S+)/.exec(spawnSync('nginx', ['-v'], { encoding: 'utf8' }).stderr ?? '')?.[1] ?? 'not installed';

/** Describes the machine, the programs and the command line. */
export function describeRun(options: Options): RunInfo {
  return {
    at: new Date().toISOString(),
    command: ['npm run bench', ...(process.argv.length > 2 ? ['--', ...process.argv.slice(2)] : [])].join(' '),
    quick: options.quick,
    repetitions: options.repetitions,
    timeSeconds: options.timeSeconds,
    settleSeconds: options.settleSeconds,
    scale: options.scale,
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
    congestionControl: congestionControl(),
    namespace: isInside(),
    nice: options.nice,
    versions: {
      Sluice: `${versionIn(join(root, 'core/package.json'))} (${commit()})`,
      nginx: nginxVersion(),
      'Node-Media-Server': versionIn(join(peersFolder, 'node_modules/node-media-server/package.json')),
    },
  };
}
