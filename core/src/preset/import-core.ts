import { createRequire, register } from 'node:module';
import { pathToFileURL } from 'node:url';

let registered = false;

/**
 * A plugin in a folder without `node_modules` means this core when it imports `@sluice/core`, and what is installed with it by `@sluice/…` and
 * `zod`. Where the plain lookup from `file` finds nothing, the lookup from here is tried. Registered for the process, once and only when needed.
 */
export function letImportCore(file: string): void {
  if (registered || canImport(file, '@sluice/core')) return;
  registered = true;
  register('./import-core-hook.js', { parentURL: import.meta.url, data: { from: import.meta.url } });
}

function canImport(file: string, name: string): boolean {
  try {
    createRequire(pathToFileURL(file)).resolve(name);
    return true;
  } catch {
    return false;
  }
}
