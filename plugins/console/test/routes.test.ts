import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fastify from 'fastify';
import { playerLink } from '../src/net/player-link.js';
import { addRoutes } from '../src/net/routes.js';
import { loadWebFiles } from '../src/net/web-files.js';

async function builtFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'console-'));
  await mkdir(join(folder, 'player', 'assets'), { recursive: true });
  await writeFile(join(folder, 'index.html'), '<!doctype html>');
  await writeFile(join(folder, 'player', 'assets', 'index-1.js'), '1');
  return folder;
}

async function served(basePath: string, redirectRoot = true) {
  const folder = await builtFolder();
  const files = await loadWebFiles(folder);
  await rm(folder, { recursive: true });
  const app = fastify();
  app.register(async (scope) => addRoutes(scope, { basePath, files, redirectRoot }), { prefix: basePath });
  return app;
}

describe.each(['', '/media'])('player page below "%s"', (basePath) => {
  it('is sent with a content security policy', async () => {
    const app = await served(basePath);
    const page = await app.inject(`${basePath}/player?stream=live/demo`);
    expect(page.statusCode).toBe(200);
    expect(page.headers['content-type']).toContain('text/html');
    expect(page.headers['content-security-policy']).toMatch(/^default-src 'self'; .*style-src 'self'/);
    expect(page.headers['content-security-policy']).not.toContain('unsafe');
    expect(page.headers['x-content-type-options']).toBe('nosniff');
  });

  it('has assets, and only those', async () => {
    const app = await served(basePath);
    const asset = await app.inject(`${basePath}/player/assets/index-1.js`);
    expect([asset.statusCode, asset.body, asset.headers['content-type']]).toEqual([200, '1', 'text/javascript; charset=utf-8']);
    for (const name of ['index.html', '..%2f..%2findex.html', '..%2F..%2F..%2Fpackage.json', 'index-2.js', 'constructor']) {
      expect((await app.inject(`${basePath}/player/assets/${name}`)).statusCode).toBe(404);
    }
  });

  it('is where the bare address leads', async () => {
    const app = await served(basePath);
    for (const path of ['/', '/player/']) {
      const answer = await app.inject(`${basePath}${path}?stream=live/demo`);
      expect([answer.statusCode, answer.headers.location]).toEqual([302, `${basePath}/player?stream=live/demo`]);
    }
    expect((await (await served(basePath, false)).inject(`${basePath}/`)).statusCode).toBe(404);
  });
});

describe('player page', () => {
  it('leaves a bare address that is taken', async () => {
    const app = fastify();
    app.get('/', () => 'mine');
    app.register(async (scope) => addRoutes(scope, { basePath: '', files: undefined, redirectRoot: true }));
    expect((await app.inject('/')).body).toBe('mine');
    expect((await app.inject('/player')).statusCode).toBe(503);
  });

  it('is in the banner, with the key on the first start only', () => {
    const address = { name: 'http', plugin: 'http', protocol: 'tcp' as const, host: '0.0.0.0', port: 8080, secure: false };
    const secret = { plugin: 'api', name: 'api-key', value: 'a+b', fresh: true, file: '/x' };
    const link = (fresh: boolean) => playerLink({ host: '10.0.0.1', addresses: [address], secrets: [{ ...secret, fresh }] }, '/m', 'live/demo')[0]?.text;
    expect(link(true)).toBe('http://10.0.0.1:8080/m/player?stream=live/demo#key=a%2Bb');
    expect(link(false)).toBe('http://10.0.0.1:8080/m/player?stream=live/demo');
    expect(playerLink({ host: 'h', addresses: [], secrets: [] }, '', undefined)).toEqual([]);
  });
});
