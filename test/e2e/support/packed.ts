import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './paths.js';
import { run } from './programs.js';

/** Packages of the repository as npm publishes them, by name: paths of tarballs. */
export type Tarballs = Readonly<Record<string, string>>;

/** Packs packages and what they need of the repository into `folder`. */
export async function pack(folder: string, names: readonly string[]): Promise<Tarballs> {
  const { code, stdout, stderr } = await run(process.execPath, [join(root, 'scripts/pack-all.mjs'), folder, ...names]);
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout.toString()) as Tarballs;
}

/**
 * Installs tarballs into the project `folder` as npm would, without a registry: unpacked, and everything that is not of this repository linked to
 * what is installed here.
 */
export async function installPacked(folder: string, tarballs: Tarballs): Promise<void> {
  const modules = join(folder, 'node_modules');
  // npm links what is of this repository, and notes beside it what it installed.
  const foreign = readdirSync(join(root, 'node_modules'), { withFileTypes: true })
    .filter((entry) => !entry.isSymbolicLink() && !['@sluice', '.package-lock.json'].includes(entry.name))
    .map(({ name }) => name);
  mkdirSync(join(modules, '@sluice'), { recursive: true });
  for (const name of foreign) symlinkSync(join(root, 'node_modules', name), join(modules, name));
  for (const [name, tarball] of Object.entries(tarballs)) {
    const target = join(modules, name);
    mkdirSync(target, { recursive: true });
    const { code, stderr } = await run('tar', ['-xzf', tarball, '-C', target, '--strip-components=1']);
    if (code !== 0) throw new Error(stderr);
    // Where two versions are needed, npm has one of them below the package.
    const own = join(sourceOf(name), 'node_modules');
    if (existsSync(own)) symlinkSync(own, join(target, 'node_modules'));
  }
}

/** Where a package of the repository is written. */
function sourceOf(name: string): string {
  for (const parent of ['.', 'plugins', 'presets', 'examples']) {
    const found = readdirSync(join(root, parent)).find((entry) => {
      const manifest = join(root, parent, entry, 'package.json');
      return existsSync(manifest) && (JSON.parse(readFileSync(manifest, 'utf8')) as { name?: string }).name === name;
    });
    if (found !== undefined) return join(root, parent, found);
  }
  throw new Error(`no package ${name} in the repository`);
}
