// `npm test`: everything, from a fresh clone with Node and npm alone. Closes with one line: N passed, N failed, N skipped.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { build, install } from './prepare.mjs';
import { run } from './run.mjs';
import { root } from './workspaces.mjs';

const PROGRAMS = {
  ffmpeg: 'publishing and playing with ffmpeg',
  ffprobe: 'checking streams with ffprobe',
  sipp: 'SIP with sipp',
  'gst-launch-1.0': 'publishing and playing with GStreamer',
  rtmpdump: 'playing with rtmpdump',
  chromium: 'the player page in a browser',
  nginx: 'pulling from and pushing to nginx-rtmp',
  tshark: 'checking captures with tshark',
};

function missingPrograms() {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return Object.keys(PROGRAMS).filter((name) => !folders.some((folder) => existsSync(join(folder, name))));
}

// By the clock, on two threads: five minutes of work in continuous integration, a look at every parser elsewhere.
const FUZZ_SECONDS = process.env.CI ? 300 : 40;

// A step that is no test of its own counts as one.
const counts = { passed: 0, failed: 0, skipped: 0 };
const failures = [];

async function step(title, script, args, options) {
  console.log(`\n== ${title}`);
  const code = await run(process.execPath, [join(root, script), ...args], options);
  if (code === 0) counts.passed++;
  else {
    counts.failed++;
    failures.push(title);
  }
}

function hasTests(folder) {
  if (!existsSync(folder)) return false;
  return readdirSync(folder, { recursive: true }).some((name) => String(name).endsWith('.test.ts'));
}

async function jest(title, project, args = []) {
  console.log(`\n== ${title}`);
  const folder = mkdtempSync(join(tmpdir(), 'sluice-test-'));
  const output = join(folder, 'results.json');
  try {
    const flags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
    const code = await run(
      process.execPath,
      [...flags, join(root, 'node_modules/jest/bin/jest.js'), '--selectProjects', project, '--json', `--outputFile=${output}`, ...args],
      { stdio: ['ignore', 'ignore', 'inherit'] },
    );
    const results = existsSync(output) ? JSON.parse(readFileSync(output, 'utf8')) : undefined;
    counts.passed += results?.numPassedTests ?? 0;
    // A suite that does not even load has no tests to fail.
    const broken = results?.numRuntimeErrorTestSuites ?? 0;
    const failed = (results?.numFailedTests ?? 0) + broken;
    counts.failed += code !== 0 && failed === 0 ? 1 : failed;
    counts.skipped += (results?.numPendingTests ?? 0) + (results?.numTodoTests ?? 0);
    if (code !== 0) failures.push(title);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const started = Date.now();
await install();
const missing = missingPrograms();
// Always the same seed: a red run can be repeated. Other seeds, and more time: npm run fuzz. It takes the core that what follows leaves idle, and is over before
// the end-to-end tests, which a full machine disturbs.
const fuzzed = step('Fuzz: every parser (beside what follows)', 'test/fuzz/run.mjs', ['--workers', '1', '--seconds', String(FUZZ_SECONDS)], {
  background: true,
});
await step('Lint', 'scripts/lint.mjs', []);
await step('Type check and build', 'node_modules/typescript/bin/tsc', ['-b']);
await build();
// Jest takes the types away and looks at none.
await step('Type check of the tests', 'node_modules/typescript/bin/tsc', ['-p', 'tsconfig.test.json']);
await step('Generated documentation', 'scripts/config-docs.mjs', ['--check']);
await step('Packages are fit to be published', 'scripts/check-packages.mjs', []);
await step('API reports', 'scripts/api-reports.mjs', ['--check']);
await jest('Unit tests', 'unit');
await jest('Fuzz: inputs that once showed a fault', 'fuzz');
await fuzzed;
if (hasTests(join(root, 'test/e2e'))) await jest('End-to-end tests', 'e2e', ['--maxWorkers=2', '--forceExit']);
if (hasTests(join(root, 'test/conformance'))) await jest('Conformance: every input to every output', 'conformance', ['--runInBand', '--forceExit']);

console.log('');
for (const name of missing) console.log(`missing program ${name}: skipped ${PROGRAMS[name]}`);
if (failures.length > 0) console.log(`failed: ${failures.join(', ')}`);
console.log(`took ${Math.round((Date.now() - started) / 1000)} s`);
process.exitCode = counts.failed > 0 ? 1 : 0;
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
