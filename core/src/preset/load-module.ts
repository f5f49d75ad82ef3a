import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { messageOf, SluiceError } from '../error.js';

/** Gives a module's namespace. Rejects with `ERR_PLUGIN_NOT_FOUND` or `ERR_PLUGIN_LOAD`. */
export type ModuleLoader = (name: string) => Promise<unknown>;

/** How names are looked up. */
export interface LoaderOptions {
  /** Where relative paths and modules are looked for first; without it the working folder. */
  readonly baseDir?: string | undefined;
  /** What a short name stands for. Default `plugin`. */
  readonly kind?: 'plugin' | 'preset';
}

/** The modules a name may mean, in order. */
export function candidates(name: string, kind: 'plugin' | 'preset' = 'plugin'): string[] {
  if (isPath(name)) return [name];
  const short = /^[a-z0-9][a-z0-9._-]*$/i.test(name);
  return short ? [`@sluice/${kind}-${name}`, `sluice-${kind}-${name}`, name] : [name];
}

/** A loader for plugins and presets given by name or path. A module is never imported twice under different names. */
export function moduleLoader({ baseDir, kind = 'plugin' }: LoaderOptions = {}): ModuleLoader {
  const base = resolve(baseDir ?? '.');
  return async (name) => {
    const tried = candidates(name, kind);
    for (const candidate of tried) {
      const file = isPath(candidate) ? pathOf(candidate, base) : resolveModule(candidate, base);
      if (file === undefined) continue;
      try {
        return await import(pathToFileURL(file).href);
      } catch (error) {
        throw new SluiceError('ERR_PLUGIN_LOAD', `${kind} '${name}' could not be loaded from ${file}: ${messageOf(error)}`, { cause: error });
      }
    }
    const shown = tried.map((candidate) => (isPath(candidate) ? absolute(candidate, base) : candidate));
    throw new SluiceError('ERR_PLUGIN_NOT_FOUND', `no ${kind} '${name}'; tried ${shown.join(', ')} from ${base}`);
  };
}

function isPath(name: string): boolean {
  return name.startsWith('./') || name.startsWith('../') || name.startsWith('file:') || isAbsolute(name);
}

function absolute(name: string, base: string): string {
  return name.startsWith('file:') ? fileURLToPath(name) : resolve(base, name);
}

function pathOf(name: string, base: string): string | undefined {
  try {
    return createRequire(join(base, 'from-here.js')).resolve(absolute(name, base));
  } catch {
    return undefined;
  }
}

/**
 * The file of a package's export (`.`, `./command` …), or undefined where it is not there. Looks from `base` first, then from here: a
 * global or linked install finds its own plugins.
 */
export function resolveModule(name: string, base: string, subpath = '.'): string | undefined {
  for (const from of [base, import.meta.dirname]) {
    const require = createRequire(join(from, 'from-here.js'));
    try {
      const file = require.resolve(`${name}${subpath.slice(1)}`);
      if (isAbsolute(file)) return file;
    } catch {
      const file = importOnly(name, from, subpath);
      if (file !== undefined) return file;
    }
  }
  return undefined;
}

// A package that exports for `import` alone is invisible to require.resolve.
function importOnly(name: string, from: string, subpath: string): string | undefined {
  for (let folder = from, above = ''; folder !== above; above = folder, folder = dirname(folder)) {
    const manifestFile = join(folder, 'node_modules', name, 'package.json');
    if (!existsSync(manifestFile)) continue;
    const { exports } = JSON.parse(readFileSync(manifestFile, 'utf8')) as { exports?: unknown };
    const main = subpath === '.' ? exports : undefined;
    const target = importTarget((exports as Record<string, unknown> | undefined)?.[subpath] ?? main);
    return target === undefined ? undefined : resolve(dirname(manifestFile), target);
  }
  return undefined;
}

function importTarget(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return undefined;
  const conditions = value as Record<string, unknown>;
  for (const condition of ['node', 'import', 'default']) {
    const target = importTarget(conditions[condition]);
    if (target !== undefined) return target;
  }
  return undefined;
}
