import type { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Fault } from './execute.js';

/** An input that once showed a fault. */
export interface Crasher {
  readonly target: string;
  readonly file: string;
}

const folder = join(import.meta.dirname, '../crashers');

/** Where the crashers of a target are kept. */
export function crasherFolder(target: string): string {
  return join(folder, target);
}

/** Keeps an input as `crashers/TARGET/HASH.bin`, with what was wrong beside it. Answers the file. */
export function keepCrasher(target: string, input: Buffer, { kind, message }: Fault): string {
  const name = createHash('sha256').update(input).digest('hex').slice(0, 16);
  mkdirSync(crasherFolder(target), { recursive: true });
  const file = join(crasherFolder(target), `${name}.bin`);
  writeFileSync(file, input);
  writeFileSync(join(crasherFolder(target), `${name}.txt`), `${kind}: ${message}\n`);
  return file;
}

/** Every crasher that is kept. */
export function crashers(): Crasher[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) =>
      readdirSync(crasherFolder(name))
        .filter((file) => file.endsWith('.bin'))
        .map((file) => ({ target: name, file: join(crasherFolder(name), file) })),
    );
}
