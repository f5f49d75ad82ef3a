import { startTestEngine, type TestEngine } from '@sluice/core/testing';
import auth from '@sluice/plugin-auth';
import api from '../src/index.js';

const KEYS = [
  { id: 'r', key: 'read-key', role: 'read' },
  { id: 'o', key: 'operate-key', role: 'operate' },
  { id: 'x', key: 'late-key', role: 'admin', expiresAt: '2020-01-01T00:00:00Z' },
];
const wanted = { actions: ['play'], paths: ['live/*'] };

let engine: TestEngine;
const start = async (plugins = [api, auth]): Promise<void> => {
  const config = { auth: { tokens: [{ id: 'mine', token: 'words', ...wanted }] } };
  engine = await startTestEngine({ plugins, config: { http: { port: 0 }, api: { key: 'admin-key', keys: KEYS }, ...(plugins.includes(auth) ? config : {}) } });
};
afterEach(() => engine.dispose());

async function call(method: string, path: string, body?: unknown, key = 'admin-key'): Promise<{ status: number; body: Record<string, unknown> }> {
  const port = engine.addresses.find(({ name }) => name === 'http')?.port;
  const headers = { authorization: `Bearer ${key}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) };
  const answer = await fetch(`http://127.0.0.1:${port}/api/v1${path}`, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  const text = await answer.text();
  return { status: answer.status, body: text === '' ? {} : JSON.parse(text) };
}

it('makes a token, shows it once, and takes it back', async () => {
  await start();
  const made = await call('POST', '/auth/tokens', { ...wanted, expiresAt: '2999-01-01T00:00:00+08:00' });
  expect(made).toMatchObject({ status: 201, body: { ...wanted, origin: 'api', expiresAt: '2998-12-31T16:00:00.000Z', token: expect.any(String) } });
  const { token, ...info } = made.body;
  const { body } = await call('GET', '/auth/tokens', undefined, 'read-key');
  expect(body.items).toEqual(expect.arrayContaining([info, { id: 'mine', origin: 'config', ...wanted }]));
  expect(JSON.stringify(body)).not.toContain(token);
  expect((await call('DELETE', `/auth/tokens/${info.id}`)).status).toBe(204);
  expect(await call('DELETE', `/auth/tokens/${info.id}`)).toMatchObject({ status: 404, body: { error: { code: 'ERR_AUTH_TOKEN_NOT_FOUND' } } });
  expect(await call('DELETE', '/auth/tokens/mine')).toMatchObject({ status: 409, body: { error: { code: 'ERR_AUTH_TOKEN_CONFIGURED' } } });
});

it.each([
  {},
  { actions: ['play'] },
  { ...wanted, actions: ['delete'] },
  { ...wanted, paths: ['%2e%2e/etc'] },
  { ...wanted, expiresAt: 'soon' },
  { ...wanted, expiresAt: '2020-01-01T00:00:00Z' },
  { ...wanted, id: 'of-my-choice' },
])('refuses %j with 400', async (body) => {
  await start();
  expect((await call('POST', '/auth/tokens', body)).status).toBe(400);
});

it('lets only admin make and take, and nobody whose key expired do anything', async () => {
  await start();
  for (const key of ['read-key', 'operate-key']) {
    expect((await call('POST', '/auth/tokens', wanted, key)).status).toBe(403);
    expect((await call('DELETE', '/auth/tokens/mine', undefined, key)).status).toBe(403);
  }
  expect((await call('GET', '/auth/tokens', undefined, 'late-key')).status).toBe(401);
});

it('says so where there is no plugin for it', async () => {
  await start([api]);
  expect(await call('GET', '/auth/tokens')).toMatchObject({ status: 404, body: { error: { code: 'ERR_NOT_AVAILABLE' } } });
});
