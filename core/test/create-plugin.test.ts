import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPlugin, PLUGIN_SHAPES, TOOLS } from '../src/cli/create-plugin.js';

const root = join(import.meta.dirname, '../..');
const core = '^1.0.0';
let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'sluice-'));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

const manifestOf = (folder: string) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));

it.each(PLUGIN_SHAPES)('writes a %s whose words are all filled in', (shape) => {
  const { folder, files, plugin, package: name } = createPlugin({ name: 'try-it', shape, core, cwd });
  expect([folder, plugin, name]).toEqual([join(cwd, 'try-it'), 'try-it', 'sluice-plugin-try-it']);
  for (const file of ['.gitignore', 'CHANGELOG.md', 'LICENSE', 'README.md', 'biome.json', 'package.json', 'src/index.ts', 'tsconfig.json']) {
    expect(files).toContain(file);
  }
  for (const file of files) expect([file, /__\w+__/.exec(readFileSync(join(folder, file), 'utf8'))?.[0]]).toEqual([file, undefined]);
  expect(manifestOf(folder)).toMatchObject({
    name: 'sluice-plugin-try-it',
    peerDependencies: { '@sluice/core': '^1.0.0' },
    devDependencies: { '@sluice/core': '^1.0.0' },
    engines: { node: '>=20.19' },
  });
});

it('takes the whole name of a package as well', () => {
  expect(createPlugin({ name: 'sluice-plugin-a', shape: 'report', core, cwd })).toMatchObject({ plugin: 'a', package: 'sluice-plugin-a' });
});

it('names a tarball from the new folder, and has one made of a checkout', () => {
  writeFileSync(join(cwd, 'core.tgz'), '');
  const given = createPlugin({ name: 'a', shape: 'report', core: 'core.tgz', cwd });
  expect(manifestOf(given.folder).devDependencies['@sluice/core']).toBe('file:../core.tgz');
  const packed = createPlugin({ name: 'b', shape: 'report', cwd });
  const spec = manifestOf(packed.folder).devDependencies['@sluice/core'];
  expect(existsSync(join(packed.folder, spec.replace('file:', '')))).toBe(true);
});

it('refuses what cannot be, and leaves nothing of it', () => {
  const refusal = (name: string, of = core) => {
    try {
      createPlugin({ name, shape: 'report', core: of, cwd });
      return undefined;
    } catch (error) {
      return (error as { code: string }).code;
    }
  };
  for (const name of ['', 'A', 'a b', '../a', '-a', 'a-', '@me/a', 'engine', 'sluice-plugin-', 'x'.repeat(41)])
    expect([name, refusal(name)]).toEqual([name, 'ERR_CONFIG_NAME']);
  expect(refusal('a', './none.tgz')).toBe('ERR_CONFIG_CORE');
  expect(existsSync(join(cwd, 'a'))).toBe(false);
  expect(refusal('a')).toBeUndefined();
  expect(refusal('a')).toBe('ERR_CONFIG_FOLDER');
});

it('uses the tools of this repository', () => {
  const { devDependencies } = manifestOf(root);
  expect(TOOLS).toEqual(Object.fromEntries(Object.keys(TOOLS).map((name) => [name, devDependencies[name]])));
});

it('is a command that exits with 2 where it was asked for nonsense', () => {
  const bin = join(root, 'core/bin/sluice.js');
  if (!existsSync(join(root, 'core/dist/cli/create-plugin.js'))) return;
  const run = (...args: string[]) => {
    try {
      return { code: 0, text: execFileSync(process.execPath, [bin, 'create-plugin', ...args], { cwd, encoding: 'utf8', stdio: 'pipe' }) };
    } catch (error) {
      const { status, stderr } = error as { status: number; stderr: string };
      return { code: status, text: stderr };
    }
  };
  expect(run('a', '--shape', 'report', '--core', core)).toMatchObject({ code: 0, text: expect.stringContaining('cd a') });
  expect(run('a', '--shape', 'report', '--core', core)).toMatchObject({ code: 2, text: expect.stringContaining('exists already') });
  expect(run('b', '--shape', 'square')).toMatchObject({ code: 2, text: expect.stringContaining('report') });
  expect(run('b')).toMatchObject({ code: 2, text: expect.stringContaining('add one of --shape report, ') });
}, 60_000);
