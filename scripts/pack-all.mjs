// Packs packages of the repository as npm would publish them: `node scripts/pack-all.mjs FOLDER [NAME…]`. Without names all that are
// published; with names those and what they need of the repository. Prints `{ name: file }`. The packages must be compiled (`npm run build`).
import { existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { output } from './run.mjs';
import { root, workspaces } from './workspaces.mjs';

const all = new Map(workspaces().map((workspace) => [workspace.manifest.name, workspace]));

/** The names and all they depend on that is in the repository. */
function withDependencies(names) {
  const found = new Set();
  const add = (name) => {
    const workspace = all.get(name);
    if (workspace === undefined || found.has(name)) return;
    found.add(name);
    const { dependencies, peerDependencies } = workspace.manifest;
    Object.keys({ ...dependencies, ...peerDependencies }).forEach(add);
  };
  for (const name of names) {
    if (!all.has(name)) throw new Error(`no package '${name}' in the repository`);
    add(name);
  }
  return [...found];
}

/** Packs into `folder` (made where it is missing); answers `{ name: absolute path of the tarball }`. */
export async function packAll(folder, names = []) {
  const published = [...all.values()].filter(({ manifest }) => manifest.private !== true).map(({ manifest }) => manifest.name);
  const chosen = names.length > 0 ? withDependencies(names) : published;
  // npm packs what is there: of a package that is not compiled, a package without code.
  const isBare = ({ folder, manifest }) => manifest.files?.includes('dist') && !existsSync(join(root, folder, 'dist'));
  const bare = chosen.filter((name) => isBare(all.get(name)));
  if (bare.length > 0) throw new Error(`not compiled (npm run build first): ${bare.join(', ')}`);
  const target = resolve(folder);
  mkdirSync(target, { recursive: true });
  const workspaceFlags = chosen.flatMap((name) => ['-w', all.get(name).folder]);
  const flags = ['--json', '--ignore-scripts', '--loglevel=error', '--pack-destination', target];
  const packed = JSON.parse(await output('npm', ['pack', ...flags, ...workspaceFlags], { cwd: root }));
  // npm answers a list; npm 12 an object by name.
  return Object.fromEntries(Object.values(packed).map(({ name, filename }) => [name, join(target, filename)]));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [folder, ...names] = process.argv.slice(2);
  if (folder === undefined) {
    console.error('usage: node scripts/pack-all.mjs FOLDER [NAME…]');
    process.exit(2);
  }
  try {
    console.log(JSON.stringify(await packAll(folder, names), null, 2));
  } catch (error) {
    console.error(error.message);
    process.exit(1);
  }
}
