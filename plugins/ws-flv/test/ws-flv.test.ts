import { connect } from 'node:net';
import { createFrame, type Frame, type Publisher } from '@sluice/core';
import { startTestEngine, type TestEngine } from '@sluice/core/testing';
import { aac } from '@sluice/plugin-codec-aac';
import { FlvDemuxer } from '@sluice/plugin-format-flv';
import { WebSocket } from 'ws';
import wsFlv from '../src/index.js';

const builder = aac.createBuilder({
  trackId: 1,
  clockRate: 44_100,
  parameters: { config: Buffer.from([0x12, 0x10]), objectType: 2, sampleRate: 44_100, channels: 2 },
});
const track = builder.track;
if (track === undefined) throw new Error('no track');
const frame = (index: number): Frame => createFrame(track, index * 1024, index * 1024, true, [Buffer.alloc(100, index & 0xff)]);

let engine: TestEngine;
beforeEach(async () => {
  engine = await startTestEngine({ plugins: [wsFlv], config: { http: { port: 0 } } });
});
afterEach(() => engine.dispose());
const port = () => engine.addresses.find(({ name }) => name === 'http')?.port ?? 0;
const open = (path: string) => new WebSocket(`ws://127.0.0.1:${port()}${path}`);
async function publish(): Promise<Publisher> {
  const publisher = await engine.publish('live/a', { tracks: [track as never], expects: ['audio'] });
  publisher.write(frame(0));
  return publisher;
}

it('sends FLV in binary messages, and answers pings in between', async () => {
  const publisher = await publish();
  const client = open('/live/a.flv');
  const frames: Frame[] = [];
  const demuxer = new FlvDemuxer({ onFrame: (got) => void frames.push(got) });
  let pongs = 0;
  let next = 1;
  client.on('pong', () => pongs++);
  await new Promise<void>((resolve, reject) => {
    client.on('error', reject);
    client.on('message', (data: Buffer, isBinary) => {
      expect(isBinary).toBe(true);
      demuxer.receive(data);
      client.ping();
      publisher.write(frame(next++));
      if (frames.length > 10 && pongs > 2) resolve();
    });
  });
  // A viewer of sound alone joins at the newest frame; from there on none is missing.
  const from = frames[0]?.units[0]?.[0] ?? -1;
  expect(frames.map(({ units }) => units[0])).toEqual(frames.map((_, index) => frame(from + index).units[0]));
  const ended = engine.reported(({ type }) => type === 'session.ended');
  const closed = new Promise<number>((resolve) => client.on('close', resolve));
  client.close(1000);
  expect(await closed).toBe(1000);
  expect((await ended).data).toMatchObject({ path: 'live/a', reason: { code: 'lost' } });
});

it('closes with a code that says why', async () => {
  await publish();
  const client = open('/live/a.flv');
  await new Promise((resolve) => client.once('message', resolve));
  const closed = new Promise((resolve) => client.on('close', (code, reason) => resolve([code, reason.toString()])));
  for (const { id, kind } of engine.streams.sessions('live/a')) if (kind === 'viewer') engine.streams.closeSession(id, { code: 'kicked' });
  expect(await closed).toEqual([1008, 'kicked']);
});

it('closes with 1009 where a message is too long', async () => {
  await publish();
  const client = open('/live/a.flv');
  await new Promise((resolve) => client.once('message', resolve));
  const closed = new Promise((resolve) => client.on('close', resolve));
  client.send(Buffer.alloc(65 * 1024));
  expect(await closed).toBe(1009);
});

it('answers errors before the handshake as HTTP', async () => {
  const status = (path: string) =>
    new Promise((resolve, reject) => {
      const client = open(path);
      client.on('unexpected-response', (_request, response) => {
        resolve(response.statusCode);
        client.terminate();
      });
      client.on('open', reject);
      client.on('error', () => {});
    });
  expect(await status('/live/none.flv')).toBe(404);
  expect(await status('/live/a%20b.flv')).toBe(400);
  expect(await status('/nothing')).toBe(404);
});

it('refuses who speaks before the handshake is done', async () => {
  const head = `GET /live/a.flv HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 7\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`;
  const text = await new Promise<string>((resolve) => {
    const socket = connect(port(), '127.0.0.1', () => socket.write(head));
    let all = '';
    socket.on('data', (chunk) => {
      all += chunk;
    });
    socket.on('close', () => resolve(all));
  });
  expect(text).toMatch(/^HTTP\/1.1 426 .*Sec-WebSocket-Version: 13/s);
});
