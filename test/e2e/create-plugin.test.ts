import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installPacked, pack, type Tarballs } from './support/packed.js';
import { describeWith, type Ended, killAll, start } from './support/programs.js';

let folder = '';
let core: Tarballs;

const sluice = () => join(folder, 'node_modules/@sluice/core/bin/sluice.js');
const end = (command: string, args: readonly string[], cwd: string): Promise<Ended> => start(command, args, { cwd }).ended;

/** The command that `npm create sluice-plugin` looks for, where it is installed: as npm links it, and not as this repository's is. */
function linkCreator(): void {
  const bin = join(folder, 'node_modules/.bin');
  rmSync(bin);
  mkdirSync(bin);
  symlinkSync('../create-sluice-plugin/bin/create-sluice-plugin.js', join(bin, 'create-sluice-plugin'));
}

/** Ways to make one: by `sluice` where the core is installed, and as `npm create sluice-plugin` does it. */
const MAKERS = {
  sluice: (args: readonly string[]) => end(process.execPath, [sluice(), 'create-plugin', ...args], folder),
  'npm create': (args: readonly string[]) => end('npm', ['exec', '--offline', '--loglevel=error', '--', 'create-sluice-plugin', ...args], folder),
};

/** Runs a script of a package; what it wrote is shown where it fails. */
async function script(name: string, cwd: string): Promise<string> {
  const { code, stdout, stderr } = await end('npm', ['run', '--silent', name], cwd);
  if (code !== 0) throw new Error(`npm run ${name} ended with ${code}:\n${stdout.toString()}\n${stderr}`);
  return stdout.toString();
}

describeWith({ programs: ['npm', 'tar'] }, 'a new plugin, made by the packed core in an empty folder', () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-create-'));
    const { '@sluice/core': tarball = '', ...creator } = await pack(join(folder, 'tarballs'), ['create-sluice-plugin']);
    core = { '@sluice/core': tarball };
    await installPacked(folder, { ...core, ...creator });
    linkCreator();
  }, 120_000);
  afterAll(async () => {
    await killAll();
    rmSync(folder, { recursive: true, force: true });
  });

  // The shortest name and the longest: formatting must fit both.
  it.each([
    ['report', 'r', 'npm create'],
    ['protocol', 'protocol-with-a-name-as-long-as-they-go'.padEnd(40, 'x'), 'sluice'],
    ['codec', 'my-codec', 'sluice'],
  ] as const)(
    'of shape %s builds, lints and passes its tests',
    async (shape, name, maker) => {
      const made = await MAKERS[maker]([name, '--shape', shape, '--core', core['@sluice/core'] ?? '']);
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
