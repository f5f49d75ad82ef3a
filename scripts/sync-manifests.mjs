// What every published package says alike is said once, here and in the root: the repository's address with the package's folder, the licence's text, and
// that the compiler's notes on what it compiled stay here. As long as the root's package.json names no `repository`, no package does: an address that is
// made up leads nobody anywhere.
// `--check` writes nothing and fails where a file would change.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, workspaces } from './workspaces.mjs';

const check = process.argv.includes('--check');
const { repository } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const NOTES = '!dist/.tsbuildinfo';
const licence = readFileSync(join(root, 'LICENSE'), 'utf8');
let stale = 0;

function put(file, text) {
  const path = join(root, file);
  if (existsSync(path) && readFileSync(path, 'utf8') === text) return;
  stale++;
  if (check) console.error(`${file} is not what the root says: run npm run refs`);
  else writeFileSync(path, text);
}

for (const { folder, manifest } of workspaces()) {
  if (manifest.private === true) continue;
  const { name, version, description, license, repository: _, ...rest } = manifest;
  const whole = { name, version, description, license, ...(repository && { repository: { ...repository, directory: folder } }), ...rest };
  if (rest.files?.includes('dist') && !rest.files.includes(NOTES)) whole.files = rest.files.flatMap((file) => (file === 'dist' ? [file, NOTES] : [file]));
  put(`${folder}/package.json`, `${JSON.stringify(whole, null, 2)}\n`);
  put(`${folder}/LICENSE`, licence);
}
if (check && stale) process.exit(1);
