// Writes each package's tsconfig.json (and the root's two) from the dependencies in its package.json, so that the build order cannot
// drift from what is declared. `--check` writes nothing and fails where a file would change.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { root, workspaces } from './workspaces.mjs';

const check = process.argv.includes('--check');
const all = workspaces();
const folderOf = new Map(all.map(({ folder, manifest }) => [manifest.name, folder]));
// Programs beside the tests, which are no packages: each has a tsconfig.json of its own.
const PROGRAMS = ['test/bench', 'test/fuzz', 'test/scorecard'];
const compiled = (folder) => existsSync(join(root, folder, 'src'));
let stale = 0;

function put(file, value) {
  const text = `${JSON.stringify(value, null, 2)}\n`;
  const path = join(root, file);
  if (existsSync(path) && readFileSync(path, 'utf8') === text) return;
  stale++;
  if (check) console.error(`${file} is not what package.json says: run npm run refs`);
  else writeFileSync(path, text);
}

for (const { folder, manifest } of all) {
  if (!compiled(folder)) continue;
  const names = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies, ...manifest.devDependencies });
  const references = [...new Set(names)]
    .map((name) => folderOf.get(name))
    .filter((target) => target && compiled(target))
    .sort()
    .map((target) => ({ path: relative(folder, target) }));
  put(`${folder}/tsconfig.json`, {
    extends: `${relative(folder, '.')}/tsconfig.base.json`,
    compilerOptions: { rootDir: 'src', outDir: 'dist', tsBuildInfoFile: 'dist/.tsbuildinfo', ...(manifest.sluice?.compilerOptions ?? {}) },
    include: ['src'],
    references,
  });
}
const packages = all.map(({ folder }) => folder).filter(compiled);
put('tsconfig.json', { files: [], references: [...packages, ...PROGRAMS].map((path) => ({ path })) });
// What the tests import of packages is looked up in what these were compiled to, which is quicker than to check the sources once more.
put('tsconfig.test.json', { ...JSON.parse(readFileSync(join(root, 'tsconfig.test.json'), 'utf8')), references: packages.map((path) => ({ path })) });
if (check && stale) process.exit(1);
