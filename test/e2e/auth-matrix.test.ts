import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthority } from './support/certificates.js';
import { describeWith, killAll, run, start } from './support/programs.js';
import { type Server, startServer, streamState } from './support/server.js';

const THERE = 'live/there';
const MISSING = 'live/gone1';
const SECRET = 'the secret of signed URLs';
const TOKENS = [
  { id: 'old', token: 'an-expired-token', actions: ['publish', 'play'], paths: ['**'], expiresAt: '2020-01-01T00:00:00Z' },
  { id: 'elsewhere', token: 'a-foreign-token', actions: ['publish', 'play'], paths: ['other/**'] },
  { id: 'encoder', token: 'a-good-token', actions: ['publish', 'play'], paths: ['live/*'] },
];

interface Address {
  readonly name: string;
  readonly protocol: 'tcp' | 'udp';
  readonly port: number;
}
/** What somebody without the right presents. `status` as in HTTP. */
interface Credential {
  readonly status: 401 | 403;
  readonly query: (action: string, path: string) => string;
  readonly headers?: readonly string[];
}
/** A way to a stream: by somebody else's program, with what it says of the refusal. */
interface Way {
  readonly action: 'publish' | 'play';
  ask(port: number, path: string, query: string, headers: readonly string[]): Promise<string>;
  /** What it says of each status. */
  readonly refusals: Readonly<Record<401 | 403, RegExp>>;
}

const signed = (action: string, path: string, seconds: number): string => {
  const exp = Math.floor(Date.now() / 1000) + seconds;
  return `?exp=${exp}&sig=${createHmac('sha256', SECRET).update(`${action}\n${path}\n${exp}`).digest('hex')}`;
};
const CREDENTIALS: Readonly<Record<string, Credential>> = {
  no: { status: 401, query: () => '' },
  wrong: { status: 401, query: () => '?token=wrong' },
  expired: { status: 401, query: () => '?token=an-expired-token' },
  'expired signature': { status: 401, query: (action, path) => signed(action, path, -1) },
  foreign: { status: 403, query: () => '?token=a-foreign-token' },
  'signature of another path': { status: 401, query: (action) => signed(action, 'live/other', 60) },
  'signature of another action': { status: 401, query: (action, path) => signed(action === 'play' ? 'publish' : 'play', path, 60) },
  'forged headers': {
    status: 401,
    query: () => '',
    headers: ['X-Forwarded-For: 127.0.0.1', 'Forwarded: for=127.0.0.1', 'X-Real-IP: 127.0.0.1', 'Host: localhost'],
  },
};

const upgrade = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=='];
/** A request by curl; answers status, headers and body without what tells the time. */
const byCurl = (scheme: string, target: (path: string) => string, more: readonly string[] = []): Way => ({
  action: 'play',
  ask: async (port, path, query, headers) => {
    const all = [...headers, ...more].flatMap((header) => ['-H', header]);
    const { stdout } = await run('curl', ['-sik', '--http1.1', '--max-time', '10', ...all, `${scheme}://127.0.0.1:${port}/${target(path)}${query}`]);
    return stdout.toString().replace(/^date: .*\r\n/im, '');
  },
  refusals: { 401: /^HTTP\/1.1 401 [\s\S]*www-authenticate: Bearer/i, 403: /^HTTP\/1.1 403 / },
});
const httpWays = (scheme: string): Readonly<Record<string, Way>> => ({
  'HTTP-FLV': byCurl(scheme, (path) => `${path}.flv`),
  'WebSocket-FLV': byCurl(scheme, (path) => `${path}.flv`, upgrade),
  HLS: byCurl(scheme, (path) => `${path}.m3u8`),
});
const toolWays = (scheme: 'rtmp' | 'rtmps' | 'rtsp' | 'rtsps'): Readonly<Record<string, Way>> => {
  const isRtsp = scheme.startsWith('rtsp');
  const said = (text: string): string =>
    text.replaceAll(/\[.*? @ 0x[0-9a-f]+\] ?/g, '').replaceAll(/^.*(Conversion|Error (opening|writing)|Could not write).*$/gm, '');
  const transport = isRtsp ? ['-rtsp_transport', 'tcp'] : [];
  const picture = ['-f', 'lavfi', '-i', 'color=s=64x64:r=5', '-t', '10', '-c:v', isRtsp ? 'mjpeg' : 'flv1', '-pix_fmt', isRtsp ? 'yuvj420p' : 'yuv420p'];
  const url = (port: number, path: string, query: string): string => `${scheme}://127.0.0.1:${port}/${path}${query}`;
  return {
    [`${scheme} play`]: {
      action: 'play',
      ask: async (port, path, query) => said((await run('ffprobe', ['-v', 'error', ...transport, url(port, path, query)])).stderr),
      refusals: isRtsp
        ? { 401: /401 Unauthorized/, 403: /403 Forbidden/ }
        : { 401: /NetStream\.Play\.Failed|a valid credential is needed/, 403: /NetStream\.Play\.Failed|does not allow it/ },
    },
    [`${scheme} publish`]: {
      action: 'publish',
      ask: async (port, path, query) => {
        const args = ['-v', 'error', ...picture, ...transport, '-f', isRtsp ? 'rtsp' : 'flv', url(port, path, query)];
        const { code, stderr } = await run('ffmpeg', args);
        return code === 0 ? 'published' : said(stderr);
      },
      refusals: isRtsp ? { 401: /401 Unauthorized/, 403: /403 Forbidden/ } : { 401: /valid credential is needed/, 403: /does not allow it/ },
    },
  };
};
/** The ways in at each listener, by its name. */
const WAYS: Readonly<Record<string, Readonly<Record<string, Way>>>> = {
  http: httpWays('http'),
  https: httpWays('https'),
  rtmp: toolWays('rtmp'),
  rtmps: toolWays('rtmps'),
  rtsp: toolWays('rtsp'),
  rtsps: toolWays('rtsps'),
};
/** Listeners where nobody asks for a stream: devices prove their password, and media comes to who has an SSRC of ours. */
const OTHERS = /^(sip-tcp|media\/tcp)$/;

describeWith({ programs: ['curl', 'ffmpeg', 'ffprobe', 'openssl'] }, 'whoever has no right', () => {
  let server: Server;
  let folder: string;
  let addresses: readonly Address[];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-auth-matrix-'));
    const authority = await createAuthority(folder);
    await authority.issue('server');
    const tls = ['http', 'rtmp', 'rtsp'].map((name) => `${name}.tls={ cert: ${authority.cert}, key: ${authority.key}, port: 0 }`);
    server = await startServer('all-in-one', [
      ...tls,
      'auth.publish=token',
      'auth.play=token',
      `auth.signing.secret=${SECRET}`,
      `auth.tokens=${JSON.stringify(TOKENS)}`,
      'api.keys=[{ id: reader, key: a-key-that-reads, role: read }, { id: old, key: a-key-of-once, role: admin, expiresAt: "2020-01-01T00:00:00Z" }]',
      'engine.limits.failureBurst=100000',
      'synthetic.streams=[{ path: live/camera }]',
    ]);
    const picture = ['-f', 'lavfi', '-i', 'testsrc=size=160x120:rate=5', '-c:v', 'libx264', '-preset', 'ultrafast', '-g', '5'];
    start('ffmpeg', ['-v', 'error', '-re', ...picture, '-f', 'flv', server.url('rtmp', `${THERE}?token=a-good-token`)]);
    await streamState(server, THERE, ({ state }: { readonly state: string }) => state === 'live');
    addresses = (await server.api<{ readonly addresses: readonly Address[] }>('/server')).body.addresses;
  }, 60_000);
  afterAll(async () => {
    await killAll();
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  }, 30_000);

  it('knows every listener', () => {
    const listening = addresses.filter(({ protocol }) => protocol === 'tcp').map(({ name }) => name);
    expect(listening).toEqual(expect.arrayContaining(Object.keys(WAYS)));
    expect(listening.filter((name) => !(name in WAYS) && !OTHERS.test(name))).toEqual([]);
  });

  it.each(Object.entries(WAYS).flatMap(([listener, ways]) => Object.entries(ways).map(([name, way]) => [listener, name, way] as const)))(
    'is refused at %s by %s, with the same words whether the stream is there or not',
    async (listener, _name, way) => {
      const port = addresses.find(({ name }) => name === listener)?.port ?? 0;
      // Who is let in is decided behind TLS as without it.
      const asked = Object.entries(CREDENTIALS).filter(([name]) => !listener.endsWith('s') || ['no', 'wrong', 'foreign'].includes(name));
      const answers = await Promise.all(
        asked.map(async ([name, { query, headers = [], status }]) => {
          const [there = '', missing = ''] = await Promise.all(
            [THERE, MISSING].map(async (path) => (await way.ask(port, path, query(way.action, path), headers)).replaceAll(path, 'PATH')),
          );
          const strip = (text: string): string => text.replaceAll(/exp=\d+|sig=[0-9a-f]+/g, '');
          return { name, says: way.refusals[status].test(there) ? status : there, same: strip(there) === strip(missing) ? true : missing };
        }),
      );
      expect(answers).toEqual(asked.map(([name, { status }]) => ({ name, says: status, same: true })));
    },
    60_000,
  );

  it('is answered as soon for a stream that is there as for one that is not', async () => {
    const times = async (path: string): Promise<number[]> => {
      const urls = Array.from({ length: 41 }, () => ['-o', '/dev/null', server.url('http', `${path}.flv?token=wrong`)]).flat();
      const { stdout } = await run('curl', ['-s', '-w', '%{time_total}\n', ...urls]);
      return stdout
        .toString()
        .trim()
        .split('\n')
        .map(Number)
        .sort((a, b) => a - b);
    };
    const [there, missing] = [await times(THERE), await times(MISSING)];
    expect(Math.abs((there[20] ?? 0) - (missing[20] ?? 1))).toBeLessThan(0.05);
  }, 30_000);

  it('is refused by every call of the API that its description has', async () => {
    const description = JSON.parse((await run('curl', ['-s', server.url('http', 'api/v1/openapi.json')])).stdout.toString());
    const routes = Object.entries<object>(description.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => [method.toUpperCase(), path.replaceAll(/\{[^}]+\}/g, 'x')] as const),
    );
    expect(routes.length).toBeGreaterThan(30);
    const who: readonly (readonly string[])[] = [
      [],
      ['Authorization: Bearer wrong'],
      ['Authorization: Bearer a-key-of-once'],
      ['Authorization: Bearer a-good-token'],
      ['X-Forwarded-For: 127.0.0.1', 'Host: localhost'],
    ];
    const ask = async (headers: readonly string[], list: typeof routes): Promise<string[]> => {
      // All in one process: the options of each request, and `next`.
      const requests = list.map(([method, path]) => {
        const url = path.startsWith('/api/') ? path : `/api/v1${path}`;
        const lines = [`url = "http://127.0.0.1:${server.ports.http}${url}"`, `request = ${method}`, 'output = /dev/null', 'max-time = 10', 'silent'];
        return [...lines, ...headers.map((header) => `header = "${header}"`), `write-out = "%{http_code} ${method} ${url}\\n"`].join('\n');
      });
      const { stdout } = await run('curl', ['-K', '-'], { input: Buffer.from(requests.join('\nnext\n')) });
      return stdout.toString().trim().split('\n');
    };
    for (const headers of who) {
      const answers = await ask(headers, routes);
      expect(answers).toHaveLength(routes.length);
      expect(answers.filter((answer) => !answer.startsWith('401 '))).toEqual([]);
    }
    const acting = routes.filter(([method]) => method !== 'GET' && method !== 'HEAD');
    expect((await ask(['Authorization: Bearer a-key-that-reads'], acting)).filter((answer) => !answer.startsWith('403 '))).toEqual([]);
    // A picture of a stream is the API's to give: a key that reads, no token.
    const picture = (headers: readonly string[]) => ask(headers, [['GET', `/streams/${THERE}/snapshot.jpg`]]);
    expect((await picture(['Authorization: Bearer a-good-token']))[0]).toMatch(/^401/);
    expect((await picture(['Authorization: Bearer a-key-that-reads']))[0]).toMatch(/^200/);
  }, 30_000);
});
