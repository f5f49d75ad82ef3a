import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf, type PluginContext } from '@sluice/core';
import type { GateWayStart } from '../proto/reports.js';

interface Mark {
  readonly state: 'running' | 'stopped' | 'upgrade';
  readonly version: string;
}

/** A mark in the data folder that outlives the process: what is still `running` there at a start was cut off. */
export class LastRun {
  readonly #ctx: PluginContext;
  readonly #folder: string;
  readonly #file: string;

  constructor(ctx: PluginContext) {
    this.#ctx = ctx;
    this.#folder = join(ctx.engine.dataDir, 'gateway-control');
    this.#file = join(this.#folder, 'run.json');
  }

  /** Why the process starts; from now on it is marked as running. */
  begin(): GateWayStart['reason'] {
    const last = this.#read();
    this.mark('running');
    if (last === undefined) return 'start';
    if (last.state === 'running') return 'crash';
    return last.state === 'upgrade' || last.version !== this.#ctx.engine.version ? 'upgrade' : 'start';
  }

  mark(state: Mark['state']): void {
    try {
      mkdirSync(this.#folder, { recursive: true });
      const temporary = `${this.#file}.tmp`;
      writeFileSync(temporary, JSON.stringify({ state, version: this.#ctx.engine.version } satisfies Mark), { mode: 0o600 });
      renameSync(temporary, this.#file);
    } catch (error) {
      this.#ctx.log.warn({ file: this.#file, error: messageOf(error) }, 'cannot note how this run ends');
    }
  }

  #read(): Mark | undefined {
    try {
      return JSON.parse(readFileSync(this.#file, 'utf8')) as Mark;
    } catch {
      return undefined;
    }
  }
}
