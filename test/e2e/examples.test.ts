import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthority } from './support/certificates.js';
import { root } from './support/paths.js';
import { describeWith, killAll, run, start } from './support/programs.js';

const FOLDER = join(root, 'examples');
const FILES = readdirSync(FOLDER).filter((file) => file.endsWith('.yaml'));

describeWith({ programs: ['openssl'] }, 'example configs', () => {
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-examples-'));
    mkdirSync(join(folder, 'tls'));
    await (await createAuthority(join(folder, 'tls'))).issue('example');
  }, 30_000);
  afterAll(async () => {
    await killAll();
    rmSync(folder, { recursive: true, force: true });
  });

  it.each(FILES)(
    '%s is one, holds no secret, and every key of it is used',
    async (file) => {
      const text = readFileSync(join(FOLDER, file), 'utf8');
      const preset = /^# npx sluice start (\S+) -c examples\/(\S+)$/m.exec(text);
      expect(preset?.[2]).toBe(file);
      copyFileSync(join(FOLDER, file), join(folder, file));
      const args = [join(root, 'core/bin/sluice.js'), 'config', preset?.[1] ?? '', '-c', file, '--json'];
      const { code, stdout, stderr } = await start(process.execPath, args, { cwd: folder }).ended;
      expect([code, stderr]).toEqual([0, '']);
      const entries = JSON.parse(stdout.toString()) as readonly { readonly key: string; readonly value: unknown; readonly source: string }[];
      const own = entries.filter(({ source }) => source.startsWith('file '));
      expect(own.length).toBeGreaterThan(4);
      // What is hidden is a secret; a file's name is none.
      expect(own.filter(({ key, value }) => value === '***' && !key.endsWith('tls.key'))).toEqual([]);
      expect((await run('grep', ['-nE', '^ *(password|secret|token|key): *[^ #]', join(FOLDER, file)])).stdout.toString()).toBe('');
    },
    30_000,
  );
});
