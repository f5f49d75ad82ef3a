import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { connect } from 'node:net';
import { cpus } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** The core that servers run on. */
export const SERVER_CORE = 0;

/** The core that load tools run on. */
export const TOOLS_CORE = Math.max(0, cpus().length - 1);

/** How a program is started. */
export interface StartOptions {
  readonly core: number;
  readonly cwd?: string;
  /** File for what it writes; without it standard output is kept for `output()`. */
  readonly log?: string;
}

/** A program that runs, or ran. */
export interface Program {
  readonly pid: number;
  readonly ended: Promise<void>;
  hasEnded(): boolean;
  /** What it wrote to standard output; empty where it has a log file. */
  output(): string;
  /** SIGTERM, and SIGKILL where that is not enough. */
  stop(): Promise<void>;
}

/** The programs of a run, so that none is left behind. */
export class Programs {
  readonly #running = new Set<ChildProcess>();
  readonly #nice: number | undefined;
  #closed = false;

  /** `nice` is the priority of all of them. */
  constructor(nice?: number) {
    this.#nice = nice;
  }

  /** Starts a program on one core. Throws where the run is being stopped. */
  start(command: string, args: readonly (string | number)[], options: StartOptions): Program {
    if (this.#closed) throw new Error('stopped');
    const log = options.log === undefined ? undefined : openLog(options.log);
    // Both replace themselves: the process is the program's.
    const nice = this.#nice === undefined ? [] : ['nice', '-n', String(this.#nice)];
    const child = spawn('taskset', ['-c', String(options.core), ...nice, command, ...args.map(String)], {
      stdio: ['ignore', log ?? 'pipe', log ?? 'inherit'],
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
    if (log !== undefined) closeSync(log);
    if (child.pid === undefined) throw new Error(`${command} did not start`);
    this.#running.add(child);
    return watched(child, child.pid, () => this.#running.delete(child));
  }

  /** Ends everything; nothing can be started afterwards. */
  stopAll(signal: 'SIGTERM' | 'SIGKILL'): void {
    this.#closed = true;
    for (const child of this.#running) child.kill(signal);
  }

  /** Ends everything and waits for it. */
  async allEnded(): Promise<void> {
    this.stopAll('SIGTERM');
    for (const end = Date.now() + 5000; this.#running.size > 0 && Date.now() < end; ) await sleep(20);
    this.stopAll('SIGKILL');
    while (this.#running.size > 0) await sleep(20);
  }
}

function openLog(file: string): number {
  mkdirSync(dirname(file), { recursive: true });
  return openSync(file, 'a');
}

function watched(child: ChildProcess, pid: number, onEnd: () => void): Program {
  let output = '';
  let over = false;
  child.stdout?.on('data', (bytes: Buffer) => {
    output += bytes.toString('latin1');
  });
  const ended = new Promise<void>((resolve) => {
    const end = (): void => {
      over = true;
      onEnd();
      resolve();
    };
    child.once('error', end);
    child.once('close', end);
  });
  return {
    pid,
    ended,
    hasEnded: () => over,
    output: () => output,
    stop: async () => {
      if (over) return;
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), 5000);
      await ended;
      clearTimeout(timer);
    },
  };
}

/** Resolves when the condition holds; rejects when the program ends, or after `timeoutMs`. */
export async function until(program: Program, what: string, holds: () => boolean | Promise<boolean>, timeoutMs = 20_000): Promise<void> {
  for (const end = Date.now() + timeoutMs; Date.now() < end; await sleep(50)) {
    if (await holds()) return;
    if (program.hasEnded()) throw new Error(`ended while waiting for ${what}`);
  }
  throw new Error(`no ${what} within ${timeoutMs / 1000} s`);
}

/** True where somebody accepts TCP connections. */
export function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

/** Waits until a server accepts connections on all these ports. */
export async function listening(program: Program, ports: readonly number[]): Promise<void> {
  for (const port of ports) await until(program, `port ${port}`, () => accepts(port));
}
