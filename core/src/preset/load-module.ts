import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { nearest } from '../config/nearest.js';
import { messageOf, SluiceError } from '../error.js';
import { withTimeout } from '../hooks/taps.js';
import { letImportCore } from './import-core.js';

/** Gives a module's namespace. Rejects with `ERR_PLUGIN_NOT_FOUND` or `ERR_PLUGIN_LOAD`. */
export type ModuleLoader = (name: string) => Promise<unknown>;

/** How names are looked up. */
export interface LoaderOptions {
  /** Where relative paths and modules are looked for first; without it the working folder. */
  readonly baseDir?: string | undefined;
  /** What a short name stands for. Default `plugin`. */
  readonly kind?: 'plugin' | 'preset';
}

/** A module that waits for something at its top level may wait for ever. */
const IMPORT_TIMEOUT_MS = 30_000;

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
        if (isPath(candidate)) letImportCore(file);
        return await withTimeout(import(pathToFileURL(file).href) as Promise<unknown>, IMPORT_TIMEOUT_MS);
      } catch (error) {
        throw new SluiceError('ERR_PLUGIN_LOAD', `${kind} '${name}' could not be loaded from ${file}: ${messageOf(error)}`, { cause: error });
      }
    }
    const shown = tried.map((candidate) => (isPath(candidate) ? absolute(candidate, base) : candidate));
    const near = nearest(basename(name), neighbours(name, kind, base));
    const absent = isPath(name) ? '' : `; is its package installed (npm install ${tried[0]})?`;
    const meant = near === undefined ? absent : `; did you mean '${isPath(name) ? name.slice(0, -basename(name).length) : ''}${near}'?`;
    throw new SluiceError('ERR_PLUGIN_NOT_FOUND', `no ${kind} '${name}'; tried ${shown.join(', ')} from ${base}${meant}`);
  };
}

/** Names that might have been meant: files of the same folder, or packages of the same kind. */
function neighbours(name: string, kind: string, base: string): string[] {
  if (isPath(name)) return entriesOf(dirname(absolute(name, base))).filter((entry) => /\.[cm]?[jt]s$/.test(entry));
  const prefix = `${kind}-`;
  const found = new Set<string>();
  for (const start of [base, import.meta.dirname]) {
    for (let folder = start, above = ''; folder !== above; above = folder, folder = dirname(folder)) {
      for (const entry of entriesOf(join(folder, 'node_modules', '@sluice'))) if (entry.startsWith(prefix)) found.add(entry.slice(prefix.length));
    }
  }
  return [...found];
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
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
