import { connect } from 'node:net';
import { SluiceError } from '@sluice/core';
import { exchange, type Harness, harness } from './harness.js';

let open: Harness | undefined;
async function start(config: Parameters<typeof harness>[0] = {}, prepare: (made: Harness) => void = () => {}): Promise<Harness> {
  const made = harness(config);
  prepare(made);
  await made.listener.open();
  open = made;
  return made;
}
afterEach(async () => {
  await open?.listener.close();
  open = undefined;
});

describe('health', () => {
  it('follows the state of the engine, at the root and below the base path', async () => {
    const { url, engine } = await start({ basePath: '/media/' });
    for (const path of ['/healthz', '/media/healthz', '/readyz']) expect((await fetch(url(path))).status).toBe(200);
    engine.state = 'draining';
    const answer = await fetch(url('/healthz'));
    expect(answer.status).toBe(503);
    expect(await answer.json()).toEqual({ status: 'draining' });
  });
  it('answers HEAD without a body', async () => {
    const { url } = await start();
    const answer = await fetch(url('/healthz'), { method: 'HEAD' });
    expect([answer.status, await answer.text()]).toEqual([200, '']);
  });
});

describe('errors', () => {
  it('has one form for what is not there, malformed, too long or too deep', async () => {
    const { url, port } = await start({}, ({ listener }) =>
      listener.service.register((app) => {
        app.post('/echo', (request, reply) => reply.send(request.body ?? null));
      }),
    );
    const post = async (body: string | Buffer) => {
      const answer = await fetch(url('/echo'), { method: 'POST', body, headers: { 'content-type': 'application/json' } });
      return [answer.status, ((await answer.json()) as { error?: { code: string } } | null)?.error?.code];
    };
    const missing = await fetch(url('/nothing'));
    expect([missing.status, await missing.json()]).toEqual([404, { error: { code: 'ERR_NOT_FOUND', message: 'nothing here' } }]);
    expect(missing.headers.get('x-content-type-options')).toBe('nosniff');
    expect(await post('{"a":[1]}')).toEqual([200, undefined]);
    expect(await post('')).toEqual([200, undefined]);
    expect(await post('{')).toEqual([400, 'ERR_HTTP_JSON']);
    expect(await post('{"__proto__":{"x":1}}')).toEqual([400, 'ERR_HTTP_JSON']);
    expect(await post(Buffer.from([0x22, 0xff, 0x22]))).toEqual([400, 'ERR_HTTP_JSON']);
    expect(await post('['.repeat(33) + ']'.repeat(33))).toEqual([400, 'ERR_HTTP_JSON']);
    expect(await post(`"${'x'.repeat(1024 * 1024)}"`)).toEqual([413, 'ERR_HTTP_BODY_TOO_LARGE']);
    expect(await exchange(port(), 'GARBAGE\r\n\r\n')).toMatch(/^HTTP\/1.1 400 /);
    expect(await exchange(port(), `GET /${'x'.repeat(20_000)} HTTP/1.1\r\n\r\n`)).toMatch(/^HTTP\/1.1 431 /);
    const odd = await fetch(url('/%zz'));
    expect([odd.status, odd.headers.get('x-content-type-options')]).toEqual([400, 'nosniff']);
  });
  describe.each([
    ['with a length', `Content-Length: ${2 ** 40}`],
    ['in chunks', 'Transfer-Encoding: chunked'],
  ])('a body too long %s', (_how, framing) => {
    const piece = Buffer.alloc(64 * 1024, 0x20);
    const bytes = framing.startsWith('T') ? Buffer.concat([Buffer.from('10000\r\n'), piece, Buffer.from('\r\n')]) : piece;
    /** Sends `most` pieces, or as many as are taken, reading the answer only after; answers what came and how many went. */
    const post = async (port: number, most: number) => {
      const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
      const failed: Error[] = [];
      socket.on('error', (error) => failed.push(error));
      const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
      socket.write(`POST /echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n${framing}\r\n\r\n`);
      let sent = 0;
      while (sent < most && !socket.destroyed) {
        await new Promise((resolve) => {
          socket.write(bytes, resolve);
        });
        sent++;
      }
      let text = '';
      socket.on('data', (chunk) => {
        text += chunk.toString();
      });
      socket.end();
      await closed;
      return { text, sent, failed };
    };
    const echo = ({ listener }: Harness) => listener.service.register((app) => void app.post('/echo', (_request, reply) => reply.send()));

    it('is dropped until the client, which reads later, has ended: it gets its answer', async () => {
      const { port } = await start({}, echo);
      const { text, failed } = await post(port(), 128);
      expect(text).toMatch(/^HTTP\/1.1 413 [\s\S]*connection: close[\s\S]*ERR_HTTP_BODY_TOO_LARGE/i);
      expect(failed).toEqual([]);
    });
    it('is not read for ever', async () => {
      const { port } = await start({}, echo);
      const { sent } = await post(port(), 1024);
      expect(sent).toBeLessThan(1024);
    });
  });
  it('closes a connection whose request head does not come', async () => {
    const { port } = await start({ headerTimeoutSeconds: 0.2, requestTimeoutSeconds: 0.2 });
    expect(await exchange(port(), 'GET / HT')).toMatch(/^HTTP\/1.1 408 /);
    expect(await exchange(port(), '')).toMatch(/^(HTTP\/1.1 408 |$)/);
  });
  it('closes it in time however late its first byte came, but no connection that had a request', async () => {
    const { port, counted, url } = await start({ headerTimeoutSeconds: 0.4, requestTimeoutSeconds: 0.4, keepAliveSeconds: 5 });
    const startedAt = performance.now();
    const slow = connect(port(), '127.0.0.1');
    slow.on('error', () => {});
    const head = 'GET /aaaaaaaaaaaaaaaaaaaa';
    let at = 0;
    const drip = setInterval(() => slow.write(head[at++] ?? 'a'), 100);
    const kept = connect(port(), '127.0.0.1', () => kept.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n'));
    let text = '';
    slow.on('data', (chunk) => {
      text += chunk.toString();
    });
    await new Promise((resolve) => slow.on('close', resolve));
    clearInterval(drip);
    expect(performance.now() - startedAt).toBeLessThan(1000);
    expect(text).toMatch(/^HTTP\/1.1 408 /);
    expect(counted).toContain('timeout');
    const again = new Promise((resolve) => kept.on('data', resolve));
    kept.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
    expect(String(await again)).toMatch(/^HTTP\/1.1 200 /);
    kept.destroy();
    expect((await fetch(url('/healthz'))).status).toBe(200);
  });
  it('answers a method that a URL does not take 405, says which it does, and OPTIONS too', async () => {
    const { url } = await start({ basePath: '/m' }, ({ listener }) => {
      listener.service.register((app) => {
        app.get('/a/:id/b', () => ({}));
        app.delete('/a/:id/b', () => ({}));
        app.post('/files/*', () => ({}));
        app.get('/gone', (_request, reply) => reply.callNotFound());
      });
      listener.service.register((app) => void app.get('/top', () => ({})), { root: true });
    });
    const ask = async (path: string, method: string) => {
      const answer = await fetch(url(path), { method });
      return [answer.status, answer.headers.get('allow')];
    };
    expect(await ask('/healthz', 'POST')).toEqual([405, 'GET, HEAD, OPTIONS']);
    expect(await ask('/healthz', 'OPTIONS')).toEqual([204, 'GET, HEAD, OPTIONS']);
    expect(await ask('/m/healthz', 'PUT')).toEqual([405, 'GET, HEAD, OPTIONS']);
    expect(await ask('/m/a/1/b?x=1', 'POST')).toEqual([405, 'DELETE, GET, HEAD, OPTIONS']);
    expect(await ask('/m/files/x/y', 'GET')).toEqual([405, 'POST, OPTIONS']);
    expect(await ask('/top', 'PATCH')).toEqual([405, 'GET, HEAD, OPTIONS']);
    expect(await ask('/m/a/1', 'POST')).toEqual([404, null]);
    expect(await ask('/m/gone', 'GET')).toEqual([404, null]);
    expect(await ask('/nothing', 'OPTIONS')).toEqual([404, null]);
  });
  it('takes targets with scheme and host, and wants a Host', async () => {
    const { port, counted } = await start();
    const close = 'Connection: close\r\n\r\n';
    expect(await exchange(port(), `GET http://any.where/healthz HTTP/1.1\r\nHost: x\r\n${close}`)).toMatch(/^HTTP\/1.1 200 /);
    expect(await exchange(port(), `GET http://any.where HTTP/1.1\r\nHost: x\r\n${close}`)).toMatch(/^HTTP\/1.1 404 /);
    const nameless = await exchange(port(), `GET /healthz HTTP/1.1\r\n${close}`);
    expect(await exchange(port(), `GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n${close}`)).toMatch(/^HTTP\/1.1 400 /);
    expect(nameless).toMatch(/^HTTP\/1.1 400 [\s\S]*"code":"ERR_HTTP_HOST"/);
    expect(await exchange(port(), `GET /healthz HTTP/1.0\r\n${close}`)).toMatch(/^HTTP\/1.1 200 /);
    const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';
    expect(await exchange(port(), `GET /live/a.flv HTTP/1.1\r\n${upgrade}`)).toMatch(/^HTTP\/1.1 400 [\s\S]*"code":"ERR_HTTP_HOST"/);
    expect(counted).toContain('malformed');
  });
  it('logs failures once in a while, and with a stack only what nobody foresaw', async () => {
    const { url, logged, counted } = await start({}, ({ listener }) =>
      listener.service.register((app) => {
        app.get('/busy', () => Promise.reject(new SluiceError('ERR_BUSY', 'busy', { status: 503 })));
        app.get('/broken', () => Promise.reject(new Error('secret')));
      }),
    );
    for (let i = 0; i < 5; i++) for (const path of ['/busy', '/broken']) await fetch(url(path));
    expect(logged).toEqual([
      { code: 'ERR_BUSY', method: 'GET', route: '/busy', message: 'request failed: busy' },
      { code: 'ERR_INTERNAL', method: 'GET', route: '/broken', err: expect.any(Error), message: 'request failed: secret' },
    ]);
    expect(counted.filter((kind) => kind === 'ERR_BUSY')).toHaveLength(5);
  });
  it('hides the message of what nobody foresaw', async () => {
    const { url } = await start({}, ({ listener }) =>
      listener.service.register((app) => {
        app.get('/broken', () => {
          throw new Error('secret');
        });
      }),
    );
    expect(await (await fetch(url('/broken'))).json()).toEqual({ error: { code: 'ERR_INTERNAL', message: 'internal error' } });
  });
});

describe('streams', () => {
  const seen: unknown[] = [];
  const withFlv = (made: Harness) => {
    made.listener.service.readTokensFrom(['gmv-token']);
    made.listener.service.stream({ suffix: 'flv', prefix: 'flv' }, (stream, _request, reply) => {
      if (stream.path === 'live/missing') throw new SluiceError('ERR_STREAM_NOT_FOUND', 'no such stream', { status: 404 });
      const { remote: _remote, userAgent: _userAgent, ...rest } = stream;
      seen.push(rest);
      reply.send('media');
    });
  };
  beforeEach(() => seen.splice(0));

  it('finds path, query and token in all their places', async () => {
    const { url, streams } = await start({ basePath: 'm' }, withFlv);
    streams.push({ path: 'live/demo' } as never);
    await fetch(url('/m/live/a.flv?x=1&x=2&audio=aac'));
    await fetch(url('/m/live/a.flv'), { headers: { authorization: 'Bearer B' } });
    await fetch(url('/m/live/a.flv'), { headers: { 'gmv-token': 'G' } });
    await fetch(url('/m/flv/live%2Fa/aaa.bbb.ccc'));
    await fetch(url('/m/flv/demo/T'));
    expect(seen).toEqual([
      { path: 'live/a', query: { x: '2', audio: 'aac' } },
      { path: 'live/a', query: {}, token: 'B' },
      { path: 'live/a', query: {}, token: 'G' },
      { path: 'live/a', query: {}, token: 'aaa.bbb.ccc' },
      { path: 'live/demo', query: {}, token: 'T' },
    ]);
  });
  it('answers errors as JSON that other origins may read, and preflights', async () => {
    const { url } = await start({}, withFlv);
    const missing = await fetch(url('/live/missing.flv'));
    expect([missing.status, missing.headers.get('access-control-allow-origin')]).toEqual([404, '*']);
    expect(await missing.json()).toEqual({ error: { code: 'ERR_STREAM_NOT_FOUND', message: 'no such stream' } });
    expect((await fetch(url('/live/..%2Fa.flv'))).status).toBe(400);
    expect((await fetch(url('/live/a%2500.flv'))).status).toBe(400);
    expect((await fetch(url('/live/a.flv'), { method: 'POST', body: 'x' })).status).toBe(405);
    const preflight = await fetch(url('/live/a.flv'), { method: 'OPTIONS' });
    expect([preflight.status, preflight.headers.get('access-control-allow-methods')]).toEqual([204, 'GET, HEAD, OPTIONS']);
    expect((await fetch(url('/live/a.mp4'))).status).toBe(404);
  });
  it('refuses the same suffix twice', () => {
    const made = harness();
    withFlv(made);
    expect(() => withFlv(made)).toThrow('.flv is taken');
  });
});

describe('hijack', () => {
  it('leaves a bare socket: nothing of HTTP answers what the peer sends on', async () => {
    let sockets = 0;
    const { port, admitted } = await start({}, ({ listener }) =>
      listener.service.stream({ suffix: 'flv' }, (_stream, request, reply) => {
        const { socket, admit } = listener.service.hijack(request, reply);
        admit();
        sockets++;
        socket.write('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n');
        socket.on('data', (chunk) => {
          socket.write(`got ${chunk.length}`);
          if (chunk.includes('last')) socket.end();
        });
      }),
    );
    const text = await new Promise<string>((resolve) => {
      const socket = connect(port(), '127.0.0.1', () => socket.write('GET /live/a.flv HTTP/1.0\r\n\r\n'));
      let all = '';
      socket.on('data', (chunk) => {
        all += chunk.toString();
        if (all.endsWith('\r\n\r\n')) socket.write('GARBAGE last');
      });
      socket.on('close', () => resolve(all));
    });
    expect(text).toBe('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\ngot 12');
    expect([sockets, admitted.size]).toEqual([1, 1]);
  });
});

describe('upgrades', () => {
  const head = (path: string, protocol: string) =>
    `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`;
  it('go to their handler, whose errors become answers', async () => {
    const { port } = await start({}, ({ listener }) =>
      listener.service.streamUpgrade({ suffix: 'flv' }, (stream, _request, { socket }) => {
        if (stream.path === 'live/b') throw new SluiceError('ERR_NOT_ALLOWED', 'no', { status: 401 });
        socket.end('HTTP/1.1 101 Switching Protocols\r\n\r\n');
      }),
    );
    expect(await exchange(port(), head('/live/a.flv', 'WebSocket'))).toMatch(/^HTTP\/1.1 101 /);
    expect(await exchange(port(), head('/live/b.flv', 'websocket'))).toMatch(/^HTTP\/1.1 401 .*ERR_NOT_ALLOWED/s);
    expect(await exchange(port(), head('/live/a.mp4', 'websocket'))).toMatch(/^HTTP\/1.1 404 /);
  });
  it('to anything but WebSocket are no upgrades (RFC 9110 7.8)', async () => {
    const { port } = await start();
    const request = head('/healthz', 'h2c').replace('Connection: Upgrade', 'Connection: Upgrade, close');
    expect(await exchange(port(), request)).toMatch(/^HTTP\/1.1 200 /);
  });
});

describe('connections of proxies that are trusted', () => {
  it.each([
    ['127.0.0.0/8', 1],
    ['192.0.2.0/24', 0],
  ])('count against no cap: %s', async (range, admitted) => {
    const begun = await start({ trustedProxies: [range] });
    const silent = connect(begun.port(), '127.0.0.1');
    await new Promise<void>((resolve) => silent.on('connect', () => resolve()));
    // A request on another connection shows that the first was taken.
    expect((await exchange(begun.port(), 'GET /nothing HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')).slice(9, 12)).toBe('404');
    expect(begun.admitted.size).toBe(admitted * 2);
    silent.destroy();
  });
});

describe('closing', () => {
  it('ends idle connections at once and busy ones at the deadline', async () => {
    const { url, listener, port } = await start();
    await (await fetch(url('/healthz'))).text();
    const silent = connect(port(), '127.0.0.1');
    const gone = new Promise<void>((resolve) => silent.on('close', () => resolve()));
    await new Promise<void>((resolve) => silent.on('connect', () => resolve()));
    await listener.close();
    open = undefined;
    await gone;
  });
});
