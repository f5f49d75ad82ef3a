import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { type Frame, type Publisher, shiftFrame } from '@sluice/core';
import { startTestEngine, type TestEngine } from '@sluice/core/testing';
import { FlvDemuxer, parseAmf0, serializeAmf0 } from '@sluice/plugin-format-flv';
import rtmp, { ChunkReader, type RtmpPush, type RtmpPushInfo, type RtmpPushOptions, RtmpType, rtmpClientService, serializeMessage } from '../src/index.js';
import { answerHandshake } from '../src/proto/handshake.js';
import { tools } from './support.js';

const file = join(import.meta.dirname, '../../../../shared/cases/media/avatar.flv');
const there = existsSync(file) ? it : it.skip;

const start = (config: Record<string, unknown> = {}) => startTestEngine({ plugins: [rtmp], config: { rtmp: { port: 0 }, ...config } });
const portOf = (engine: TestEngine) => engine.addresses.find(({ plugin }) => plugin === 'rtmp')?.port ?? 0;

/** The states of a push, and a way to wait for one. */
class States {
  readonly seen: RtmpPushInfo[] = [];
  #wake: () => void = () => {};
  readonly onState = (info: RtmpPushInfo): void => {
    this.seen.push(info);
    this.#wake();
  };
  async find(wanted: (info: RtmpPushInfo) => boolean, from = 0): Promise<RtmpPushInfo> {
    for (;;) {
      const found = this.seen.slice(from).find(wanted);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

function framesOf(path: string): Frame[] {
  const frames: Frame[] = [];
  new FlvDemuxer({ onFrame: (frame) => frames.push(frame) }).receive(readFileSync(path));
  return frames;
}

const key = ({ track, units }: Frame) => `${track.kind} ${Buffer.concat(units).toString('base64')}`;

describe('push', () => {
  let here: TestEngine;
  let server: TestEngine;
  let states: States;
  let publisher: Publisher;
  let frames: Frame[] = [];
  const pushes: RtmpPush[] = [];

  const push = (options: Omit<RtmpPushOptions, 'path' | 'onState'>) => {
    const started = here.service(rtmpClientService).push({ path: 'live/cam', onState: states.onState, retryIntervalMs: 20, ...options });
    pushes.push(started);
    return started;
  };
  const publish = async () => {
    publisher = await here.publish('live/cam', { expects: ['video', 'audio'], receiveTimeoutSeconds: 0 });
    for (const frame of frames) publisher.write(frame);
  };

  beforeAll(() => {
    if (existsSync(file)) frames = framesOf(file);
  });
  beforeEach(async () => {
    states = new States();
    here = await start();
    server = await start();
  });
  afterEach(async () => {
    for (const each of pushes.splice(0)) await each.close();
    await here.dispose();
    await server.dispose();
  });

  there('forwards a stream unit by unit, waits for it, and for its return', async () => {
    const url = `rtmp://127.0.0.1:${portOf(server)}/far/cam?owner=x&token=secret`;
    const running = push({ url });
    expect(running.info()).toMatchObject({ path: 'live/cam', state: 'idle', attempt: 0, bytes: 0 });
    expect(running.info().url).not.toContain('secret');
    await publish();
    await states.find(({ state }) => state === 'live');
    const subscription = await server.subscribe('far/cam');
    expect(server.streams.describe('far/cam')?.publisher?.query).toMatchObject({ owner: 'x' });
    const known = new Map(frames.map((frame) => [key(frame), frame]));
    const last = frames.at(-1) as Frame;
    const shift = (last.dts * 1000) / last.track.clockRate + 40;
    for (const frame of frames) publisher.write(shiftFrame(frame, (shift * frame.track.clockRate) / 1000));
    let videos = 0;
    const wanted = frames.filter(({ track }) => track.kind === 'video').length;
    for await (const frame of subscription) {
      expect(known.has(key(frame))).toBe(true);
      if (frame.track.kind === 'video' && ++videos === wanted) break;
    }
    expect(running.info().bytes).toBeGreaterThan(10_000);
    await publisher.close();
    await states.find(({ state }) => state === 'idle');
    const before = states.seen.length;
    await publish();
    await states.find(({ state }) => state === 'live', before);
    await running.close();
    expect(running.info().state).toBe('stopped');
    await server.reported(({ type, data }) => type === 'stream.closed' && 'path' in data && data.path === 'far/cam');
  });

  there('tells the next server how long it may be silent', async () => {
    publisher = await here.publish('live/cam', { query: { receiveTimeoutSeconds: '77' }, expects: ['video', 'audio'] });
    for (const frame of frames) publisher.write(frame);
    push({ url: `rtmp://127.0.0.1:${portOf(server)}/far/cam` });
    await states.find(({ state }) => state === 'live');
    expect(server.streams.describe('far/cam')?.publisher?.query.receiveTimeoutSeconds).toBe('77');
  });

  there('says why it is refused, in the words of the server, and tries again until it is taken', async () => {
    const blocker = await server.publish('far/cam', { receiveTimeoutSeconds: 0 });
    await publish();
    push({ url: `rtmp://127.0.0.1:${portOf(server)}/far/cam` });
    const refused = await states.find(({ state }) => state === 'retrying');
    expect(refused).toMatchObject({ attempt: 1, lastError: { code: 'ERR_RTMP_REFUSED', message: expect.stringMatching(/^NetStream\.Publish\.BadName: ./) } });
    await blocker.close();
    expect(await states.find(({ state }) => state === 'live')).toMatchObject({ lastError: { code: 'ERR_RTMP_REFUSED' } });
  });

  there('gives up after its retries, and never goes where it may not', async () => {
    const nobody = createServer().listen(0, '127.0.0.1');
    await once(nobody, 'listening');
    const { port } = nobody.address() as { port: number };
    nobody.close();
    await publish();
    push({ url: `rtmp://127.0.0.1:${port}/far/cam`, retries: 2 });
    expect(await states.find(({ state }) => state === 'failed')).toMatchObject({ attempt: 3, lastError: { code: 'ERR_CONNECT' } });
    const before = states.seen.length;
    const asked: string[] = [];
    push({ url: `rtmp://localhost:${portOf(server)}/far/cam`, retries: 0, allow: (address) => asked.push(address) < 0 });
    expect(await states.find(({ state }) => state === 'failed', before)).toMatchObject({ lastError: { code: 'ERR_RTMP_TARGET' } });
    expect(asked).toContain('127.0.0.1');
    expect(server.streams.list()).toEqual([]);
  });

  it('refuses a URL at once', () => {
    expect(() => here.service(rtmpClientService).push({ path: 'live/cam', url: 'http://h/a/b' })).toThrow(expect.objectContaining({ code: 'ERR_RTMP_URL' }));
  });
});

/** A server that takes any publisher and then does what a test says. */
class Peer {
  readonly server: Server;
  readonly sockets: Socket[] = [];
  /** Types and message streams of what came. */
  readonly messages: [type: number, streamId: number][] = [];
  onMedia: () => void = () => {};

  constructor(readonly behaviour: { readonly silent?: boolean; readonly deaf?: boolean; readonly streamId?: number }) {
    this.server = createServer((socket) => this.#serve(socket)).listen(0, '127.0.0.1');
  }
  get port(): number {
    return (this.server.address() as { port: number }).port;
  }
  close(): void {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
  }

  #serve(socket: Socket): void {
    this.sockets.push(socket);
    socket.on('error', () => {});
    if (this.behaviour.silent) return;
    let head = Buffer.alloc(0);
    let answered = false;
    const reader = new ChunkReader();
    socket.on('data', (bytes: Buffer) => {
      if (!answered) {
        head = Buffer.concat([head, bytes]);
        if (head.length < 1537) return;
        answered = true;
        socket.write(answerHandshake(head.subarray(1, 1537), tools));
        return;
      }
      const skipped = Math.max(0, Math.min(bytes.length, this.#c2Left.get(socket) ?? 1536));
      this.#c2Left.set(socket, (this.#c2Left.get(socket) ?? 1536) - skipped);
      reader.push(bytes.subarray(skipped));
      for (let message = reader.next(); message; message = reader.next()) {
        if (message.type === RtmpType.setChunkSize) reader.setChunkSize(message.body.readUInt32BE());
        this.messages.push([message.type, message.streamId]);
        if (message.type === RtmpType.command) this.#answer(socket, message.body);
        else if (message.type === RtmpType.video) this.onMedia();
      }
    });
  }
  readonly #c2Left = new Map<Socket, number>();

  #answer(socket: Socket, body: Buffer): void {
    const [name, id] = parseAmf0(body);
    const reply = (...values: Parameters<typeof serializeAmf0>) => socket.write(serializeMessage(3, RtmpType.command, 0, 0, serializeAmf0(...values), 128));
    if (name === 'connect') reply('_result', id, null, null);
    if (name === 'createStream') reply('_result', id, null, this.behaviour.streamId ?? 1);
    if (name !== 'publish') return;
    reply('onStatus', 0, null, { level: 'status', code: 'NetStream.Publish.Start', description: '' });
    if (this.behaviour.deaf) socket.pause();
  }
}

describe('push to other servers', () => {
  let here: TestEngine;
  let states: States;
  let peer: Peer;
  let running: RtmpPush | undefined;

  beforeEach(async () => {
    states = new States();
    here = await start();
  });
  afterEach(async () => {
    await running?.close();
    peer.close();
    await here.dispose();
  });

  const push = async (behaviour: Peer['behaviour']) => {
    peer = new Peer(behaviour);
    await once(peer.server, 'listening');
    const publisher = await here.publish('live/cam', { expects: ['video', 'audio'], receiveTimeoutSeconds: 0 });
    const frames = framesOf(file);
    for (const frame of frames) publisher.write(frame);
    const url = `rtmp://127.0.0.1:${peer.port}/far/cam`;
    running = here.service(rtmpClientService).push({ path: 'live/cam', url, onState: states.onState, timeoutSeconds: 0.2, retryIntervalMs: 60_000 });
    return { publisher, frames };
  };

  there('sends on the message stream that it is given', async () => {
    const media = new Promise<void>((resolve) => {
      void push({ streamId: 5 }).then(() => {
        peer.onMedia = resolve;
      });
    });
    await media;
    const kinds = [RtmpType.video, RtmpType.audio, RtmpType.data] as readonly number[];
    const streams = new Set(peer.messages.filter(([type]) => kinds.includes(type)).map(([, streamId]) => streamId));
    expect(streams).toEqual(new Set([5]));
  });

  there('leaves a server that does not answer', async () => {
    await push({ silent: true });
    expect(await states.find(({ state }) => state === 'retrying')).toMatchObject({
      lastError: { code: 'ERR_RTMP_TIMEOUT', message: expect.stringContaining('handshake') },
    });
  });

  there('leaves a server that takes nothing any more', async () => {
    const { publisher, frames } = await push({ deaf: true });
    await states.find(({ state }) => state === 'live');
    // More than the system keeps for a connection.
    const step = frames.at(-1) as Frame;
    const loopMs = (step.dts * 1000) / step.track.clockRate + 40;
    let round = 0;
    const more = setInterval(() => {
      round++;
      for (const frame of frames) publisher.write(shiftFrame(frame, (round * loopMs * frame.track.clockRate) / 1000));
    }, 5);
    const ended = await states.find(({ state }) => state === 'retrying');
    clearInterval(more);
    expect(ended).toMatchObject({ lastError: { code: 'ERR_RTMP_TIMEOUT', message: expect.stringContaining('took nothing') } });
  });

  there('is told that the server went away', async () => {
    await push({});
    await states.find(({ state }) => state === 'live');
    for (const socket of peer.sockets) socket.destroy();
    expect(await states.find(({ state }) => state === 'retrying')).toMatchObject({ lastError: { code: 'ERR_RTMP_CLOSED' } });
  });
});
