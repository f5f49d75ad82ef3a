import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Link, LinkOptions, SluiceError } from '@sluice/core';
import { startTestEngine, type TestEngine } from '@sluice/core/testing';
import { aac } from '@sluice/plugin-codec-aac';
import { flvForm } from '@sluice/plugin-format-flv';
import fc from 'fast-check';
import httpFlv, { flvClientService } from '../src/index.js';
import { followRedirect, parseFlvUrl } from '../src/proto/flv-url.js';

const CONFIG = Buffer.from([0x12, 0x10]); // AAC LC, 44100 Hz, 2 channels
const builder = aac.createBuilder({ trackId: 1, clockRate: 44_100, parameters: { config: CONFIG, objectType: 2, sampleRate: 44_100, channels: 2 } });
const { track } = builder;
if (track === undefined) throw new Error('no track');

/** An FLV stream of `count` audio frames. */
function flv(count: number): Buffer {
  const muxer = flvForm.createMuxer([track as never]);
  const pieces = [muxer.header([track as never])];
  for (let i = 0; i < count; i++) {
    const frame = builder.build([Buffer.alloc(50, i)], i * 1024, i * 1024);
    if (frame !== undefined) muxer.mux(frame, { append: (bytes) => pieces.push(bytes) });
  }
  return Buffer.concat(pieces);
}

describe('pull', () => {
  let engine: TestEngine;
  let server: Server;
  let answer: (request: IncomingMessage, response: ServerResponse) => void;
  let asked: IncomingMessage[];
  const links: Link[] = [];

  beforeEach(async () => {
    asked = [];
    engine = await startTestEngine({ plugins: [httpFlv], config: { http: { port: 0 } } });
    server = createServer((request, response) => {
      asked.push(request);
      answer(request, response);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(async () => {
    for (const link of links.splice(0)) link.close();
    server.close();
    server.closeAllConnections();
    await engine.dispose();
  });

  const port = () => (server.address() as { port: number }).port;
  const url = (path = '/far/a.flv', host = '127.0.0.1') => `http://${host}:${port()}${path}`;
  const pull = (options: Partial<LinkOptions> = {}) => {
    let onLive: () => void = () => {};
    let onEnd: (error?: SluiceError) => void = () => {};
    const live = new Promise<void>((resolve) => {
      onLive = resolve;
    });
    const ended = new Promise<string>((resolve) => {
      onEnd = (error) => resolve(error?.code ?? 'none');
    });
    const link = engine.service(flvClientService).pull({ path: 'live/a', url: url(), timeoutMs: 2000, onLive, onEnd, ...options });
    links.push(link);
    return { link, live, ended };
  };
  const stream = (_request: IncomingMessage, response: ServerResponse) => void response.writeHead(200).write(flv(20));

  it('publishes what the server sends, in chunks of any size, until it is closed', async () => {
    answer = async (_request, response) => {
      response.writeHead(200, { 'content-type': 'video/x-flv' });
      for (const byte of flv(20)) response.write(Buffer.of(byte));
    };
    const { link, live, ended } = pull({ url: url('/far/a.flv?x=1'), query: { x: '2', y: '3' } });
    await live;
    const subscription = await engine.subscribe('live/a');
    let frames = 0;
    for await (const frame of subscription) {
      expect(frame.track.codec).toBe('aac');
      if (++frames === 1) break;
    }
    expect(engine.streams.describe('live/a')?.publisher).toMatchObject({ protocol: 'http-flv', query: { x: '1', y: '3' } });
    expect(asked[0]?.url).toBe('/far/a.flv?x=1&y=3');
    expect(link.bytes).toBeGreaterThan(100);
    link.close();
    expect(await ended).toBe('none');
    expect(engine.streams.list()).toEqual([]);
  });

  it('lets the stream linger when the server ends it', async () => {
    let end: () => void = () => {};
    answer = (request, response) => {
      stream(request, response);
      end = () => response.end();
    };
    const { live, ended } = pull();
    await live;
    await engine.subscribe('live/a');
    end();
    expect(await ended).toBe('ERR_HTTP_FLV_CLOSED');
    expect(engine.streams.describe('live/a')?.state).toBe('lingering');
  });

  it('follows redirects, with credentials to the same server only, each checked', async () => {
    answer = (request, response) => {
      if (request.url === '/first') response.writeHead(302, { location: '/second' }).end();
      else if (request.url === '/second') response.writeHead(307, { location: url('/third', 'localhost') }).end();
      else stream(request, response);
    };
    const target = url('/first').replace('//', '//me:secret@');
    await pull({ url: target }).live;
    const basic = `Basic ${Buffer.from('me:secret').toString('base64')}`;
    expect(asked.map(({ headers }) => headers.authorization)).toEqual([basic, basic, undefined]);
    let checks = 0;
    const once = pull({ path: 'live/b', url: target, allow: () => ++checks === 1 });
    expect(await once.ended).toBe('ERR_CONNECT_TARGET');
    expect(asked.map(({ url: path }) => path).slice(3)).toEqual(['/first']);
  });

  it.each<[string, (request: IncomingMessage, response: ServerResponse) => void, string]>([
    ['404', (_request, response) => response.writeHead(404).end(), 'ERR_HTTP_FLV_NOT_FOUND'],
    ['401', (_request, response) => response.writeHead(401).end(), 'ERR_HTTP_FLV_REFUSED'],
    ['a page', (_request, response) => response.writeHead(200).end('<html>'.repeat(20)), 'ERR_HTTP_FLV_REFUSED'],
    ['an end at once', (_request, response) => response.writeHead(200).end(), 'ERR_HTTP_FLV_CLOSED'],
    ['a redirect to a file', (_request, response) => response.writeHead(302, { location: 'file:///etc/passwd' }).end(), 'ERR_HTTP_FLV_REDIRECT'],
    ['redirects without end', (_request, response) => response.writeHead(302, { location: '/again' }).end(), 'ERR_HTTP_FLV_REDIRECT'],
    ['no HTTP', ({ socket }) => socket.end('hello\r\n\r\n'), 'ERR_HTTP_FLV_CLOSED'],
    ['a broken tag', (_request, response) => response.writeHead(200).write(Buffer.concat([flv(1), Buffer.alloc(40, 0xff)])), 'ERR_FLV_ENCRYPTED'],
    ['nothing', () => {}, 'ERR_HTTP_FLV_TIMEOUT'],
    ['a head alone', (_request, response) => response.writeHead(200).write(flv(0).subarray(0, 13)), 'ERR_HTTP_FLV_TIMEOUT'],
  ])('ends at %s', async (_name, serve, code) => {
    answer = serve;
    const { ended } = pull({ timeoutMs: 300 });
    expect(await ended).toBe(code);
  });

  it('refuses a bad URL at once, and connects no more once it is closed', async () => {
    expect(() => pull({ url: 'file:///etc/passwd' })).toThrow(expect.objectContaining({ code: 'ERR_HTTP_FLV_URL', status: 400 }));
    answer = stream;
    const closed = pull();
    closed.link.close();
    expect(await closed.ended).toBe('none');
    expect(engine.streams.list()).toEqual([]);
  });
});

describe('URLs', () => {
  it.each([
    ['http://h/live/a.flv?x=1', { host: 'h', port: 80, secure: false, path: 'live/a', query: { x: '1' }, request: '/live/a.flv?x=1', authority: 'h' }],
    ['https://u:p%40@h:444/a', { port: 444, secure: true, authority: 'h:444', authorization: `Basic ${Buffer.from('u:p@').toString('base64')}` }],
    ['http://[::1]:8080/a.flv', { host: '::1', authority: '[::1]:8080' }],
  ])('reads %s', (url, expected) => {
    expect(parseFlvUrl(url)).toMatchObject(expected);
  });

  it('never leaves HTTP, whatever a redirect says', () => {
    const from = parseFlvUrl('https://h/a.flv');
    fc.assert(
      fc.property(fc.string(), (location) => {
        try {
          expect(followRedirect(from, location).host).not.toBe('');
        } catch (error) {
          expect(error).toMatchObject({ code: expect.stringMatching(/^ERR_HTTP_FLV_(REDIRECT|URL)$/) });
        }
      }),
      { seed: 5 },
    );
  });
});
