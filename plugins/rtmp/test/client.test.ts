import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { type Frame, type Link, type LinkOptions, type Publisher, type SluiceError, shiftFrame } from '@sluice/core';
import { startTestEngine, type TestEngine } from '@sluice/core/testing';
import { type Amf0Value, FlvDemuxer, parseAmf0, serializeAmf0 } from '@sluice/plugin-format-flv';
import rtmp, { ChunkReader, RtmpType, rtmpClientService, serializeMessage } from '../src/index.js';
import { answerHandshake } from '../src/proto/handshake.js';
import { tools } from './support.js';

const file = join(import.meta.dirname, '../../../../shared/cases/media/avatar.flv');
const withFile = existsSync(file) ? it : it.skip;

const start = (config: Record<string, unknown> = {}) => startTestEngine({ plugins: [rtmp], config: { rtmp: { port: 0 }, ...config } });
const portOf = (engine: TestEngine) => engine.addresses.find(({ plugin }) => plugin === 'rtmp')?.port ?? 0;

/** A link as a test sees it. */
interface Watched {
  readonly link: Link;
  readonly live: Promise<void>;
  /** The error's code and message; `none` for an end that was wanted. */
  readonly ended: Promise<{ readonly code: string; readonly message: string }>;
}

function watch(open: (told: Pick<LinkOptions, 'onLive' | 'onEnd'>) => Link): Watched {
  let onLive: () => void = () => {};
  let onEnd: (error?: SluiceError) => void = () => {};
  const live = new Promise<void>((resolve) => {
    onLive = resolve;
  });
  const ended = new Promise<{ code: string; message: string }>((resolve) => {
    onEnd = (error) => resolve({ code: error?.code ?? 'none', message: error?.message ?? '' });
  });
  return { link: open({ onLive, onEnd }), live, ended };
}

function framesOf(path: string): Frame[] {
  const frames: Frame[] = [];
  new FlvDemuxer({ onFrame: (frame) => frames.push(frame) }).receive(readFileSync(path));
  return frames;
}

const key = ({ track, units }: Frame) => `${track.kind} ${Buffer.concat(units).toString('base64')}`;

/** A port where nobody listens. */
async function nobodysPort(): Promise<number> {
  const nobody = createServer().listen(0, '127.0.0.1');
  await once(nobody, 'listening');
  const { port } = nobody.address() as { port: number };
  nobody.close();
  return port;
}

describe('between two engines', () => {
  let here: TestEngine;
  let there: TestEngine;
  let frames: Frame[] = [];
  const links: Link[] = [];

  const url = (query = '') => `rtmp://127.0.0.1:${portOf(there)}/far/cam${query}`;
  const open = (kind: 'pull' | 'push', options: Partial<LinkOptions> = {}) => {
    const watched = watch((told) => here.service(rtmpClientService)[kind]({ path: 'live/cam', url: url(), timeoutMs: 5000, ...told, ...options }));
    links.push(watched.link);
    return watched;
  };
  const publish = async (engine: TestEngine, path: string, query = {}) => {
    const publisher = await engine.publish(path, { query, expects: ['video', 'audio'], receiveTimeoutSeconds: 0 });
    for (const frame of frames) publisher.write(frame);
    return publisher;
  };
  const again = (publisher: Publisher) => {
    const last = frames.at(-1) as Frame;
    const shiftMs = (last.dts * 1000) / last.track.clockRate + 40;
    for (const frame of frames) publisher.write(shiftFrame(frame, (shiftMs * frame.track.clockRate) / 1000));
  };
  /** As many pictures as the file has, all of them the file's. */
  const expectSame = async (engine: TestEngine, path: string, publisher: Publisher) => {
    const subscription = await engine.subscribe(path);
    again(publisher);
    const known = new Set(frames.map(key));
    let left = frames.filter(({ track }) => track.kind === 'video').length;
    for await (const frame of subscription) {
      expect(known.has(key(frame))).toBe(true);
      if (frame.track.kind === 'video' && --left === 0) break;
    }
  };

  beforeAll(() => {
    if (existsSync(file)) frames = framesOf(file);
  });
  beforeEach(async () => {
    here = await start();
    there = await start();
  });
  afterEach(async () => {
    for (const link of links.splice(0)) link.close();
    await here.dispose();
    await there.dispose();
  });

  withFile('pushes a stream unit by unit until it is closed', async () => {
    const publisher = await publish(here, 'live/cam', { receiveTimeoutSeconds: '77' });
    const push = open('push', { url: url('?owner=x&token=secret') });
    await push.live;
    // How long the publisher may be silent goes along.
    expect(there.streams.describe('far/cam')?.publisher?.query).toMatchObject({ owner: 'x', receiveTimeoutSeconds: '77' });
    await expectSame(there, 'far/cam', publisher);
    expect(push.link.bytes).toBeGreaterThan(10_000);
    push.link.close();
    push.link.close();
    expect(await push.ended).toMatchObject({ code: 'none' });
    await there.reported(({ type, data }) => type === 'stream.closed' && 'path' in data && data.path === 'far/cam');
  });

  withFile('pulls a stream unit by unit until it is closed', async () => {
    const publisher = await publish(there, 'far/cam');
    const pull = open('pull', { url: url('?owner=x') });
    await pull.live;
    expect(here.streams.describe('live/cam')?.publisher).toMatchObject({ protocol: 'rtmp', query: { owner: 'x' } });
    expect(there.streams.sessions('far/cam')).toContainEqual(expect.objectContaining({ kind: 'viewer', query: { owner: 'x' } }));
    await expectSame(here, 'live/cam', publisher);
    expect(pull.link.bytes).toBeGreaterThan(10_000);
    pull.link.close();
    expect(await pull.ended).toMatchObject({ code: 'none' });
    expect(here.streams.describe('live/cam')).toBeUndefined();
    await there.reported(({ type, data }) => type === 'session.ended' && 'session' in data && data.session.kind === 'viewer');
  });

  withFile('a pull ends with its source, and the stream lingers for the next', async () => {
    const publisher = await publish(there, 'far/cam');
    const pull = open('pull');
    await pull.live;
    await here.subscribe('live/cam');
    await publisher.close();
    expect(await pull.ended).toMatchObject({ code: 'ERR_RTMP_CLOSED' });
    expect(here.streams.describe('live/cam')).toMatchObject({ state: 'lingering' });
    const next = await publish(there, 'far/cam');
    await open('pull').live;
    await expectSame(here, 'live/cam', next);
  });

  withFile('a link ends without an error where the stream here was ended', async () => {
    await publish(there, 'far/cam');
    const pull = open('pull');
    await pull.live;
    here.streams.close('live/cam', { code: 'kicked' });
    expect(await pull.ended).toMatchObject({ code: 'none' });
    const publisher = await publish(here, 'live/cam');
    const push = open('push', { url: url().replace('far', 'further') });
    await push.live;
    await publisher.close();
    expect(await push.ended).toMatchObject({ code: 'none' });
  });

  withFile('says why it is refused, in the words of the server', async () => {
    await publish(there, 'far/cam');
    await publish(here, 'live/cam');
    expect(await open('push').ended).toMatchObject({ code: 'ERR_RTMP_REFUSED', message: expect.stringMatching(/^NetStream\.Publish\.BadName: ./) });
    const missing = open('pull', { path: 'live/other', url: url('x') });
    expect(await missing.ended).toMatchObject({ code: 'ERR_RTMP_NOT_FOUND', message: expect.stringMatching(/^NetStream\.Play\.StreamNotFound: ./) });
    expect(await open('pull').ended).toMatchObject({ code: 'ERR_STREAM_BUSY' });
  });

  it('goes where nobody is, and where it may not, in vain', async () => {
    const port = await nobodysPort();
    expect(await open('pull', { url: `rtmp://127.0.0.1:${port}/far/cam` }).ended).toMatchObject({ code: 'ERR_CONNECT' });
    const asked: string[] = [];
    const forbidden = open('push', { url: `rtmp://localhost:${portOf(there)}/far/cam`, allow: (address) => asked.push(address) < 0 });
    expect(await forbidden.ended).toMatchObject({ code: 'ERR_CONNECT_TARGET' });
    expect(asked).toContain('127.0.0.1');
    expect(there.streams.sessions()).toEqual([]);
  });

  it.each(['pull', 'push'] as const)('a %s of a bad URL is refused at once, and one that is closed at once connects no more', async (kind) => {
    expect(() => open(kind, { url: 'http://h/a/b' })).toThrow(expect.objectContaining({ code: 'ERR_RTMP_URL' }));
    const closed = open(kind);
    closed.link.close();
    expect(await closed.ended).toMatchObject({ code: 'none' });
  });
});

/** A server that takes any publisher and player and then does what a test says. */
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
    const reply = (...values: readonly Amf0Value[]) => socket.write(serializeMessage(3, RtmpType.command, 0, 0, serializeAmf0(...values), 128));
    if (name === 'connect') reply('_result', id, null, null);
    if (name === 'createStream') reply('_result', id, null, this.behaviour.streamId ?? 1);
    if (name !== 'publish' && name !== 'play') return;
    reply('onStatus', 0, null, { level: 'status', code: name === 'publish' ? 'NetStream.Publish.Start' : 'NetStream.Play.Start', description: '' });
    if (this.behaviour.deaf) socket.pause();
  }
}

describe('with other servers', () => {
  let here: TestEngine;
  let peer: Peer;
  let opened: Watched | undefined;

  beforeEach(async () => {
    here = await start();
  });
  afterEach(async () => {
    opened?.link.close();
    peer.close();
    await here.dispose();
  });

  const open = async (kind: 'pull' | 'push', behaviour: Peer['behaviour'], timeoutMs = 200) => {
    peer = new Peer(behaviour);
    await once(peer.server, 'listening');
    const url = `rtmp://127.0.0.1:${peer.port}/far/cam`;
    opened = watch((told) => here.service(rtmpClientService)[kind]({ path: 'live/cam', url, timeoutMs, ...told }));
    return opened;
  };
  const push = async (behaviour: Peer['behaviour'], timeoutMs?: number) => {
    const publisher = await here.publish('live/cam', { expects: ['video', 'audio'], receiveTimeoutSeconds: 0 });
    const frames = framesOf(file);
    for (const frame of frames) publisher.write(frame);
    return { publisher, frames, ...(await open('push', behaviour, timeoutMs)) };
  };

  withFile('sends on the message stream that it is given', async () => {
    const media = new Promise<void>((resolve) => {
      void push({ streamId: 5 }, 10_000).then(() => {
        peer.onMedia = resolve;
      });
    });
    await media;
    const kinds = [RtmpType.video, RtmpType.audio, RtmpType.data] as readonly number[];
    const streams = new Set(peer.messages.filter(([type]) => kinds.includes(type)).map(([, streamId]) => streamId));
    expect(streams).toEqual(new Set([5]));
  });

  it.each(['pull', 'push'] as const)('a %s leaves a server that does not answer', async (kind) => {
    const { ended } = await open(kind, { silent: true });
    expect(await ended).toMatchObject({ code: 'ERR_RTMP_TIMEOUT', message: expect.stringContaining('handshake') });
  });

  it('a pull leaves a server that says it plays and sends nothing', async () => {
    const { ended } = await open('pull', {});
    expect(await ended).toMatchObject({ code: 'ERR_RTMP_TIMEOUT', message: expect.stringContaining('did not begin') });
    expect(here.streams.list()).toEqual([]);
  });

  withFile('a push leaves a server that takes nothing any more', async () => {
    const { publisher, frames, live, ended } = await push({ deaf: true });
    await live;
    // More than the system keeps for a connection.
    const step = frames.at(-1) as Frame;
    const loopMs = (step.dts * 1000) / step.track.clockRate + 40;
    let round = 0;
    const more = setInterval(() => {
      round++;
      for (const frame of frames) publisher.write(shiftFrame(frame, (round * loopMs * frame.track.clockRate) / 1000));
    }, 5);
    const { code, message } = await ended;
    clearInterval(more);
    expect([code, message]).toEqual(['ERR_RTMP_TIMEOUT', expect.stringContaining('took nothing')]);
  });

  withFile('a push is told that the server went away', async () => {
    const { live, ended } = await push({});
    await live;
    for (const socket of peer.sockets) socket.destroy();
    expect(await ended).toMatchObject({ code: 'ERR_RTMP_CLOSED' });
  });
});
