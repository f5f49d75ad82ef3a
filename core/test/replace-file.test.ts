import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { replaceFile } from '../src/index.js';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-replace-'));
  file = join(folder, 'a.json');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('makes a file and takes its place again, for its owner alone, and leaves nothing else', async () => {
  const long = 'ü'.repeat(1_000_000);
  await replaceFile(file, long);
  expect(readFileSync(file, 'utf8')).toBe(long);
  await replaceFile(file, 'short');
  expect(readFileSync(file, 'utf8')).toBe('short');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder)).toEqual(['a.json']);
});

it('takes no notice of what a write that was cut off left', async () => {
  writeFileSync(`${file}.new`, 'half of a longer te');
  await replaceFile(file, 'whole');
  expect(readFileSync(file, 'utf8')).toBe('whole');
});

it('leaves the old one where the new one cannot be written', async () => {
  await replaceFile(file, 'old');
  mkdirSync(`${file}.new`);
  await expect(replaceFile(file, 'new')).rejects.toThrow('EISDIR');
  expect(readFileSync(file, 'utf8')).toBe('old');
});
