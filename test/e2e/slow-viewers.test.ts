import { connect, type Socket } from 'node:net';
import { media } from './support/paths.js';
import { describeWith, killAll, start } from './support/programs.js';
import { type Server, startServer, streamState } from './support/server.js';

const FILE = media('avatar.flv');
const VIEWERS = 200;
const STUCK = 5;

interface StreamBody {
  readonly state: string;
  readonly viewers: number;
}

/** An HTTP-FLV viewer without any of our code: counts the tags of each kind that arrive whole. */
class RawViewer {
  readonly socket: Socket;
  videoTags = 0;
  readonly times: number[] = [];
  #buffer: Buffer = Buffer.alloc(0);
  #headerDone = false;

  constructor(port: number, path: string, read: boolean) {
    this.socket = connect({ port, host: '127.0.0.1' });
    this.socket.write(`GET /${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
    this.socket.on('error', () => {});
    if (read) this.socket.on('data', (bytes) => this.#take(bytes));
    else this.socket.pause();
  }

  #take(bytes: Buffer): void {
    this.#buffer = this.#buffer.length === 0 ? bytes : Buffer.concat([this.#buffer, bytes]);
    if (!this.#headerDone) {
      const end = this.#buffer.indexOf('\r\n\r\n');
      if (end < 0 || this.#buffer.length < end + 4 + 13) return;
      this.#buffer = this.#buffer.subarray(end + 4 + 13);
      this.#headerDone = true;
    }
    while (this.#buffer.length >= 15) {
      const size = this.#buffer.readUIntBE(1, 3);
      if (this.#buffer.length < size + 15) return;
      // Type 9 is video; packet type 0 a sequence header.
      if (this.#buffer[0] === 9 && this.#buffer[12] === 1) {
        this.videoTags++;
        this.times.push(this.#buffer.readUIntBE(4, 3));
      }
      this.#buffer = this.#buffer.subarray(size + 15);
    }
  }
}

describeWith({ programs: ['ffmpeg'], files: [FILE] }, '200 viewers, five of which never read', () => {
  let server: Server;
  beforeAll(async () => {
    server = await startServer('server', ['engine.delivery.slowSeconds=3']);
  }, 60_000);
  afterAll(async () => {
    await server.stop();
    await killAll();
  }, 30_000);

  it('gives every frame to 195 and drops the five, with reasons', async () => {
    // 8 Mbit/s fill the kernel's buffers of a viewer that does not read within seconds.
    const source = [
      '-re',
      '-f',
      'lavfi',
      '-i',
      'testsrc2=size=1280x720:rate=25',
      '-vf',
      'noise=alls=60:allf=t',
      '-c:v',
      'libx264',
      '-preset',
      'ultrafast',
      '-g',
      '25',
      '-b:v',
      '8000k',
    ];
    start('ffmpeg', ['-v', 'error', ...source, '-f', 'flv', server.url('rtmp', 'live/a')]);
    await streamState<StreamBody>(server, 'live/a', (stream) => stream.state === 'live');
    const viewers = Array.from({ length: VIEWERS }, (_, i) => new RawViewer(server.ports.http, 'live/a.flv', i >= STUCK));
    await streamState<StreamBody>(server, 'live/a', (stream) => stream.viewers === VIEWERS, 30_000);
    const before = await server.api<{ memory: { rss: number } }>('/server');
    // They are gone when the server says so: skipped first, then disconnected.
    await streamState<StreamBody>(server, 'live/a', (stream) => stream.viewers === VIEWERS - STUCK, 90_000);
    const after = await server.api<{ memory: { rss: number } }>('/server');
    const { body } = await server.api<{ items: { kind: string; drops: number }[] }>('/sessions?stream=live/a&limit=1000');
    expect(body.items.filter(({ kind }) => kind === 'viewer').every(({ drops }) => drops === 0)).toBe(true);
    const readers = viewers.slice(STUCK);
    for (const { times } of readers) {
      const steps = times.slice(1).map((time, i) => time - (times[i] as number));
      expect(steps.every((step) => step > 0 && step <= 41)).toBe(true);
    }
    expect(Math.min(...readers.map(({ videoTags }) => videoTags))).toBeGreaterThan(100);
    expect(after.body.memory.rss - before.body.memory.rss).toBeLessThan(150e6);
    for (const { socket } of viewers) socket.destroy();
  }, 180_000);
});
