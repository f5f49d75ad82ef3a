import { startTestEngine, type TestEngine } from '@sluice/core/testing';
import { httpService } from '@sluice/plugin-http/service';
import allInOne from '../src/index.js';

/** What needs no key: answers about health, the player page with its files, and the API's description. Whatever else there is, is guarded. */
const PUBLIC = [/^\/$/, /^\/healthz$/, /^\/readyz$/, /^\/player(\/|$)/, /^\/docs(\/|$)/, /^\/api\/v1\/openapi\.json$/];
/** What only the role `admin` may do. */
const ADMIN = ['POST /api/v1/auth/tokens', 'DELETE /api/v1/auth/tokens/:id'];
const SAFE = ['GET', 'HEAD'];

const KEYS = [
  { id: 'old', key: 'an-old-key', role: 'admin', expiresAt: '2020-01-01T00:00:00Z' },
  { id: 'reader', key: 'a-read-key', role: 'read' },
  { id: 'operator', key: 'an-operate-key', role: 'operate' },
];
const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
const forged = { 'x-forwarded-for': '127.0.0.1', 'x-real-ip': '127.0.0.1', forwarded: 'for=127.0.0.1' };
const UNKNOWN: Readonly<Record<string, Record<string, string>>> = {
  'no key': {},
  'a wrong key': bearer('wrong'),
  'an expired key': bearer('an-old-key'),
  'a key by Basic': { authorization: `Basic ${Buffer.from('admin:an-admin-key').toString('base64')}` },
  'forged headers': forged,
};

let engine: TestEngine;
let routes: string[];
beforeAll(async () => {
  const free = { port: 0 };
  engine = await startTestEngine({
    preset: allInOne,
    config: {
      http: free,
      rtmp: free,
      rtsp: { port: 0, udpPort: 0 },
      'rtp-ps': free,
      gb28181: { sip: free },
      api: { key: 'an-admin-key', keys: KEYS },
    },
  });
  routes = engine
    .service(httpService)
    .routes()
    .flatMap(({ url, methods }) => methods.map((method) => `${method} ${url}`));
});
afterAll(() => engine.dispose());

async function ask(route: string, headers: Record<string, string>): Promise<number> {
  const [method = '', pattern = ''] = route.split(' ');
  const port = engine.addresses.find(({ name }) => name === 'http')?.port;
  const url = `http://127.0.0.1:${port}${pattern.replace(/:[A-Za-z]+|\*/g, 'x')}`;
  const response = await fetch(url, { method, headers, redirect: 'manual', signal: AbortSignal.timeout(5000) });
  await response.body?.cancel();
  return response.status;
}
const guarded = (): string[] => routes.filter((route) => !PUBLIC.some((open) => open.test(route.split(' ')[1] ?? '')));
const answers = async (asked: readonly string[], headers: Record<string, string>) =>
  Object.fromEntries(await Promise.all(asked.map(async (route) => [route, await ask(route, headers)] as const)));
const all = (asked: readonly string[], status: number) => Object.fromEntries(asked.map((route) => [route, status]));

it('knows the routes', () => {
  expect(guarded().length).toBeGreaterThan(40);
  expect(routes).toEqual(expect.arrayContaining([...ADMIN, 'GET /metrics', 'GET /api/v1/streams/*', 'POST /api/v1/create_pullChannel', 'GET /player']));
});

it.each(Object.keys(UNKNOWN))('every route but the public ones refuses %s', async (who) => {
  expect(await answers(guarded(), UNKNOWN[who] ?? {})).toEqual(all(guarded(), 401));
});

it('says the same of calls that do not exist', async () => {
  for (const who of Object.values(UNKNOWN)) expect(await ask('GET /api/v1/nothing/of/the/kind', who)).toBe(401);
});

it('a key to read may do nothing else; only admin makes and takes tokens', async () => {
  const acting = guarded().filter((route) => !SAFE.includes(route.split(' ')[0] ?? ''));
  expect(await answers(acting, bearer('a-read-key'))).toEqual(all(acting, 403));
  expect(await answers(ADMIN, bearer('an-operate-key'))).toEqual(all(ADMIN, 403));
  const open = await answers(
    guarded().filter((route) => !acting.includes(route) && !route.includes('/events')),
    bearer('a-read-key'),
  );
  expect(Object.entries(open).filter(([, status]) => status === 401 || status === 403)).toEqual([]);
});
