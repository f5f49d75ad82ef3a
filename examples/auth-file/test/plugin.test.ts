import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { AccessRequest } from '@sluice/core';
import { checkConfig, checkLifecycle, eventually, startTestEngine } from '@sluice/core/testing';
import plugin, { parseAccessList } from '../src/index.js';

const folder = mkdtempSync(join(tmpdir(), 'sluice-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const file = join(folder, 'access.txt');

const LIST = `
publish live/**  camera  s3cret   # the camera at the gate
play    live/*   guest   hello
play    open/**  -       -
`;
const ask = (request: Pick<AccessRequest, 'action' | 'path'> & Partial<AccessRequest>) => {
  const verdict = parseAccessList(LIST)({ protocol: 'test', ...request });
  return verdict.allow ? 200 : verdict.status;
};

test('lets in who is on the list, for what is on the list', () => {
  const camera = { user: 'camera', password: 's3cret' };
  assert.equal(ask({ action: 'publish', path: 'live/a', query: camera }), 200);
  assert.equal(ask({ action: 'play', path: 'live/a', query: camera }), 403);
  assert.equal(ask({ action: 'publish', path: 'live/a', query: { ...camera, password: 's3creT' } }), 401);
  assert.equal(ask({ action: 'publish', path: 'live/a' }), 401);
  assert.equal(ask({ action: 'play', path: 'open/a' }), 200);
  assert.equal(ask({ action: 'play', path: 'live/a', credentials: { name: 'guest', verify: (password) => password === 'hello' } }), 200);
  assert.equal(ask({ action: 'play', path: 'live/a', credentials: { name: 'guest', verify: () => false } }), 401);
});

test('names the line that cannot be read', () => {
  assert.throws(() => parseAccessList('play live/** a b\nwatch live/** a b\n'), { code: 'ERR_AUTH_FILE_LINE', message: /line 2/ });
});

test('reads the list again when it changes, and keeps the old one where it cannot', async () => {
  writeFileSync(file, LIST);
  const engine = await startTestEngine({ plugins: [plugin], config: { [plugin.name]: { file, checkSeconds: 0.1 } } });
  const publish = async (user: string) => {
    try {
      await (await engine.publish('live/a', { protocol: 'test', query: { user, password: 's3cret' } })).close();
      return true;
    } catch {
      return false;
    }
  };
  try {
    assert.deepEqual([await publish('camera'), await publish('other')], [true, false]);
    writeFileSync(file, LIST.replace('camera ', 'other '));
    await eventually('the new list', () => publish('other'));
    writeFileSync(file, 'nonsense');
    await eventually('a complaint', () => engine.info.errors().length > 0);
    assert.equal(await publish('other'), true);
  } finally {
    await engine.dispose();
  }
});

test('leaves nothing behind, twice', () => {
  writeFileSync(file, LIST);
  return checkLifecycle({ plugins: [plugin], config: { [plugin.name]: { file } } });
});

test('has a config that holds', () => checkConfig(plugin));
