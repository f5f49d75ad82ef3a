import { createHash } from 'node:crypto';
import { call, engine, publish, start, url } from './support/engine.js';

afterEach(() => engine.dispose());

describe('access', () => {
  beforeEach(() => start());
  it.each([
    'GET /server',
    'GET /streams/live/none',
    'DELETE /streams/live/none',
    'GET /nothing',
    'POST /gb28181/channels/1/play',
    'GET /events',
    'OPTIONS /server',
  ])('%s: 401 without or with an unknown key, before anything else is looked at', async (line) => {
    const [method = '', path = ''] = line.split(' ');
    for (const key of ['', 'unknown', 'admin-key2'])
      expect(await call(method, path, key)).toMatchObject({ status: 401, body: { error: { code: 'ERR_UNAUTHORIZED' } } });
  });
  it('lets roles do what they may', async () => {
    await publish('live/a');
    expect((await call('GET', '/streams', 'read-key')).status).toBe(200);
    expect((await call('DELETE', '/streams/live/a', 'read-key')).status).toBe(403);
    expect((await call('DELETE', '/streams/live/none', 'read-key')).status).toBe(403);
    expect((await call('DELETE', '/streams/live/a', 'operate-key')).status).toBe(204);
  });
  it('needs no key for the document and the page', async () => {
    const answer = await fetch(url('/api/v1/openapi.json'));
    const document = (await answer.json()) as { openapi: string; paths: Record<string, unknown> };
    expect(document.openapi).toBe('3.1.0');
    expect(Object.keys(document.paths)).toEqual(expect.arrayContaining(['/api/v1/streams/{path}', '/api/v1/server', '/api/v1/events']));
    expect(Object.keys(document.paths).some((path) => path.includes('*'))).toBe(false);
    const page = await fetch(url('/docs'));
    expect([page.status, page.headers.get('content-type')]).toEqual([200, expect.stringContaining('text/html')]);
  });
  it('sends the page with a policy that lets in its own scripts and the one style sheet within, and nothing else', async () => {
    const page = await fetch(url('/docs'));
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(/^default-src 'self'; .*object-src 'none'; .*frame-ancestors 'none'$/);
    expect(policy).not.toMatch(/script-src|unsafe-eval|\*|https?:|style-src [^;]*unsafe-inline/);
    // The page of a newer library has another style sheet, whose hash belongs into the policy.
    const script = /src="([^"]*standalone-preset\.js)"/.exec(await page.text())?.[1] ?? '';
    const styles = [...(await (await fetch(url(script))).text()).matchAll(/createElement\("style",null,"([^"]*)"\)/g)];
    expect(styles).toHaveLength(1);
    expect(policy).toContain(
      `'sha256-${createHash('sha256')
        .update(styles[0]?.[1] ?? '')
        .digest('base64')}'`,
    );
  });
  it('sends answers with a policy that lets in nothing', async () => {
    const { headers } = await fetch(url('/api/v1/openapi.json'));
    expect(headers.get('content-security-policy')).toBe("default-src 'none'; frame-ancestors 'none'");
  });
});

it('makes a key at the first start and keeps it', async () => {
  await start([], { api: {} });
  const [secret] = engine.secrets;
  expect(secret).toMatchObject({ name: 'api-key', fresh: true });
  expect((await call('GET', '/server', secret?.value)).status).toBe(200);
});
