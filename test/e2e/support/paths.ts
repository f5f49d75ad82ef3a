import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The folder of the lock file: sources run from where they are, and compiled from below a `dist`. */
function findRoot(folder: string): string {
  return existsSync(join(folder, 'package-lock.json')) && existsSync(join(folder, 'core')) ? folder : findRoot(dirname(folder));
}

/** The repository's root. */
export const root = findRoot(import.meta.dirname);

/** Real material outside the repository; tests that need it skip where it is absent. */
export const cases = join(root, '../shared/cases');

/** A file of the shared media. */
export const media = (name: string): string => join(cases, 'media', name);

/** Folder for what a person may want to look at afterwards. */
export function artifacts(): string {
  const folder = process.env.SLUICE_ARTIFACTS ?? join(root, 'artifacts');
  mkdirSync(folder, { recursive: true });
  return folder;
}
