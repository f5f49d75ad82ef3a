import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type Socket, connect as tcpConnect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEngine, type Engine, type Frame } from '@sluice/core';
import { type Amf0Value, FlvDemuxer, FlvTagParser, parseAmf0 } from '@sluice/plugin-format-flv';
import rtmp, { ChunkReader, type RtmpMessage, RtmpType, rtmpForm } from '../src/index.js';
import { command, simpleHandshake } from './support.js';

const file = join(import.meta.dirname, '../../../../shared/cases/media/avatar.flv');
const there = existsSync(file) ? it : it.skip;

/** A client on a real socket that waits for what it is told. */
class Client {
  readonly #messages: RtmpMessage[] = [];
  readonly #reader = new ChunkReader();
  readonly closed: Promise<unknown>;
  #skip = 3073;
  #wake: () => void = () => {};

  private constructor(readonly socket: Socket) {
    this.closed = once(socket, 'close');
    socket.on('error', () => {});
    socket.on('data', (bytes: Buffer) => {
      const skipped = Math.min(this.#skip, bytes.length);
      this.#skip -= skipped;
      this.#reader.push(bytes.subarray(skipped));
      for (let message = this.#reader.next(); message; message = this.#reader.next()) {
        if (message.type === RtmpType.setChunkSize) this.#reader.setChunkSize(message.body.readUInt32BE());
        this.#messages.push(message);
      }
      this.#wake();
    });
  }

  static async open(port: number, ...values: Amf0Value[][]): Promise<Client> {
    const socket = tcpConnect(port, '127.0.0.1');
    await once(socket, 'connect');
    const client = new Client(socket);
    socket.write(Buffer.concat([simpleHandshake, command('connect', 1, { app: 'live' }), ...values.map((each) => command(...each))]));
    return client;
  }

  async next(wanted: (message: RtmpMessage) => boolean): Promise<RtmpMessage> {
    for (;;) {
      for (let message = this.#messages.shift(); message; message = this.#messages.shift()) if (wanted(message)) return message;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** The code of the next onStatus. */
  async status(): Promise<string> {
    const { body } = await this.next(({ type, body }) => type === RtmpType.command && parseAmf0(body)[0] === 'onStatus');
    return (parseAmf0(body)[3] as { code: string }).code;
  }
}

/** A file as RTMP, sent in chunks of 65536 bytes. */
function sendFile(client: Client): Frame[] {
  const frames: Frame[] = [];
  const demuxer = new FlvDemuxer({ onFrame: (frame) => frames.push(frame) });
  demuxer.receive(readFileSync(file));
  const muxer = rtmpForm.createMuxer(demuxer.parser.tracks);
  client.socket.write(Buffer.from('02000000000004010000000000010000', 'hex'));
  client.socket.write(muxer.header(demuxer.parser.tracks));
  for (const frame of frames) muxer.mux(frame, { append: (bytes) => client.socket.write(bytes) });
  return frames;
}

describe('server', () => {
  let engine: Engine;
  let port: number;
  let data: string;

  beforeEach(async () => {
    data = mkdtempSync(join(tmpdir(), 'sluice-rtmp-'));
    engine = await createEngine({ plugins: [rtmp], config: { rtmp: { port: 0 }, engine: { data, host: '127.0.0.1' } } });
    await engine.start();
    port = engine.addresses[0]?.port ?? 0;
  });

  afterEach(async () => {
    await engine.stop();
    rmSync(data, { recursive: true, force: true });
  });

  there('hands what is published to a player', async () => {
    const publisher = await Client.open(port, ['publish', 2, null, 'cam?owner=x']);
    expect(await publisher.status()).toBe('NetStream.Publish.Start');
    const player = Client.open(port, ['play', 2, null, 'cam']);
    const sent = sendFile(publisher);
    const client = await player;
    expect(await client.status()).toBe('NetStream.Play.Reset');
    const last = sent.findLast(({ track }) => track.kind === 'video') as Frame;
    const parser = new FlvTagParser();
    const known = new Set(sent.map(({ units }) => Buffer.concat(units).toString('base64')));
    for (;;) {
      const message = await client.next(({ type }) => type === RtmpType.video || type === RtmpType.audio);
      const frame = parser.receive(message.type, message.timestampMs, message.body);
      if (frame === undefined) continue;
      expect(known.has(Buffer.concat(frame.units).toString('base64'))).toBe(true);
      if (frame.track.kind === 'video' && frame.dts === last.dts) break;
    }
    expect(engine.streams.describe('live/cam')?.publisher?.query).toEqual({ owner: 'x' });
    engine.streams.close('live/cam', { code: 'kicked' });
    expect(await client.status()).toBe('NetStream.Play.UnpublishNotify');
    expect(await publisher.status()).toBe('NetStream.Unpublish.Success');
    await Promise.all([client.closed, publisher.closed]);
  });

  it('says why not, and closes', async () => {
    const first = await Client.open(port, ['publish', 2, null, 'cam']);
    expect(await first.status()).toBe('NetStream.Publish.Start');
    const answers: [Amf0Value[], string][] = [
      [['publish', 2, null, 'cam'], 'NetStream.Publish.BadName'],
      [['publish', 2, null, '../../etc'], 'NetStream.Publish.BadName'],
      [['play', 2, null, 'none'], 'NetStream.Play.StreamNotFound'],
    ];
    for (const [values, expected] of answers) {
      const client = await Client.open(port, values);
      expect(await client.status()).toBe(expected);
      await client.closed;
    }
    first.socket.destroy();
  });

  it('closes a connection that breaks the protocol and lives on', async () => {
    const socket = tcpConnect(port, '127.0.0.1');
    const closed = once(socket, 'close');
    socket.on('error', () => {});
    socket.write('GET / HTTP/1.1\r\n\r\n');
    await closed;
    const client = await Client.open(port, ['publish', 2, null, 'cam']);
    expect(await client.status()).toBe('NetStream.Publish.Start');
    client.socket.write(command('deleteStream', 0, null, 1));
    client.socket.write(command('publish', 3, null, 'cam2'));
    expect(await client.status()).toBe('NetStream.Publish.Start');
    client.socket.destroy();
  });
});
