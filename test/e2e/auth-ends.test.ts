import { createHmac } from 'node:crypto';
import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describeWith, killAll, type Running, run, start } from './support/programs.js';
import { type Server, startServer, streamState } from './support/server.js';

const PATH = 'live/guarded';
const SECRET = 'the secret that signs';
/** The contract's: a session ends so soon after its permission. */
const SOON_MS = 2000;

interface EventBody {
  readonly timestamp: string;
  readonly data: {
    readonly session: { readonly protocol: string; readonly kind: string; readonly query: object };
    readonly reason: { readonly code: string; readonly message?: string };
  };
}
/** A way to present a credential in a URL: what goes behind the path, and headers. */
type Form = (path: string, suffix: string) => { readonly url: string; readonly headers?: readonly string[] };

const seconds = (): number => Math.floor(Date.now() / 1000);
const base64url = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const jwt = (claims: object, secret = SECRET): string => {
  const text = `${base64url({ alg: 'HS256', typ: 'JWT' })}.${base64url(claims)}`;
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
};
const signed = (action: string, path: string, exp: number): string =>
  `exp=${exp}&sig=${createHmac('sha256', SECRET).update(`${action}\n${path}\n${exp}`).digest('hex')}`;

const headerArgs = (headers: readonly string[] = []): string[] => headers.flatMap((header) => ['-H', header]);
const curl = (url: string, headers?: readonly string[]): Running => start('curl', ['-sN', ...headerArgs(headers), url]);
const plays = (program: Running): Promise<unknown> => program.wrote(/[\s\S]{20000}/);
const publish = (format: 'flv' | 'rtsp', url: string): Running => {
  const picture = ['-f', 'lavfi', '-i', 'testsrc=size=320x240:rate=10', '-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-g', '10'];
  return start('ffmpeg', ['-v', 'error', '-re', ...picture, '-b:v', '400k', '-f', format, url]);
};

/** Asks by curl. */
async function ask(url: string, headers?: readonly string[]): Promise<{ readonly status: number; readonly text: string }> {
  const { stdout } = await run('curl', ['-s', '-w', '\n%{http_code}', '--max-time', '30', ...headerArgs(headers), url]);
  const [, text = '', status] = /^([\s\S]*)\n(\d+)$/.exec(stdout.toString('latin1')) ?? [];
  return { status: Number(status), text };
}
const mediaOf = (text: string, url: string): string[] =>
  text.split('\n').flatMap((line) => (line === '' || line.startsWith('#') ? [] : [new URL(line, url).href]));

/** Sessions that end, as `GET /events` tells by curl. */
async function watchEnds(server: Server): Promise<{ until(count: number): Promise<EventBody[]>; stop(): Promise<unknown> }> {
  const key = (await run('cat', [`${server.data}/secrets/api-key`])).stdout.toString().trim();
  const watching = curl(server.url('http', 'api/v1/events?types=session.ended'), [`authorization: Bearer ${key}`]);
  await watching.wrote(/^: /m);
  return {
    until: async (count) => {
      await watching.wrote(new RegExp(`(event: session.ended\\ndata: .*\\n[\\s\\S]*){${count}}`));
      return [...watching.output().matchAll(/^event: session.ended\ndata: (.*)$/gm)].map(([, json = '']) => JSON.parse(json));
    },
    stop: () => watching.stop('SIGKILL'),
  };
}

/** One viewer of each protocol on one credential, by programs that others wrote; `ended` where the program notices. */
function viewersOf(server: Server, query: string) {
  const http = (suffix: string): string => server.url('http', `${PATH}.${suffix}?${query}`);
  const rtsp = ['-q', 'rtspsrc', `location=${server.url('rtsp', `${PATH}?${query}`)}`, 'protocols=tcp', '!', 'rtph264depay', '!', 'fdsink', 'fd=1'];
  const upgrade = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=='];
  return {
    'http-flv': curl(http('flv')),
    'ws-flv': start('curl', ['-sN', '--http1.1', ...headerArgs(upgrade), http('flv')]),
    rtmp: start('rtmpdump', ['-q', '-r', server.url('rtmp', `${PATH}?${query}`), '--live', '-o', '-']),
    rtsp: start('gst-launch-1.0', rtsp),
    hls: start('ffmpeg', ['-v', 'error', '-i', http('m3u8'), '-c', 'copy', '-f', 'mpegts', '-']),
  };
}

/** Waits until each viewer plays, has `end` end them and `others` more, and tells what `GET /events` said of them. */
async function endsOf(server: Server, query: string, others: number, end: () => Promise<number>) {
  const ends = await watchEnds(server);
  const viewers = viewersOf(server, query);
  await Promise.all(Object.values(viewers).map(plays));
  const endedAtMs = await end();
  const told = await ends.until(ALL.length + others);
  await Promise.all(Object.values(viewers).map(({ ended }) => ended));
  await ends.stop();
  const late = told.filter(({ timestamp }) => Date.parse(timestamp) - endedAtMs > SOON_MS);
  const early = told.filter(({ timestamp }) => Date.parse(timestamp) < endedAtMs);
  return {
    sessions: told.map(({ data: { session } }) => `${session.kind} ${session.protocol}`).sort(),
    reasons: told.map(({ data: { reason } }) => reason),
    late,
    early,
  };
}

const ALL = ['viewer hls', 'viewer http-flv', 'viewer rtmp', 'viewer rtsp', 'viewer ws-flv'];
const NEEDS = { programs: ['curl', 'ffmpeg', 'gst-launch-1.0', 'rtmpdump'] };

afterAll(killAll);

describeWith(NEEDS, 'tokens and signed URLs', () => {
  let server: Server;
  let publisher: Running;
  const createToken = async (actions: readonly string[]) => {
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ actions, paths: ['live/*'] }) };
    return (await server.api<{ readonly id: string; readonly token: string }>('/auth/tokens', init)).body;
  };
  beforeAll(async () => {
    server = await startServer('server', [
      'auth.publish=token',
      'auth.play=token',
      `auth.signing.secret=${SECRET}`,
      'hls.segmentSeconds=1',
      'hls.alwaysOn=[live/*]',
    ]);
    publisher = publish('flv', server.url('rtmp', `${PATH}?token=${(await createToken(['publish'])).token}`));
    await streamState(server, PATH, ({ state }: { readonly state: string }) => state === 'live');
  }, 60_000);
  afterAll(() => server?.stop());

  it.each<[string, (token: string) => Form]>([
    ['the path', (token) => (path) => ({ url: `hls/${encodeURIComponent(path)}/${token}` })],
    ['the path, with the last part of the stream only', (token) => () => ({ url: `hls/guarded/${token}` })],
    ['the query', (token) => (path, suffix) => ({ url: `${path}.${suffix}?token=${token}` })],
    ['Authorization', (token) => (path, suffix) => ({ url: `${path}.${suffix}`, headers: [`Authorization: Bearer ${token}`] })],
    ['a header', (token) => (path, suffix) => ({ url: `${path}.${suffix}`, headers: [`gmv-token: ${token}`] })],
    ['a signature', () => (path, suffix) => ({ url: `${path}.${suffix}?${signed('play', path, seconds() + 60)}` })],
  ])('HLS takes a credential in %s; segments need the session that the playlist gave, and nothing else', async (_name, formOf) => {
    const { token } = await createToken(['play']);
    const { url, headers } = formOf(token)(PATH, 'm3u8');
    const at = server.url('http', url);
    const playlist = await ask(at, headers);
    expect(playlist.status).toBe(200);
    expect(playlist.text).not.toContain(token);
    const [segment = ''] = mediaOf(playlist.text, at);
    expect((await ask(segment)).status).toBe(200);
    const session = new URL(segment).searchParams.get('session') ?? '';
    expect(session.length).toBeGreaterThanOrEqual(16);
    for (const foreign of ['', '?session=', `?session=${'A'.repeat(session.length)}`, `?session=${session.slice(0, -1)}`, `?token=${token}`]) {
      expect([foreign, (await ask(segment.replace(/\?.*/, foreign))).status]).toEqual([foreign, 404]);
    }
    expect((await ask(segment.replace(/hls\/[^/]+/, 'hls/AAAAAAAAAAAA'))).status).toBe(404);
  });

  it('a token that is taken back ends viewers of every protocol, with the reason; segments are no longer given', async () => {
    const { id, token } = await createToken(['play']);
    const at = server.url('http', `${PATH}.m3u8?token=${token}&mine`);
    const [segment = ''] = mediaOf((await ask(at)).text, at);
    expect((await ask(segment)).status).toBe(200);
    const { sessions, reasons, late } = await endsOf(server, `token=${token}`, 1, async () => {
      expect((await server.api(`/auth/tokens/${id}`, { method: 'DELETE' })).status).toBe(204);
      return Date.now();
    });
    expect(sessions).toEqual(['viewer hls', ...ALL]);
    expect(reasons).toEqual(reasons.map(() => ({ code: 'refused', message: 'the permission was taken back' })));
    expect(late).toEqual([]);
    expect((await ask(segment)).status).toBe(404);
    expect((await ask(at)).status).toBe(401);
    expect(publisher.process.exitCode).toBeNull();
  }, 40_000);

  it('a signed URL that expires ends publishers too', async () => {
    const path = 'live/short';
    const short = publish('rtsp', server.url('rtsp', `${path}?${signed('publish', path, seconds() + 4)}`));
    const ends = await watchEnds(server);
    await streamState(server, path, ({ state }: { readonly state: string }) => state === 'live');
    const told = (await ends.until(1)).find(({ data: { session } }) => session.kind === 'publisher');
    expect(told?.data.reason).toEqual({ code: 'refused', message: 'the permission expired' });
    await short.ended;
    await ends.stop();
  }, 30_000);
});

describeWith(NEEDS, 'JSON Web Tokens', () => {
  let server: Server;
  beforeAll(async () => {
    server = await startServer('server', ['auth.publish=jwt', 'auth.play=jwt', `auth.jwt.secret=${SECRET}`, 'hls.segmentSeconds=1']);
  }, 60_000);
  afterAll(() => server?.stop());

  it('let in by claims, and end viewers and publisher of every protocol with `exp`', async () => {
    const exp = seconds() + 14;
    const claims = { actions: ['publish', 'play'], paths: ['live/*'] };
    const token = jwt({ ...claims, exp });
    const publisher = publish('flv', server.url('rtmp', `${PATH}?token=${token}`));
    await streamState(server, PATH, ({ state }: { readonly state: string }) => state === 'live');
    const at = (query: string): string => server.url('http', `${PATH}.m3u8${query}`);
    for (const bad of [jwt(claims, 'another'), jwt({ ...claims, exp: seconds() - 1 }), 'no.jwt.atall', `${base64url({ alg: 'none' })}.${base64url(claims)}.`]) {
      expect((await ask(at(`?token=${bad}`))).status).toBe(401);
    }
    expect((await ask(at(`?token=${jwt({ ...claims, paths: ['other/*'] })}`))).status).toBe(403);
    expect((await ask(server.url('http', `hls/guarded/${token}`))).status).toBe(200);
    const { sessions, reasons, late, early } = await endsOf(server, `token=${token}`, 2, async () => exp * 1000);
    expect(sessions).toEqual(['publisher rtmp', 'viewer hls', ...ALL]);
    // Whoever is still there when the publisher is ended goes with the stream.
    for (const { message } of reasons) expect(message).toBe('the permission expired');
    expect([late, early]).toEqual([[], []]);
    await publisher.ended;
  }, 60_000);
});

describeWith(NEEDS, 'a callback', () => {
  let server: Server;
  let asked: { readonly protocol: string; readonly token?: string; readonly query: Readonly<Record<string, string>> }[];
  let decider: HttpServer;
  beforeAll(async () => {
    asked = [];
    decider = createServer(async (request, response) => {
      const pieces: Buffer[] = [];
      for await (const piece of request) pieces.push(piece as Buffer);
      const question = JSON.parse(Buffer.concat(pieces).toString());
      asked.push(question);
      response.writeHead(question.action === 'publish' || question.query.owner === 'x' ? 200 : 403).end();
    });
    await new Promise<void>((resolve) => decider.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(decider.address() as AddressInfo).port}/`;
    server = await startServer('server', [
      'auth.publish=callback',
      'auth.play=callback',
      `auth.callback.url=${url}`,
      'hls.segmentSeconds=1',
      'hls.alwaysOn=[live/*]',
    ]);
    publish('flv', server.url('rtmp', PATH));
    await streamState(server, PATH, ({ state }: { readonly state: string }) => state === 'live');
  }, 60_000);
  afterAll(async () => {
    await server?.stop();
    await new Promise((resolve) => decider?.close(resolve));
  });

  it('is asked once for an HLS viewer: its segments and next playlists are not asked about', async () => {
    const at = server.url('http', `${PATH}.m3u8?owner=x`);
    asked.length = 0;
    for (let round = 0; round < 3; round++) {
      const { text, status } = await ask(at, ['Cookie: none=1']);
      expect(status).toBe(200);
      for (const segment of mediaOf(text, at)) expect((await ask(segment)).status).toBe(200);
    }
    expect(asked.map(({ protocol, query }) => ({ protocol, query }))).toEqual([{ protocol: 'hls', query: { owner: 'x' } }]);
    expect((await ask(server.url('http', `${PATH}.m3u8?owner=y`))).status).toBe(403);
  }, 30_000);
});
