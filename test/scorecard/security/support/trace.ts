import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Running, start } from '../../../e2e/support/programs.js';

/** System calls of a process and its children, seen from outside by strace. */
export interface Trace {
  /** Ends it; resolves with its lines, again when asked again. */
  stop(): Promise<string[]>;
}

/** Attaches to a process. `calls` as for `strace -e trace=`. */
export async function trace(pid: number, calls: string): Promise<Trace> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-trace-'));
  const file = join(folder, 'calls');
  closeSync(openSync(file, 'w'));
  const strace: Running = start('strace', ['-f', '-p', String(pid), '-e', `trace=${calls}`, '-s', '400', '-o', file], { timeoutMs: 600_000 });
  await strace.wrote(/attached/);
  let lines: Promise<string[]> | undefined;
  const stop = async (): Promise<string[]> => {
    await strace.stop('SIGINT');
    const all = readFileSync(file, 'utf8').split('\n');
    rmSync(folder, { recursive: true, force: true });
    return all;
  };
  return {
    stop: () => {
      lines ??= stop();
      return lines;
    },
  };
}

/** Paths that calls named and that were there: those that failed opened nothing. */
export function openedFiles(lines: readonly string[]): string[] {
  return lines.flatMap((line) => {
    if (/= -1 E/.test(line)) return [];
    const path =
      /\b(?:open|openat|creat|mkdir|mkdirat|rename|renameat2?|unlink|unlinkat|symlink|symlinkat|link|linkat|truncate)\([^"]*"((?:[^"\\]|\\.)*)"/.exec(
        line,
      )?.[1];
    return path === undefined ? [] : [path];
  });
}

/** Programs that were started, with their arguments. */
export function startedPrograms(lines: readonly string[]): string[] {
  return lines.flatMap((line) => (/\bexecve\(/.test(line) && !/= -1 E/.test(line) ? [line.slice(line.indexOf('execve('))] : []));
}

/** Where connections went: `address:port`, or the path of a local socket. */
export function connectedTo(lines: readonly string[]): string[] {
  return lines.flatMap((line) => {
    if (!/\bconnect\(/.test(line)) return [];
    const port = /sin6?_port=htons\((\d+)\)/.exec(line)?.[1];
    const address = /inet_addr\("([^"]+)"\)/.exec(line)?.[1] ?? /inet_pton\(AF_INET6, "([^"]+)"/.exec(line)?.[1];
    if (address !== undefined) return [`${address}:${port}`];
    const local = /sun_path="([^"]+)"/.exec(line)?.[1];
    return local === undefined ? [] : [local];
  });
}
