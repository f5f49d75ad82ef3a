import { createHmac, generateKeyPairSync } from 'node:crypto';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AccessAction, AccessRequest, Credentials } from '@sluice/core';
import { FakeClock, MemorySink, startTestEngine, type TestEngine, testForm, testVideoTrack } from '@sluice/core/testing';
import { exportJWK, SignJWT } from 'jose';
import auth from '../src/index.js';
import { authService } from '../src/service.js';

const PATH = 'live/a';
let clock: FakeClock;
let engine: TestEngine;
const start = async (config: Record<string, unknown>): Promise<void> => {
  clock = new FakeClock();
  engine = await startTestEngine({ clock, plugins: [auth], config: { auth: config } });
};
afterEach(() => engine.dispose());

/** What came of an attempt: `ok`, or the status. */
async function attempt(action: AccessAction, peer: Partial<AccessRequest> = {}, path = PATH): Promise<'ok' | number | undefined> {
  const options = { protocol: 'test', remote: '10.0.0.1:5000', ...peer };
  try {
    if (action === 'publish') await (await engine.streams.publish(path, { ...options, tracks: [testVideoTrack()] })).close();
    else await engine.streams.locate(path, options);
    return 'ok';
  } catch (error) {
    const { status } = error as { status?: number };
    // Found missing after it was allowed.
    return status === 404 ? 'ok' : status;
  }
}
const play = (peer: Partial<AccessRequest> = {}, path = PATH) => attempt('play', peer, path);
const proves = (name: string, password: string): Credentials => ({ name, verify: (wanted) => wanted === password });
const wallSeconds = (): number => Math.floor(clock.wallMs() / 1000);

describe('open', () => {
  it('lets anybody in and says so', async () => {
    await start({});
    expect([await attempt('publish'), await play()]).toEqual(['ok', 'ok']);
    expect(engine.info.warnings()).toEqual([expect.stringContaining('anybody may publish and play')]);
  });
  it('says nothing where nothing is open', async () => {
    await start({ publish: 'token', play: 'token' });
    expect(engine.info.warnings()).toEqual([]);
    expect([await attempt('publish'), await play()]).toEqual([401, 401]);
  });
});

describe('token', () => {
  const tokens = [
    { id: 'viewer', token: 'view it', actions: ['play'], paths: ['live/*'] },
    { id: 'hashed', sha256: 'A665A45920422F9D417E4867EFDC4FB8A04A1F3FFF1FA07E998E86F7F7A27AE3', actions: ['play', 'publish'], paths: ['**'] },
    { id: 'short', token: 'short-lived', actions: ['play'], paths: ['**'], expiresAt: '2026-01-01T00:01:00Z' },
  ];
  const users = [{ name: 'bob', password: 'words', actions: ['play'], paths: ['live/**'] }];
  const signing = { secret: 'a signing secret' };
  beforeEach(() => start({ publish: 'token', play: 'token', tokens, users, signing }));

  it('takes a token from header, path or query; 401 for an unknown one, 403 for one that may not', async () => {
    for (const peer of [{ token: 'view it' }, { query: { token: 'view it' } }, { token: 'unknown', query: { token: 'view it' } }, { token: '123' }])
      expect(await play(peer)).toBe('ok');
    for (const peer of [{}, { token: '' }, { token: 'view i' }, { token: 'view it ' }, { token: 'x'.repeat(10_000) }]) expect(await play(peer)).toBe(401);
    expect(await play({ token: 'view it' }, 'other/a')).toBe(403);
    expect(await play({ token: 'view it' }, 'live/a/b')).toBe(403);
    expect(await attempt('publish', { token: 'view it' })).toBe(403);
    expect(await attempt('publish', { token: '123' })).toBe('ok');
  });

  it('takes users by the proof of their password', async () => {
    expect(await play({ credentials: proves('bob', 'words') })).toBe('ok');
    for (const credentials of [proves('bob', 'other'), proves('eve', 'words')]) expect(await play({ credentials })).toBe(401);
    expect(await attempt('publish', { credentials: proves('bob', 'words') })).toBe(403);
  });

  it('takes signed URLs for their action, path and time', async () => {
    const sign = (action: string, path: string, exp: number) => ({
      query: { exp: String(exp), sig: createHmac('sha256', signing.secret).update(`${action}\n${path}\n${exp}`).digest('hex') },
    });
    const soon = wallSeconds() + 10;
    expect(await play(sign('play', PATH, soon))).toBe('ok');
    for (const peer of [sign('publish', PATH, soon), sign('play', 'live/b', soon), sign('play', PATH, wallSeconds()), sign('play', PATH, wallSeconds() - 1)])
      expect(await play(peer)).toBe(401);
    const { query } = sign('play', PATH, soon);
    for (const forged of [{ ...query, exp: String(soon + 1) }, { ...query, sig: query.sig.slice(2) }, { ...query, sig: 'zz' }, { sig: query.sig }])
      expect(await play({ query: forged })).toBe(401);
  });

  it('lets no expired token in, and ends its sessions', async () => {
    await engine.publish(PATH, { tracks: [testVideoTrack()], receiveTimeoutSeconds: 0 });
    const [short, long] = [new MemorySink(), new MemorySink()];
    await engine.streams.view(PATH, { protocol: 'test', form: testForm, sink: short, token: 'short-lived' });
    await engine.streams.view(PATH, { protocol: 'test', form: testForm, sink: long, token: 'view it' });
    await clock.advanceAsync(59_000, 1000);
    expect(short.ended).toBeUndefined();
    await clock.advanceAsync(2000, 1000);
    expect(short.ended).toMatchObject({ code: 'refused' });
    expect(long.ended).toBeUndefined();
    expect(await play({ token: 'short-lived' })).toBe(401);
    expect(
      engine
        .service(authService)
        .tokens()
        .map(({ id }) => id),
    ).toEqual(['viewer', 'hashed']);
  });

  it('ends publishers and viewers of a token that is taken back, within two seconds', async () => {
    const service = engine.service(authService);
    const { id, token } = await service.createToken({ actions: ['publish', 'play'], paths: ['live/**'] });
    const publisher = await engine.streams.publish('live/b', { protocol: 'test', token, tracks: [testVideoTrack()] });
    const sink = new MemorySink();
    await engine.streams.view('live/b', { protocol: 'test', form: testForm, sink, token });
    await service.revokeToken(id);
    expect(await play({ token })).toBe(401);
    await clock.advanceAsync(2000, 1000);
    expect(publisher.closed).toBe(true);
    expect(sink.ended).toBeDefined();
    expect(engine.streams.list()).toEqual([]);
  });

  it('never lets somebody in who waited until the token was taken back', async () => {
    const service = engine.service(authService);
    const { id, token } = await service.createToken({ actions: ['play'], paths: ['**'] });
    const publisher = await engine.publish('live/late');
    const sink = new MemorySink();
    const waiting = engine.streams.view('live/late', { protocol: 'test', form: testForm, sink, token });
    await new Promise(setImmediate);
    await service.revokeToken(id);
    publisher.setTrack(testVideoTrack());
    publisher.expect(['video']);
    await expect(waiting).rejects.toMatchObject({ code: 'ERR_NOT_ALLOWED', status: 401 });
  });
});

describe('jwt', () => {
  const claims = { actions: ['play'], paths: ['live/*'] };
  const sign = (key: Parameters<SignJWT['sign']>[0], alg: string, more: Record<string, unknown> = {}, kid?: string): Promise<string> =>
    new SignJWT({ ...claims, exp: wallSeconds() + 60, ...more }).setProtectedHeader({ alg, ...(kid === undefined ? {} : { kid }) }).sign(key);
  const secret = 'a secret long enough for an HMAC';
  const bytes = new TextEncoder().encode(secret);

  it('takes what the shared secret signed, with its claims', async () => {
    await start({ publish: 'jwt', play: 'jwt', jwt: { secret, issuer: 'me', audience: 'sluice' } });
    const mine = { iss: 'me', aud: 'sluice' };
    const token = await sign(bytes, 'HS256', mine);
    expect(await play({ token })).toBe('ok');
    expect(await play({ query: { token } })).toBe('ok');
    expect(await play({ token }, 'live/a/b')).toBe(403);
    expect(await attempt('publish', { token })).toBe(403);
    for (const bad of [{ ...mine, iss: 'you' }, { iss: 'me' }, { ...mine, exp: wallSeconds() - 1 }, { ...mine, nbf: wallSeconds() + 30 }])
      expect(await play({ token: await sign(bytes, 'HS256', bad) })).toBe(401);
    for (const nothing of [{ actions: 'play' }, { paths: undefined }, { paths: ['../**', 7] }])
      expect(await play({ token: await sign(bytes, 'HS256', { ...mine, ...nothing }) })).toBe(403);
    expect(await play({ token: await sign(new TextEncoder().encode('another secret, as long as the other'), 'HS256', mine) })).toBe(401);
    const [head = '', body = ''] = token.split('.');
    const none = Buffer.from('{"alg":"none"}').toString('base64url');
    for (const forged of [`${none}.${body}.`, `${head}.${body}.`, `${head}.${body}`, 'a.b.c']) expect(await play({ token: forged })).toBe(401);
  });

  it.each(['RS256', 'ES256', 'EdDSA'])('takes %s of a public key, and no HMAC made with it', async (alg) => {
    const pair =
      alg === 'RS256'
        ? generateKeyPairSync('rsa', { modulusLength: 2048 })
        : alg === 'ES256'
          ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
          : generateKeyPairSync('ed25519');
    const publicKey = pair.publicKey.export({ type: 'spki', format: 'pem' }).toString();
    await start({ publish: 'jwt', play: 'jwt', jwt: { publicKey } });
    expect(await play({ token: await sign(pair.privateKey, alg) })).toBe('ok');
    expect(await play({ token: await sign(new TextEncoder().encode(publicKey), 'HS256') })).toBe(401);
    expect(engine.info.errors()).toEqual([]);
  });

  it('fetches keys once, again for a new one, and lets nobody in where it cannot', async () => {
    const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const jwk = { ...(await exportJWK(pair.publicKey)), kid: 'one', alg: 'ES256' };
    let fetched = 0;
    const url = await serve((_request, response) => {
      fetched++;
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: [jwk] }));
    });
    await start({ publish: 'jwt', play: 'jwt', jwt: { jwksUrl: url } });
    for (let i = 0; i < 3; i++) expect(await play({ token: await sign(pair.privateKey, 'ES256', {}, 'one') })).toBe('ok');
    expect(fetched).toBe(1);
    // Asked again no sooner than the cooldown allows, whatever strangers send.
    for (let i = 0; i < 3; i++) expect(await play({ token: await sign(pair.privateKey, 'ES256', {}, `made-up-${i}`) })).toBe(401);
    expect(fetched).toBeLessThanOrEqual(1);
    await engine.dispose();
    await start({ publish: 'jwt', play: 'jwt', jwt: { jwksUrl: 'http://127.0.0.1:1/keys' } });
    expect(await play({ token: await sign(pair.privateKey, 'ES256', {}, 'one') })).toBe(401);
    expect(engine.info.errors()).toEqual([expect.objectContaining({ kind: 'jwt-keys' })]);
  });
});

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});
async function serve(handler: RequestListener): Promise<string> {
  const listening = createServer(handler);
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(listening.address() as AddressInfo).port}/ask`;
}
async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return JSON.parse(Buffer.concat(pieces).toString());
}

describe('callback', () => {
  it('asks what the contract says, and lets 2xx in only', async () => {
    const asked: unknown[] = [];
    const statuses: Readonly<Record<string, number>> = { ok: 204, created: 201, unknown: 401, moved: 302, broken: 500, not: 404 };
    const url = await serve(async (request, response) => {
      const body = await bodyOf(request);
      asked.push([request.method, request.headers['content-type'], body]);
      response.writeHead(statuses[String(body.token)] ?? 403, { location: '/elsewhere' }).end('{"allow":true}');
    });
    await start({ publish: 'callback', play: 'callback', callback: { url } });
    expect(await play({ token: 'ok', query: { x: '1' }, userAgent: 'VLC' })).toBe('ok');
    expect(asked).toEqual([
      ['POST', 'application/json', { action: 'play', protocol: 'test', path: PATH, query: { x: '1' }, remote: '10.0.0.1:5000', token: 'ok', userAgent: 'VLC' }],
    ]);
    expect(await play({ query: { token: 'created' } })).toBe('ok');
    expect([
      await play({ token: 'unknown' }),
      await play({ token: 'moved' }),
      await play({ token: 'broken' }),
      await play({ token: 'not' }),
      await play(),
    ]).toEqual([401, 403, 403, 403, 403]);
  });

  it('keeps an answer for a while, for the same question only', async () => {
    let asked = 0;
    const url = await serve((_request, response) => {
      asked++;
      response.end();
    });
    await start({ publish: 'callback', play: 'callback', callback: { url, cacheSeconds: 10 } });
    await Promise.all([play({ token: 'a' }), play({ token: 'a', remote: '10.0.0.1:7000' }), play({ token: 'a' })]);
    expect(asked).toBe(1);
    await play({ token: 'a', remote: '10.0.0.2:5000' });
    await play({ token: 'b' });
    await attempt('publish', { token: 'a' });
    expect(asked).toBe(4);
    clock.advance(10_000);
    await play({ token: 'a' });
    expect(asked).toBe(5);
  });

  it('denies where no answer comes, and holds up nobody else', async () => {
    const url = await serve(async (request, response) => {
      if ((await bodyOf(request)).token !== 'slow') response.end();
    });
    await start({ publish: 'callback', play: 'callback', callback: { url, timeoutMs: 300 } });
    const order: unknown[] = [];
    const slow = play({ token: 'slow' }).then((answer) => order.push(['slow', answer]));
    await play({ token: 'fast' }).then((answer) => order.push(['fast', answer]));
    await slow;
    expect(order).toEqual([
      ['fast', 'ok'],
      ['slow', 403],
    ]);
    expect(engine.info.errors()).toEqual([expect.objectContaining({ plugin: 'auth', kind: 'callback' })]);
    await engine.dispose();
    await start({ publish: 'callback', play: 'callback', callback: { url: 'http://127.0.0.1:1/ask' } });
    expect(await play({ token: 'fast' })).toBe(403);
  });
});
