import { type Dirent, promises as fs } from 'node:fs';
import { join } from 'node:path';
import { dayBefore } from '../proto/day.js';
import { dayOf } from '../proto/file-name.js';

/** What may stay. */
export interface Limits {
  readonly retainDays: number;
  readonly maxBytes: number;
}

interface LogFile {
  readonly path: string;
  readonly day: string;
  readonly bytes: number;
}

/** Folders below ours: a stream's path has eight parts at most. */
const MAX_DEPTH = 8;

/** Deletes files that are too old, then the oldest ones until the rest fits, then folders that are empty. Answers the bytes that are left. */
export async function retain(folder: string, { retainDays, maxBytes }: Limits, today: string): Promise<number> {
  const files: LogFile[] = [];
  await collect(folder, 0, files);
  const firstDay = dayBefore(today, retainDays - 1);
  let bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  files.sort((a, b) => (a.day < b.day ? -1 : a.day > b.day ? 1 : b.bytes - a.bytes));
  for (const file of files) {
    if (file.day >= firstDay && bytes <= maxBytes) break;
    await fs.rm(file.path, { force: true });
    bytes -= file.bytes;
  }
  await removeEmpty(folder, 0);
  return bytes;
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    return await fs.readdir(folder, { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

// Links are neither files nor folders here: they are not followed.
async function collect(folder: string, depth: number, files: LogFile[]): Promise<void> {
  for (const entry of await entriesOf(folder)) {
    const path = join(folder, entry.name);
    const day = dayOf(entry.name);
    if (entry.isDirectory() && depth < MAX_DEPTH) await collect(path, depth + 1, files);
    else if (entry.isFile() && day !== undefined) files.push({ path, day, bytes: await sizeOf(path) });
  }
}

async function sizeOf(path: string): Promise<number> {
  return fs.stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}

async function removeEmpty(folder: string, depth: number): Promise<void> {
  for (const entry of await entriesOf(folder)) {
    if (!entry.isDirectory() || depth >= MAX_DEPTH) continue;
    const path = join(folder, entry.name);
    await removeEmpty(path, depth + 1);
    // Fails where something is in it, and where a line comes just now: both are fine.
    await fs.rmdir(path).catch(() => {});
  }
}
