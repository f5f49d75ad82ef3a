import type { Options } from './options.js';
import type { Programs } from './process.js';

/** What scenarios and servers need of a run. */
export interface Bench {
  readonly options: Options;
  readonly programs: Programs;
  /** Folder for the run's temporary files; removed at its end. */
  readonly temporary: string;
  /** File that a server's output goes to. */
  log(server: string): string;
}

/** A number of viewers or publishers, made smaller by `--scale`. */
export function scaled(bench: Bench, count: number): number {
  return Math.max(2, Math.round(count * bench.options.scale));
}
