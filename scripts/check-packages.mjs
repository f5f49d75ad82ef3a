// Whether every published package is fit for it, as npm would pack it: `npm run check:packages`. The packages must be compiled. Looks at the fields that npm
// and its readers want, at publint's rules, and at what TypeScript finds by each way of resolving a module that an ES module can be found by (attw).
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { packAll } from './pack-all.mjs';
import { workspaces } from './workspaces.mjs';

// The packages are ES modules alone: `require` of Node 20.19 takes these too, older resolutions know no `exports`.
const NOT_MEANT = ['node10', 'node16-cjs'];

function fieldProblems({ folder, manifest }, files) {
  const problems = [];
  const want = (ok, what) => ok || problems.push(what);
  for (const name of ['README.md', 'CHANGELOG.md', 'LICENSE']) want(files.includes(name), `${name} is not packed`);
  want(manifest.engines?.node === '>=20.19', 'engines.node is not >=20.19');
  want(manifest.repository === undefined || manifest.repository.directory === folder, 'repository.directory is not its folder');
  want(manifest.type === 'module' && manifest.exports !== undefined, 'no ES module with exports');
  for (const [path, target] of Object.entries(manifest.exports ?? {})) {
    if (typeof target === 'string') continue;
    want(Object.keys(target)[0] === 'types', `${path}: types do not come first`);
  }
  const inside = Object.entries({ ...manifest.dependencies, ...manifest.peerDependencies }).filter(([name]) => name.startsWith('@sluice/'));
  for (const [name, range] of inside) want(/^\^\d/.test(range), `${name} is wanted as ${range}, not as a range`);
  const isPlugin = manifest.name.startsWith('@sluice/plugin-') && inside.some(([name]) => name === '@sluice/core');
  want(!isPlugin || manifest.peerDependencies?.['@sluice/core'] !== undefined, '@sluice/core is no peer');
  want(!files.some((name) => /^(src|test)\//.test(name)), 'sources or tests are packed');
  want(!files.some((name) => name.endsWith('.tsbuildinfo')), "the compiler's notes are packed");
  return problems;
}

async function typeProblems({ manifest }, tarball) {
  // A command alone: nobody imports it.
  if (Object.values(manifest.exports ?? {}).every((target) => typeof target === 'string')) return [];
  const result = await checkPackage(createPackageFromTarballData(tarball));
  if (result.types === false) return ['attw: no types'];
  return result.problems.filter(({ resolutionKind }) => !NOT_MEANT.includes(resolutionKind)).map((problem) => `attw: ${JSON.stringify(problem)}`);
}

async function check(workspace, file) {
  const tarball = new Uint8Array(readFileSync(file));
  const packed = createPackageFromTarballData(tarball);
  const prefix = `/node_modules/${workspace.manifest.name}/`;
  const files = packed.listFiles().map((path) => path.slice(prefix.length));
  const { messages, pkg } = await publint({ pack: { tarball: tarball.buffer }, strict: true });
  return [
    ...fieldProblems(workspace, files),
    ...messages.map((message) => `publint: ${formatMessage(message, pkg)}`),
    ...(await typeProblems(workspace, tarball)),
  ];
}

const folder = mkdtempSync(join(tmpdir(), 'sluice-pack-'));
let failed = 0;
try {
  const tarballs = await packAll(folder);
  const published = workspaces().filter(({ manifest }) => manifest.private !== true);
  for (const workspace of published) {
    const problems = await check(workspace, tarballs[workspace.manifest.name]);
    if (problems.length > 0) failed++;
    for (const problem of problems) console.error(`${workspace.manifest.name}: ${problem}`);
  }
  console.log(`${published.length - failed} packages are fit to be published, ${failed} are not`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = failed > 0 ? 1 : 0;
