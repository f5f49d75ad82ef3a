import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { checkStreamPath } from '../stream/stream-path.js';

/** A secret as it is found or made. */
export interface FoundSecret {
  readonly value: string;
  /** True when it was made just now. */
  readonly fresh: boolean;
  readonly file: string;
}

/** A secret of the data folder: read where it exists, else made, written whole (temporary file, fsync, rename) with mode 0600. */
export function findSecret(dataDir: string, name: string, make: () => string): FoundSecret {
  const folder = join(dataDir, 'secrets');
  const file = join(folder, checkStreamPath(name));
  try {
    const value = readFileSync(file, 'utf8').trim();
    if (value !== '') return { value, fresh: false, file };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const value = make();
  const temporary = `${file}.${process.pid}.tmp`;
  const handle = openSync(temporary, 'w', 0o600);
  try {
    writeSync(handle, `${value}\n`);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(temporary, file);
  return { value, fresh: true, file };
}
