import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

/** The repository's root. */
export const root = join(import.meta.dirname, '../..');

/** An import or a re-export. */
export interface Import {
  readonly from: string;
  /** Gone after compiling: `import type`. */
  readonly typeOnly: boolean;
  /** `import()`, when it is needed. */
  readonly late: boolean;
}

/** A source file of a package. */
export interface Source {
  /** From the root, with `/`. */
  readonly path: string;
  readonly text: string;
  readonly imports: readonly Import[];
}

/** A package of the repository. */
export interface Package {
  readonly folder: string;
  readonly name: string;
  readonly manifest: Readonly<Record<string, unknown>>;
  readonly sources: readonly Source[];
}

const IMPORT = /(?:^|\n)\s*(import|export)\s+(type\s+)?(?:[\w*{}\s,$]+?\sfrom\s+)?'([^']+)'/g;
const DYNAMIC = /\bimport(?:\.meta\.resolve)?\(\s*'([^']+)'\s*\)/g;

/** The imports of a source text. */
export function importsOf(text: string): Import[] {
  const found = [...text.matchAll(IMPORT)].map(([, , type, from = '']) => ({ from, typeOnly: type !== undefined, late: false }));
  return [...found, ...[...text.matchAll(DYNAMIC)].map(([, from = '']) => ({ from, typeOnly: false, late: true }))];
}

function read(folder: string): Source[] {
  const full = join(root, folder);
  if (!existsSync(full)) return [];
  return readdirSync(full, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|mts|js|mjs)$/.test(entry.name) && !entry.parentPath.includes('node_modules'))
    .map((entry) => {
      const file = join(entry.parentPath, entry.name);
      const text = readFileSync(file, 'utf8');
      return { path: relative(root, file).split(sep).join('/'), text, imports: importsOf(text) };
    });
}

function folders(parent: string): string[] {
  const full = join(root, parent);
  return existsSync(full) ? readdirSync(full).map((name) => `${parent}/${name}`) : [];
}

/** Every package: the sources of its `src`, or all of an example that has none. */
export function packages(): Package[] {
  return ['core', ...folders('plugins'), ...folders('presets'), ...folders('examples')]
    .filter((folder) => existsSync(join(root, folder, 'package.json')))
    .map((folder) => {
      const manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Record<string, unknown>;
      return { folder, name: String(manifest.name), manifest, sources: read(existsSync(join(root, folder, 'src')) ? `${folder}/src` : folder) };
    });
}

/** The package a module specifier belongs to: `@a/b/c` is of `@a/b`. */
export function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
