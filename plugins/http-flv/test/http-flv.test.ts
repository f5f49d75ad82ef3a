import { connect, type Socket } from 'node:net';
import { createFrame, definePlugin, type Frame, type PluginContext, type Publisher } from '@sluice/core';
import { startTestEngine, type TestEngine } from '@sluice/core/testing';
import { aac } from '@sluice/plugin-codec-aac';
import { FlvDemuxer } from '@sluice/plugin-format-flv';
import httpFlv from '../src/index.js';

const CONFIG = Buffer.from([0x12, 0x10]); // AAC LC, 44100 Hz, 2 channels
const builder = aac.createBuilder({ trackId: 1, clockRate: 44_100, parameters: { config: CONFIG, objectType: 2, sampleRate: 44_100, channels: 2 } });
const track = builder.track;
if (track === undefined) throw new Error('no track');

const frame = (index: number, size = 100): Frame => createFrame(track, index * 1024, index * 1024, true, [Buffer.alloc(size, index & 0xff)]);

let engine: TestEngine;
const asked: unknown[] = [];
const gate = definePlugin({
  name: 'gate',
  version: '1.0.0',
  setup(ctx: PluginContext) {
    ctx.hooks.authorize((request) => {
      asked.push([request.action, request.path, request.protocol, request.token, request.query?.x, request.userAgent]);
      return request.token === 'wrong' ? { allow: false, status: 401 } : undefined;
    });
    ctx.hooks.demand(({ path, signal }) => {
      if (path === 'live/refused') return { served: false, status: 502, code: 'ERR_TEST_REFUSED', message: '486 Busy Here' };
      if (path !== 'live/never') return undefined;
      return new Promise((resolve) =>
        signal.addEventListener('abort', () => resolve({ served: false, status: 504, code: 'ERR_TEST_ABORTED', message: 'gone' })),
      );
    });
  },
});

beforeEach(async () => {
  asked.splice(0);
  engine = await startTestEngine({ plugins: [httpFlv, gate], config: { http: { port: 0 } } });
});
afterEach(() => engine.dispose());

const port = () => engine.addresses.find(({ name }) => name === 'http')?.port ?? 0;
const url = (path: string) => `http://127.0.0.1:${port()}${path}`;
async function publish(): Promise<Publisher> {
  const publisher = await engine.publish('live/a', { tracks: [track as never], expects: ['audio'] });
  publisher.write(frame(0));
  return publisher;
}

/** Sends a request on a bare connection; `until` is asked after each piece. */
function ask(head: string, until: (all: Buffer, socket: Socket) => boolean): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = connect(port(), '127.0.0.1', () => socket.write(head));
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      if (until(Buffer.concat(chunks), socket)) socket.destroy();
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(Buffer.concat(chunks)));
  });
}

describe('GET /app/name.flv', () => {
  it('answers head and media on the bare socket, to HTTP/1.0 too', async () => {
    const publisher = await publish();
    let next = 1;
    const all = await ask('GET /live/a.flv?x=1 HTTP/1.0\r\nUser-Agent: test\r\n\r\n', (bytes) => {
      publisher.write(frame(next++));
      return bytes.length > 1500;
    });
    const end = all.indexOf('\r\n\r\n');
    const head = all.subarray(0, end).toString('latin1');
    expect(head).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    for (const line of ['Content-Type: video/x-flv', 'Connection: close', 'Access-Control-Allow-Origin: *']) expect(head.split('\r\n')).toContain(line);
    expect(head).not.toMatch(/transfer-encoding|content-length/i);
    const frames: Frame[] = [];
    const demuxer = new FlvDemuxer({ onFrame: (got) => void frames.push(got) });
    demuxer.receive(all.subarray(end + 4));
    expect(frames.length).toBeGreaterThan(5);
    // A viewer of sound alone joins at the newest frame; from there on none is missing.
    const from = frames[0]?.units[0]?.[0] ?? -1;
    expect(frames.map(({ units }) => units[0])).toEqual(frames.map((_, index) => frame(from + index).units[0]));
    expect(asked).toEqual([['play', 'live/a', 'http-flv', undefined, '1', 'test']]);
  });

  it('ends viewers with the stream', async () => {
    const publisher = await publish();
    const answer = await fetch(url('/live/a.flv'));
    expect(engine.streams.sessions('live/a').map(({ kind, protocol }) => [kind, protocol])).toContainEqual(['viewer', 'http-flv']);
    await publisher.close({ code: 'ended' });
    engine.streams.close('live/a', { code: 'kicked' });
    expect(Buffer.from(await answer.arrayBuffer()).toString('latin1', 0, 3)).toBe('FLV');
  });

  it('counts the viewer out when the client goes', async () => {
    await publish();
    const ended = engine.reported(({ type }) => type === 'session.ended');
    await ask('GET /live/a.flv HTTP/1.1\r\nHost: a\r\n\r\n', (bytes) => bytes.includes('FLV'));
    expect((await ended).data).toMatchObject({ path: 'live/a', reason: { code: 'lost' } });
  });

  it('drops what the viewer sends', async () => {
    const publisher = await publish();
    let next = 1;
    let told = false;
    const all = await ask('GET /live/a.flv HTTP/1.1\r\nHost: a\r\n\r\n', (bytes, socket) => {
      if (!told) socket.write('GET / HTTP/1.1\r\nnonsense '.repeat(2000));
      told = true;
      publisher.write(frame(next++));
      return bytes.length > 3000;
    });
    expect(all.toString('latin1').match(/HTTP\/1\.1/g)).toHaveLength(1);
  });

  it('gives each its error as an ordinary answer', async () => {
    const get = async (path: string, headers: Record<string, string> = {}) => {
      const answer = await fetch(url(path), { headers });
      return [answer.status, ((await answer.json()) as { error: { code: string } }).error.code, answer.headers.get('access-control-allow-origin')];
    };
    await publish();
    expect(await get('/live/none.flv')).toEqual([404, 'ERR_STREAM_NOT_FOUND', '*']);
    expect(await get('/live/a.flv', { authorization: 'Bearer wrong' })).toEqual([401, 'ERR_NOT_ALLOWED', '*']);
    expect(await get('/flv/a/wrong')).toEqual([401, 'ERR_NOT_ALLOWED', '*']);
    expect(await get('/live/refused.flv')).toEqual([502, 'ERR_TEST_REFUSED', '*']);
    expect((await get('/live/%2e%2e%2f.flv')).slice(0, 2)).toEqual([400, 'ERR_STREAM_PATH']);
  });

  it('answers HEAD as GET would, without media and without a viewer left', async () => {
    await publish();
    const answer = await fetch(url('/live/a.flv'), { method: 'HEAD' });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'video/x-flv']);
    expect((await fetch(url('/live/none.flv'), { method: 'HEAD' })).status).toBe(404);
    expect(engine.streams.sessions('live/a').filter(({ kind }) => kind === 'viewer')).toEqual([]);
  });

  it('refuses a stream that is asked for behind another request, whose turn has not come', async () => {
    await publish();
    const waiting = 'GET /live/never.flv HTTP/1.1\r\nHost: a\r\n\r\n';
    const socket = connect(port(), '127.0.0.1', () => socket.write(`${waiting}GET /live/a.flv HTTP/1.1\r\nHost: a\r\n\r\n`));
    while (asked.length < 2) await new Promise((resolve) => setImmediate(resolve));
    await fetch(url('/healthz'));
    expect(engine.streams.sessions('live/a').filter(({ kind }) => kind === 'viewer')).toEqual([]);
    socket.destroy();
  });

  it('stops waiting when the client goes', async () => {
    const socket = connect(port(), '127.0.0.1', () => socket.write('GET /live/never.flv HTTP/1.1\r\nHost: a\r\n\r\n'));
    while (asked.length === 0) await new Promise((resolve) => setImmediate(resolve));
    socket.destroy();
    const again = await ask('GET /healthz HTTP/1.0\r\n\r\n', () => false);
    expect(again.toString()).toMatch(/^HTTP\/1.1 200/);
  });
});
