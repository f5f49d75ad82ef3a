import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../../../../shared/cases');

/** `describe` where the shared test material is at hand, else a skipped one. */
export const describeWithCases = existsSync(root) ? describe : describe.skip;

/** One file of the shared material. */
export function readCase(path: string): Buffer {
  return readFileSync(join(root, path));
}

/** The files of a folder of the shared material, as [name, bytes]; none where it is not at hand. */
export function readCases(folder: string): [string, Buffer][] {
  const path = join(root, folder);
  return existsSync(path) ? readdirSync(path).map((name) => [name, readFileSync(join(path, name))]) : [];
}
