import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installPacked, pack, type Tarballs } from './support/packed.js';
import { describeWith, type Ended, killAll, start } from './support/programs.js';

let folder = '';
let core: Tarballs;

const sluice = () => join(folder, 'node_modules/@sluice/core/bin/sluice.js');
const end = (command: string, args: readonly string[], cwd: string): Promise<Ended> => start(command, args, { cwd }).ended;

/** Runs a script of a package; what it wrote is shown where it fails. */
async function script(name: string, cwd: string): Promise<string> {
  const { code, stdout, stderr } = await end('npm', ['run', '--silent', name], cwd);
  if (code !== 0) throw new Error(`npm run ${name} ended with ${code}:\n${stdout.toString()}\n${stderr}`);
  return stdout.toString();
}

describeWith({ programs: ['npm', 'tar'] }, 'a new plugin, made by the packed core in an empty folder', () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-create-'));
    core = await pack(join(folder, 'tarballs'), ['@sluice/core']);
    await installPacked(folder, core);
  }, 120_000);
  afterAll(async () => {
    await killAll();
    rmSync(folder, { recursive: true, force: true });
  });

  // The shortest name and the longest: formatting must fit both.
  it.each([
    ['report', 'r'],
    ['protocol', 'protocol-with-a-name-as-long-as-they-go'.padEnd(40, 'x')],
    ['codec', 'my-codec'],
  ])(
    'of shape %s builds, lints and passes its tests',
    async (shape, name) => {
      const made = await end(process.execPath, [sluice(), 'create-plugin', name, '--shape', shape, '--core', core['@sluice/core'] ?? ''], folder);
      expect({ code: made.code, stderr: made.stderr }).toEqual({ code: 0, stderr: '' });
      const plugin = join(folder, name);
      await installPacked(plugin, core);
      await script('build', plugin);
      await script('lint', plugin);
      expect(await script('test', plugin)).toMatch(/# fail 0/);
      const { code, stdout } = await end('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], plugin);
      expect(code).toBe(0);
      const [packed] = Object.values(JSON.parse(stdout.toString()) as Record<string, { files: { path: string }[] }>);
      const files = packed?.files.map(({ path }) => path) ?? [];
      expect(files).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'CHANGELOG.md', 'dist/index.js', 'dist/index.d.ts', 'package.json']));
      expect(files.filter((path) => /^(src|test|build|node_modules)\//.test(path))).toEqual([]);
    },
    300_000,
  );
});
