import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** The repository's root. */
export const root = join(import.meta.dirname, '../../..');

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
