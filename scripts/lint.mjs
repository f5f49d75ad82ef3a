// Style and layer rules: biome, what package.json and the pages say, the pages that are written from the sources, and the tests of test/lint.
import { join } from 'node:path';
import { run } from './run.mjs';
import { root } from './workspaces.mjs';

const steps = [
  ['node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.'],
  ['scripts/sync-references.mjs', '--check'],
  ['scripts/complete-lockfile.mjs', '--check'],
  ['scripts/sync-manifests.mjs', '--check'],
  ['scripts/check-links.mjs'],
  ['scripts/hooks-reference.mjs', '--check'],
];
let failed = false;
for (const [script, ...args] of steps) {
  const code = await run(process.execPath, [join(root, script), ...args]);
  if (code !== 0) failed = true;
}
process.exitCode = failed ? 1 : 0;
