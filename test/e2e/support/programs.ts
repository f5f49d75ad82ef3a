import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Path of a program, or `undefined` where it is not installed. */
export function findProgram(name: string): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

/** `describe`, skipped (and counted as such) where a program or file is missing. */
export function describeWith(needs: { readonly programs?: readonly string[]; readonly files?: readonly string[] }, name: string, body: () => void): void {
  const missing = [
    ...(needs.programs ?? []).filter((program) => findProgram(program) === undefined),
    ...(needs.files ?? []).filter((file) => !existsSync(file)),
  ];
  const describeOrSkip = missing.length === 0 ? describe : describe.skip;
  describeOrSkip(missing.length === 0 ? name : `${name} (missing: ${missing.join(', ')})`, body);
}

/** What a program that ended left behind. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** A program that runs. */
export interface Running {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Everything it wrote to standard output and error so far. */
  output(): string;
  /** Resolves when its output matches; rejects with the output when it ends before. */
  wrote(pattern: RegExp): Promise<RegExpMatchArray>;
  /** Sends the signal and waits for the end. */
  stop(signal?: NodeJS.Signals): Promise<Ended>;
}

const running = new Set<ChildProcess>();

/** Starts a program without a shell. It is killed at the latest when the tests are over, or after `timeoutMs`. */
export function start(
  command: string,
  args: readonly string[],
  options: { readonly timeoutMs?: number; readonly env?: Record<string, string>; readonly cwd?: string } = {},
): Running {
  const child = spawn(command, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  running.add(child);
  const stdout: Buffer[] = [];
  let text = '';
  let stderr = '';
  const watchers = new Set<() => void>();
  child.stdout.on('data', (bytes: Buffer) => {
    stdout.push(bytes);
    if (text.length < 4_000_000) text += bytes.toString('latin1');
    for (const look of [...watchers]) look();
  });
  child.stderr.on('data', (bytes: Buffer) => {
    stderr += bytes.toString();
    text += bytes.toString();
    for (const look of [...watchers]) look();
  });
  child.stdin.on('error', () => {});
  const timer = setTimeout(() => child.kill('SIGKILL'), options.timeoutMs ?? 120_000);
  timer.unref();
  const ended = new Promise<Ended>((resolve) => {
    child.once('error', (error) => {
      stderr += String(error);
    });
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      running.delete(child);
      resolve({ code, signal, stdout: Buffer.concat(stdout), stderr });
    });
  });
  return {
    process: child,
    ended,
    output: () => text,
    wrote: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const match = text.match(pattern);
          if (match === null) return;
          watchers.delete(look);
          resolve(match);
        };
        watchers.add(look);
        look();
        void ended.then(() => reject(new Error(`${command} ended before it wrote ${pattern}:\n${text.slice(-4000)}`)));
      }),
    stop: (signal = 'SIGTERM') => {
      child.kill(signal);
      return ended;
    },
  };
}

/** Runs a program to its end. */
export function run(command: string, args: readonly string[], options: { readonly timeoutMs?: number; readonly input?: Buffer } = {}): Promise<Ended> {
  const program = start(command, args, { timeoutMs: options.timeoutMs ?? 60_000 });
  program.process.stdin?.end(options.input);
  return program.ended;
}

/** Kills whatever a test left running. */
export async function killAll(): Promise<void> {
  const left = [...running];
  await Promise.all(
    left.map(
      (child) =>
        new Promise<void>((resolve) => {
          child.once('close', () => resolve());
          child.kill('SIGKILL');
        }),
    ),
  );
}
