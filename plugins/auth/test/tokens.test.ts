import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeClock } from '@sluice/core/testing';
import { Tokens } from '../src/net/tokens.js';

let folder: string;
let file: string;
let clock: FakeClock;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-auth-'));
  file = join(folder, 'auth', 'tokens.json');
  clock = new FakeClock();
});
afterEach(() => {
  chmodSync(folder, 0o700);
  rmSync(folder, { recursive: true, force: true });
});
const open = (maxTokens = 3): Tokens =>
  new Tokens(file, { maxTokens, tokens: [{ id: 'mine', token: 'of the config', actions: ['play'], paths: ['**'] }] }, clock);
const request = { actions: ['play'], paths: ['live/*'] } as const;

it('keeps what it made, for its owner alone and without the tokens themselves', async () => {
  const { id, token, ...info } = await open().create(request);
  expect(info).toEqual({ origin: 'api', actions: ['play'], paths: ['live/*'], createdAt: '2026-01-01T00:00:00.000Z' });
  expect(readFileSync(file, 'utf8')).not.toContain(token);
  expect([statSync(file).mode & 0o777, statSync(join(folder, 'auth')).mode & 0o777]).toEqual([0o600, 0o700]);
  const again = open();
  expect(again.find(token)?.permits('play', 'live/a')).toBe(true);
  expect(again.list().map((each) => each.id)).toEqual([id, 'mine']);
  await again.revoke(id);
  expect(again.find(token)).toBeUndefined();
  expect(open().find(token)).toBeUndefined();
});

it('makes no two alike', async () => {
  const tokens = open(100);
  const made = await Promise.all(Array.from({ length: 100 }, () => tokens.create(request)));
  expect(new Set(made.flatMap(({ id, token }) => [id, token])).size).toBe(200);
});

it('forgets what expired, and counts it no more', async () => {
  const tokens = open(1);
  const { id, token } = await tokens.create({ ...request, expiresAt: '2026-01-01T00:01:00+00:00' });
  await expect(tokens.create(request)).rejects.toThrow(expect.objectContaining({ code: 'ERR_AUTH_TOO_MANY_TOKENS', status: 503 }));
  expect(tokens.find(token)?.grant?.lastsMs).toBe(60_000);
  clock.advance(60_000);
  expect(tokens.find(token)).toBeUndefined();
  await tokens.create(request);
  expect(readFileSync(file, 'utf8')).not.toContain(id);
  await expect(tokens.revoke(id)).rejects.toThrow(expect.objectContaining({ code: 'ERR_AUTH_TOKEN_NOT_FOUND' }));
});

it('refuses what makes no sense', async () => {
  const tokens = open();
  await expect(tokens.create({ ...request, expiresAt: '2025-12-31T00:00:00Z' })).rejects.toThrow(expect.objectContaining({ status: 400 }));
  await expect(tokens.revoke('none')).rejects.toThrow(expect.objectContaining({ status: 404 }));
  await expect(tokens.revoke('mine')).rejects.toThrow(expect.objectContaining({ status: 409 }));
});

it('does not overwrite a file it does not understand', async () => {
  await open().create(request);
  writeFileSync(file, '{ "version": 2 }');
  expect(open).toThrow(expect.objectContaining({ code: 'ERR_AUTH_TOKEN_FILE' }));
  expect(readFileSync(file, 'utf8')).toBe('{ "version": 2 }');
});

it('makes and takes nothing that it cannot keep', async () => {
  const tokens = open();
  const { id, token } = await tokens.create(request);
  rmSync(join(folder, 'auth'), { recursive: true });
  writeFileSync(join(folder, 'auth'), 'no folder');
  await expect(tokens.create(request)).rejects.toThrow(expect.objectContaining({ code: 'ERR_AUTH_TOKEN_FILE', status: 500 }));
  await expect(tokens.revoke(id)).rejects.toThrow(expect.objectContaining({ code: 'ERR_AUTH_TOKEN_FILE' }));
  expect(tokens.find(token)?.grant?.revoked).toBe(false);
  expect(tokens.list()).toHaveLength(2);
});

it('changes one after the other: each is in the file when it says so, and none undoes another', async () => {
  const tokens = open(100);
  const kept = (): string[] => (JSON.parse(readFileSync(file, 'utf8')) as { tokens: { id: string }[] }).tokens.map(({ id }) => id);
  const first = await tokens.create(request);
  const created = Array.from({ length: 20 }, async () => {
    const { id } = await tokens.create(request);
    expect(kept()).toContain(id);
    return id;
  });
  const revoked = tokens.revoke(first.id).then(() => expect(kept()).not.toContain(first.id));
  const twice = tokens.revoke(first.id);
  await expect(twice).rejects.toThrow(expect.objectContaining({ code: 'ERR_AUTH_TOKEN_NOT_FOUND' }));
  await revoked;
  const ids = await Promise.all(created);
  expect(kept()).toEqual(ids);
  expect(
    tokens
      .list()
      .filter(({ origin }) => origin === 'api')
      .map(({ id }) => id),
  ).toEqual(ids);
});

it('makes no more than may be, however many are asked for at once', async () => {
  const tokens = open(3);
  const all = await Promise.allSettled(Array.from({ length: 5 }, () => tokens.create(request)));
  expect(all.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'rejected', 'rejected']);
});

it('lets the event loop go on while it writes; a token is good when the disk has it, and that one wrote in vain stops no other', async () => {
  const tokens = open();
  let made = false;
  const making = tokens.create(request).then((created) => {
    made = true;
    return created;
  });
  await new Promise(setImmediate);
  expect([made, tokens.list().length]).toEqual([false, 1]);
  await making;
  expect(tokens.list()).toHaveLength(2);
  rmSync(join(folder, 'auth'), { recursive: true });
  writeFileSync(join(folder, 'auth'), 'no folder');
  await expect(tokens.create(request)).rejects.toThrow(expect.objectContaining({ code: 'ERR_AUTH_TOKEN_FILE' }));
  rmSync(join(folder, 'auth'));
  const { token } = await tokens.create(request);
  expect(open().find(token)).toBeDefined();
});

it('is settled when all that was asked for is written', async () => {
  const tokens = open();
  void tokens.create(request);
  void tokens.create(request);
  await tokens.settled();
  expect(open().list()).toHaveLength(3);
});
