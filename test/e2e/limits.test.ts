import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { describeWith, killAll, run, start } from './support/programs.js';
import { type Server, startServer } from './support/server.js';

const MIB = 1024 * 1024;

/** Bodies of `POST /pulls`, and what they are answered with. */
const BODIES: readonly (readonly [string, () => Buffer | string, number, string])[] = [
  ['50 MB', () => Buffer.alloc(50 * MIB, 0x20), 413, 'ERR_HTTP_BODY_TOO_LARGE'],
  ['nested 100,000 deep', () => '['.repeat(100_000), 400, 'ERR_HTTP_JSON'],
  ['with __proto__', () => '{"path":"live/x","url":"rtmp://192.0.2.1/a/b","__proto__":{"admin":true}}', 400, 'ERR_HTTP_JSON'],
  ['with constructor.prototype', () => '{"path":"live/x","constructor":{"prototype":{"admin":true}}}', 400, 'ERR_HTTP_JSON'],
  ['of bad UTF-8', () => Buffer.concat([Buffer.from('{"path":"'), Buffer.from([0xff, 0xfe, 0xc0]), Buffer.from('"}')]), 400, 'ERR_HTTP_JSON'],
  ['cut off', () => '{"path":', 400, 'ERR_HTTP_JSON'],
  ['with a name twice, of which the last counts and is wrong', () => '{"path":"live/x","path":"..","url":"rtmp://192.0.2.1/a/b"}', 400, 'ERR_'],
  ['with a name that is unknown', () => '{"path":"live/x","url":"rtmp://192.0.2.1/a/b","shell":"sh"}', 400, 'ERR_'],
];

describeWith({ programs: ['curl'] }, 'what clients may send', () => {
  let server: Server;
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-limits-'));
    server = await startServer('all-in-one', [
      'http.trustedProxies=[127.0.0.2/32]',
      'synthetic.streams=[{ path: live/demo }]',
      'api.keys=[{ id: a, key: a-key-of-these-limits, role: admin }]',
    ]);
  }, 60_000);
  afterAll(async () => {
    await server?.stop();
    await killAll();
    rmSync(folder, { recursive: true, force: true });
  }, 30_000);

  it.each(BODIES)(
    'JSON %s is refused',
    async (_what, make, status, code) => {
      const file = join(folder, 'body');
      writeFileSync(file, make());
      const headers = ['-H', 'authorization: Bearer a-key-of-these-limits', '-H', 'content-type: application/json', '-H', 'expect:'];
      const { stdout } = await run('curl', ['-s', ...headers, '-w', ' %{http_code}', '--data-binary', `@${file}`, server.url('http', 'api/v1/pulls')]);
      expect(stdout.toString()).toMatch(new RegExp(`"code":"${code}.* ${status}$`));
    },
    20_000,
  );

  it.each([
    ['a header of 20 kB', ['-H', `x-long: ${'a'.repeat(20_000)}`], 431],
    ['3,000 headers', Array.from({ length: 3000 }, (_, index) => ['-H', `x-${index}: ${index}`]).flat(), 431],
  ])('a request with %s is refused', async (_what, headers, status) => {
    const { stdout } = await run('curl', ['-s', '-o', '/dev/null', '-w', '%{http_code}', ...headers, server.url('http', 'healthz')]);
    expect(stdout.toString()).toBe(String(status));
  });

  it.each([
    ['127.0.0.2', 'a trusted proxy', /^192\.0\.2\.7:/],
    ['127.0.0.1', 'anybody else', /^127\.0\.0\.1:/],
  ])('X-Forwarded-For of %s, %s, says %s about a viewer', async (from, who, remote) => {
    const headers = ['-H', 'x-forwarded-for: 198.51.100.1, 192.0.2.7', '-A', who];
    const viewer = start('curl', ['-sS', '--interface', from, ...headers, server.url('http', 'live/demo.flv')]);
    await viewer.wrote(/^FLV/);
    type Sessions = { readonly items: readonly { readonly remote?: string; readonly userAgent?: string }[] };
    const { body } = await server.api<Sessions>('/sessions?stream=live/demo');
    expect(body.items.find(({ userAgent }) => userAgent === who)?.remote).toMatch(remote);
    await viewer.stop();
  });

  const open = async (perMessageDeflate = false): Promise<WebSocket> => {
    const socket = new WebSocket(server.url('ws', 'live/demo.flv'), { perMessageDeflate });
    socket.on('error', () => {});
    await new Promise<void>((resolve) => socket.once('message', () => resolve()));
    return socket;
  };
  const closedWith = (socket: WebSocket): Promise<number> => new Promise((resolve) => socket.once('close', resolve));

  it('a WebSocket message beyond the limit ends it with 1009; compression is not agreed on', async () => {
    const socket = await open(true);
    expect(socket.extensions).toBe('');
    const closed = closedWith(socket);
    socket.send(Buffer.alloc(64 * 1024 + 1));
    expect(await closed).toBe(1009);
  });

  it('a frame that declares 2^63 bytes ends its WebSocket', async () => {
    const socket = await open();
    const closed = closedWith(socket);
    const { _socket: raw } = socket as unknown as { readonly _socket: { write(bytes: Buffer): void } };
    raw.write(Buffer.from([0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4]));
    expect([1006, 1009]).toContain(await closed);
  });

  it('10,000 small frames hold nobody up', async () => {
    const socket = await open();
    for (let index = 0; index < 10_000; index++) socket.send('x');
    const startedMs = performance.now();
    const { stdout } = await run('curl', ['-sS', server.url('http', 'healthz')]);
    expect(stdout.toString()).toBe('{"status":"running"}');
    expect(performance.now() - startedMs).toBeLessThan(2000);
    socket.terminate();
  });
});
