import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqlite } from '../src/index.js';

let folder: string;
const warnings: string[] = [];
const open = (version = 1) =>
  openSqlite({ file: join(folder, 'a.sqlite'), schema: 'CREATE TABLE t (n INTEGER)', version, wallMs: 0, warn: (text) => void warnings.push(text) });

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-sqlite-'));
  warnings.length = 0;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('keeps what was written, for nobody else to read; a transaction is all or nothing', async () => {
  const db = await open();
  db.run('INSERT INTO t VALUES (?)', 1);
  expect(() =>
    db.transaction(() => {
      db.run('INSERT INTO t VALUES (?)', 2);
      throw new Error('no');
    }),
  ).toThrow('no');
  db.close();
  const again = await open();
  expect(again.all('SELECT n FROM t').map(({ n }) => n)).toEqual([1]);
  again.close();
  expect(statSync(join(folder, 'a.sqlite')).mode & 0o777).toBe(0o600);
  expect(warnings).toEqual([]);
});

it.each([
  ['that is damaged', () => writeFileSync(join(folder, 'a.sqlite'), 'no data base at all, but long enough to look like one'.repeat(100))],
  ['of another version', async () => (await open(2)).close()],
])('moves a file %s aside', async (_, make) => {
  await make();
  const db = await open();
  expect(db.all('SELECT n FROM t')).toEqual([]);
  db.close();
  expect(readdirSync(folder).some((name) => name.startsWith('a.sqlite.damaged-'))).toBe(true);
  expect(warnings).toEqual([expect.stringContaining('cannot be used')]);
});

it('rejects where there is no folder', async () => {
  const missing = { file: join(folder, 'none/a.sqlite'), schema: '', version: 1, wallMs: 0, warn: () => {} };
  await expect(openSqlite(missing)).rejects.toThrow();
});
