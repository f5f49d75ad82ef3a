import { execFileSync, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { getuid } from 'node:process';

const INSIDE = 'SLUICE_BENCH_NAMESPACE';
const CONGESTION = '/proc/sys/net/ipv4/tcp_congestion_control';

/** True in the process that was started inside the namespace. */
export function isInside(): boolean {
  return process.env[INSIDE] === '1';
}

const flags = (): string[] => (getuid?.() === 0 ? ['-n'] : ['-r', '-n']);

/** True where this user may have a network namespace. */
export function isPermitted(): boolean {
  try {
    execFileSync('unshare', [...flags(), 'ip', 'link', 'set', 'lo', 'up'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Runs this program again in a network namespace of its own; resolves with its exit code. */
export function runInside(): Promise<number> {
  const child = spawn('unshare', [...flags(), process.execPath, ...process.argv.slice(1)], { stdio: 'inherit', env: { ...process.env, [INSIDE]: '1' } });
  const pass = (signal: NodeJS.Signals): void => void child.kill(signal);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, pass);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
}

/** Loopback up; reno, since bbr paces every socket with timers that cost the sender CPU. */
export function setUp(): void {
  execFileSync('ip', ['link', 'set', 'lo', 'up']);
  writeFileSync(CONGESTION, 'reno');
}

/** The congestion control that sockets get here. */
export function congestionControl(): string {
  try {
    return readFileSync(CONGESTION, 'utf8').trim();
  } catch {
    return 'unknown';
  }
}
