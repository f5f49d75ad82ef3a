import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { SluiceError } from '../error.js';

const CORE = '@sluice/core';
/** The folder of this package. */
const OWN_FOLDER = join(import.meta.dirname, '../..');
/** A range as npm takes it, roughly: npm looks closer. */
const RANGE = /^([\^~]|[<>]=?)?\d+(\.(\d+|x|\*)){0,2}(-[\w.]+)?$|^(latest|next)$/;

/**
 * What a new package in `folder` says of the core it is tried with: what was asked for (a tarball or folder, a range), or the core that is running,
 * from where it came. Throws `ERR_CONFIG_CORE`.
 */
export function coreDependency(folder: string, asked: string | undefined, range: string, cwd: string): string {
  if (asked !== undefined) return askedFor(folder, asked, cwd);
  // In a checkout nothing says that this version was published: the package takes a copy along.
  if (!OWN_FOLDER.split(sep).includes('node_modules')) return `file:${packInto(folder)}`;
  const tarball = installedFrom();
  return tarball === undefined ? range : fileSpec(folder, tarball);
}

function askedFor(folder: string, asked: string, cwd: string): string {
  const path = resolve(cwd, asked.replace(/^file:/, ''));
  if (!asked.startsWith('file:') && !existsSync(path) && RANGE.test(asked)) return asked;
  if (!existsSync(path)) throw new SluiceError('ERR_CONFIG_CORE', `--core ${asked}: no such file, and no range of versions`);
  return fileSpec(folder, path);
}

function fileSpec(folder: string, path: string): string {
  return `file:${relative(folder, path).split(sep).join('/')}`;
}

function packInto(folder: string): string {
  const flags = ['--json', '--ignore-scripts', '--loglevel=error', '--pack-destination', folder];
  const packed = execFileSync('npm', ['pack', OWN_FOLDER, ...flags], { encoding: 'utf8', cwd: folder, shell: process.platform === 'win32' });
  const [first] = Object.values(JSON.parse(packed) as Record<string, { readonly filename: string }>);
  if (first === undefined) throw new SluiceError('ERR_CONFIG_CORE', `npm pack ${OWN_FOLDER} made nothing`);
  return first.filename;
}

/** The tarball that npm installed this package from; `undefined` where it came from a registry. npm notes it beside the packages. */
function installedFrom(): string | undefined {
  for (let modules = dirname(OWN_FOLDER); modules !== dirname(modules); modules = dirname(modules)) {
    const notes = join(modules, '.package-lock.json');
    if (!existsSync(notes)) continue;
    const { packages = {} } = JSON.parse(readFileSync(notes, 'utf8')) as { packages?: Readonly<Record<string, { readonly resolved?: string }>> };
    const { resolved } = packages[`node_modules/${CORE}`] ?? {};
    if (resolved?.startsWith('file:') !== true) return undefined;
    const path = resolve(dirname(modules), resolved.slice('file:'.length));
    return existsSync(path) ? path : undefined;
  }
  return undefined;
}
