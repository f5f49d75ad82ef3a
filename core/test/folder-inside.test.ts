import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { folderInside } from '../src/index.js';

describe('a folder inside another', () => {
  let root = '';
  beforeEach(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), 'sluice-inside-')));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it('is made, and found again', async () => {
    const logs = join(root, 'data/logs');
    expect(await folderInside(logs, ['live', 'a'])).toBe(join(logs, 'live/a'));
    expect(await folderInside(logs, ['live', 'a'])).toBe(join(logs, 'live/a'));
    expect(await folderInside(logs, [])).toBe(logs);
  });

  it('is where the root leads, when an operator made that a link', async () => {
    mkdirSync(join(root, 'disk'));
    symlinkSync(join(root, 'disk'), join(root, 'logs'));
    expect(await folderInside(join(root, 'logs'), ['live'])).toBe(join(root, 'disk/live'));
  });

  it('is not where a link below leads, nor a file', async () => {
    mkdirSync(join(root, 'outside'));
    mkdirSync(join(root, 'logs'));
    symlinkSync(join(root, 'outside'), join(root, 'logs/live'));
    writeFileSync(join(root, 'logs/file'), '');
    for (const parts of [['live'], ['live', 'a'], ['file']]) {
      await expect(folderInside(join(root, 'logs'), parts)).rejects.toMatchObject({ code: 'ERR_PATH_OUTSIDE' });
    }
    expect(readdirSync(join(root, 'outside'))).toEqual([]);
  });

  it.each(['..', '.', '', 'a/b', 'a\\b', 'a\0'])('no part is %j', async (part) => {
    await expect(folderInside(root, [part])).rejects.toMatchObject({ code: 'ERR_PATH_OUTSIDE' });
  });
});
