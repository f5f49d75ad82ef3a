// What `npm start` and `npm test` need before anything else: the installed packages and the compiled sources. Does only what is missing.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { must } from './run.mjs';
import { root, workspaces } from './workspaces.mjs';

const TSC = join(root, 'node_modules/typescript/bin/tsc');

// npm notes what it installed in node_modules/.package-lock.json: outdated where a package is missing or of another version there.
function installed() {
  const read = (file) => (existsSync(join(root, file)) ? JSON.parse(readFileSync(join(root, file), 'utf8')).packages : undefined);
  const wanted = read('package-lock.json') ?? {};
  const present = read('node_modules/.package-lock.json');
  if (present === undefined || !existsSync(TSC)) return false;
  return (
    Object.entries(wanted).every(([path, { version, optional, peer, link }]) => {
      if (!path.startsWith('node_modules/') && !path.includes('/node_modules/')) return true;
      if (present[path] === undefined) return optional === true || peer === true || link === true;
      return present[path].version === version;
    }) && workspaces().every(({ manifest }) => existsSync(join(root, 'node_modules', manifest.name)))
  );
}

/** Installs where packages are missing or outdated. */
export async function install() {
  if (installed()) return;
  console.error('Installing packages (the first time takes a minute) …');
  await must('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { stdio: ['ignore', 2, 2] });
}

function newest(folder) {
  let time = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.name === 'node_modules' || entry.name === 'dist') continue;
    const path = join(folder, entry.name);
    time = Math.max(time, entry.isDirectory() ? newest(path) : statSync(path).mtimeMs);
  }
  return time;
}

// A page is stale where its sources are newer than what was made of them.
function stalePages() {
  return workspaces().filter(({ folder, manifest }) => {
    if (manifest.scripts?.['build:web'] === undefined) return false;
    const made = join(root, folder, 'dist/web/index.html');
    return !existsSync(made) || statSync(made).mtimeMs < newest(join(root, folder, 'web'));
  });
}

/** Compiles what changed of the packages; `tsc -b` compiles the programs beside the tests too. */
export async function build() {
  // Where nothing was compiled yet the compiler is silent for a minute, which looks like hanging.
  if (!existsSync(join(root, 'core/dist'))) console.error('Compiling (the first time takes a minute or two) …');
  const compiled = workspaces().filter(({ folder }) => existsSync(join(root, folder, 'tsconfig.json')));
  await must(process.execPath, [TSC, '-b', ...compiled.map(({ folder }) => folder)], { stdio: ['ignore', 2, 2], cwd: root });
  for (const { folder } of stalePages()) await must('npm', ['run', 'build:web', '--silent', '-w', folder], { stdio: ['ignore', 2, 2] });
}
