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

it('keeps what it made, for its owner alone and without the tokens themselves', () => {
  const { id, token, ...info } = open().create(request);
  expect(info).toEqual({ origin: 'api', actions: ['play'], paths: ['live/*'], createdAt: '2026-01-01T00:00:00.000Z' });
  expect(readFileSync(file, 'utf8')).not.toContain(token);
  expect([statSync(file).mode & 0o777, statSync(join(folder, 'auth')).mode & 0o777]).toEqual([0o600, 0o700]);
  const again = open();
  expect(again.find(token)?.permits('play', 'live/a')).toBe(true);
  expect(again.list().map((each) => each.id)).toEqual([id, 'mine']);
  again.revoke(id);
  expect(again.find(token)).toBeUndefined();
  expect(open().find(token)).toBeUndefined();
});

it('makes no two alike', () => {
  const tokens = open(100);
  const made = Array.from({ length: 100 }, () => tokens.create(request));
  expect(new Set(made.flatMap(({ id, token }) => [id, token])).size).toBe(200);
});

it('forgets what expired, and counts it no more', () => {
  const tokens = open(1);
  const { id, token } = tokens.create({ ...request, expiresAt: '2026-01-01T00:01:00+00:00' });
  expect(() => tokens.create(request)).toThrow(expect.objectContaining({ code: 'ERR_AUTH_TOO_MANY_TOKENS', status: 503 }));
  expect(tokens.find(token)?.grant?.lastsMs).toBe(60_000);
  clock.advance(60_000);
  expect(tokens.find(token)).toBeUndefined();
  tokens.create(request);
  expect(readFileSync(file, 'utf8')).not.toContain(id);
  expect(() => tokens.revoke(id)).toThrow(expect.objectContaining({ code: 'ERR_AUTH_TOKEN_NOT_FOUND' }));
});

it('refuses what makes no sense', () => {
  const tokens = open();
  expect(() => tokens.create({ ...request, expiresAt: '2025-12-31T00:00:00Z' })).toThrow(expect.objectContaining({ status: 400 }));
  expect(() => tokens.revoke('none')).toThrow(expect.objectContaining({ status: 404 }));
  expect(() => tokens.revoke('mine')).toThrow(expect.objectContaining({ status: 409 }));
});

it('does not overwrite a file it does not understand', () => {
  open().create(request);
  writeFileSync(file, '{ "version": 2 }');
  expect(open).toThrow(expect.objectContaining({ code: 'ERR_AUTH_TOKEN_FILE' }));
  expect(readFileSync(file, 'utf8')).toBe('{ "version": 2 }');
});

it('makes and takes nothing that it cannot keep', () => {
  const tokens = open();
  const { id, token } = tokens.create(request);
  rmSync(join(folder, 'auth'), { recursive: true });
  writeFileSync(join(folder, 'auth'), 'no folder');
  expect(() => tokens.create(request)).toThrow(expect.objectContaining({ code: 'ERR_AUTH_TOKEN_FILE', status: 500 }));
  expect(() => tokens.revoke(id)).toThrow(expect.objectContaining({ code: 'ERR_AUTH_TOKEN_FILE' }));
  expect(tokens.find(token)?.grant?.revoked).toBe(false);
  expect(tokens.list()).toHaveLength(2);
});
