import { startTestEngine } from '@sluice/core/testing';
import http from '@sluice/plugin-http';
import auth, { authConfig } from '../src/index.js';

const rights = { actions: ['play'], paths: ['**'] };
const mistakes = (config: unknown): string[] => authConfig.safeParse(config).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];

it('is open without any config', () => {
  expect(authConfig.parse({})).toMatchObject({ publish: 'open', play: 'open', tokens: [], users: [], headers: ['x-sluice-token', 'gmv-token'] });
});

it.each<[config: unknown, place: string]>([
  [{ play: 'tokne' }, 'play'],
  [{ play: 'jwt' }, 'play: jwt needs auth.jwt'],
  [{ publish: 'callback' }, 'publish: callback needs auth.callback'],
  [{ tokens: [{ id: 'a', ...rights }] }, 'tokens.0: expected either'],
  [{ tokens: [{ id: 'a', token: 'x', sha256: 'a'.repeat(64), ...rights }] }, 'tokens.0: expected either'],
  [{ tokens: [{ id: 'a', token: '', ...rights }] }, 'tokens.0.token'],
  [{ tokens: [{ id: 'a', token: 'x', actions: [], paths: ['**'] }] }, 'tokens.0.actions'],
  [{ tokens: [{ id: 'a', token: 'x', actions: ['play'], paths: ['a b'] }] }, 'tokens.0.paths.0'],
  [{ tokens: [{ id: 'a', token: 'x', ...rights, expiresAt: 'tomorrow' }] }, 'tokens.0.expiresAt'],
  [{ tokens: ['x', 'y'].map((token) => ({ id: 'a', token, ...rights })) }, "tokens: two are named 'a'"],
  [{ users: [{ name: 'a', password: '', ...rights }] }, 'users.0.password'],
  [{ signing: { secret: '' } }, 'signing.secret'],
  [{ jwt: {} }, 'jwt: expected one of'],
  [{ jwt: { secret: 'x', jwksUrl: 'https://x.example/' } }, 'jwt: expected one of'],
  [{ jwt: { jwksUrl: 'file:///etc/passwd' } }, 'jwt.jwksUrl'],
  [{ jwt: { secret: 'x', algorithms: ['RS256'] } }, 'jwt.algorithms'],
  [{ jwt: { jwksUrl: 'https://x.example/', algorithms: ['HS256'] } }, 'jwt.algorithms'],
  [{ jwt: { secret: 'x', algorithms: ['none'] } }, 'jwt.algorithms.0'],
  [{ callback: { url: 'gopher://x' } }, 'callback.url'],
])('%j is a mistake at %s', (config, place) => {
  expect(mistakes(config)).toContainEqual(expect.stringContaining(place));
});

describe('secrets that everybody knows', () => {
  const config = {
    tokens: [{ id: 'a', token: 'changeme', ...rights }],
    users: [{ name: 'a', password: 'admin', ...rights }],
    signing: { secret: 'secret' },
    jwt: { secret: '123456' },
  };
  const start = async (host: string, more: Record<string, unknown> = {}, plugins: readonly (typeof http)[] = []): Promise<void> => {
    const engine = await startTestEngine({ plugins: [auth, ...plugins], config: { auth: config, engine: { host }, ...more } });
    await engine.dispose();
  };
  it('are refused where others can reach the server', async () => {
    const error = (await start('0.0.0.0').catch((thrown: unknown) => thrown)) as Error & { code: string };
    expect(error.code).toBe('ERR_CONFIG');
    for (const key of ['auth.tokens.0.token', 'auth.users.0.password', 'auth.signing.secret', 'auth.jwt.secret']) expect(error.message).toContain(key);
    expect(error.message).not.toContain('changeme');
  });
  it('are refused where one plugin alone listens on another address', async () => {
    await expect(start('127.0.0.1', { http: { port: 0, host: '0.0.0.0' } }, [http])).rejects.toMatchObject({ code: 'ERR_CONFIG' });
  });
  it('are taken on a loopback address', async () => {
    await expect(start('127.0.0.1')).resolves.toBeUndefined();
  });
});
