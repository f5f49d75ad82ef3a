import { spawn } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import { root } from './workspaces.mjs';

/** Runs a program in the root with its output shown; resolves with its exit code. In the `background` it has what processor time others leave. */
export function run(command, args, { background = false, ...options } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], ...options });
    if (background && child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW);
    child.on('error', reject);
    child.on('exit', (code, signal) => resolve(signal ? 1 : (code ?? 1)));
  });
}

/** Runs a step and ends this process where it fails. */
export async function must(command, args, options) {
  const code = await run(command, args, options);
  if (code !== 0) {
    console.error(`failed: ${command} ${args.join(' ')}`);
    process.exit(code);
  }
}

/** Runs a program in the root; resolves with what it wrote, rejects where it fails. */
export async function output(command, args, options = {}) {
  const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'], ...options });
  const chunks = [];
  child.stdout.on('data', (chunk) => chunks.push(chunk));
  const code = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code !== 0) throw new Error(`failed: ${command} ${args.join(' ')}`);
  return Buffer.concat(chunks).toString();
}
