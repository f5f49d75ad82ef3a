import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeWith, killAll, run, start } from './support/programs.js';
import { type Server, startServer, streamState } from './support/server.js';

const VIEWERS = 200;
const STUCK = 5;

interface StreamBody {
  readonly state: string;
  readonly viewers: number;
}

/** Of an FLV tag: its header, and the first two bytes of its body. */
const TAG_START = 13;

/** An HTTP-FLV viewer without any of our code, cheap enough for 200 in one process: looks at the start of each tag and passes over the rest. */
class RawViewer {
  readonly socket: Socket;
  videoTags = 0;
  readonly times: number[] = [];
  /** What is left of the answer's head, or of the start of a tag. */
  #held: Buffer = Buffer.alloc(0);
  #headerDone = false;
  /** Bytes of the tag still to pass over. */
  #skip = 0;

  constructor(port: number, path: string, read: boolean) {
    this.socket = connect({ port, host: '127.0.0.1' });
    this.socket.write(`GET /${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
    this.socket.on('error', () => {});
    if (read) this.socket.on('data', (bytes) => this.#take(bytes));
    else this.socket.pause();
  }

  #take(bytes: Buffer): void {
    const data = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]);
    let at = 0;
    if (!this.#headerDone) {
      const end = data.indexOf('\r\n\r\n');
      this.#headerDone = end >= 0;
      at = end < 0 ? 0 : end + 4;
      // The FLV header and the first, empty "previous tag size".
      this.#skip = 13;
    }
    while (this.#headerDone) {
      const step = Math.min(this.#skip, data.length - at);
      at += step;
      this.#skip -= step;
      if (data.length - at < TAG_START) break;
      // Type 9 is video; packet type 0 a sequence header.
      if (data[at] === 9 && data[at + 12] === 1) {
        this.videoTags++;
        this.times.push(data.readUIntBE(at + 4, 3));
      }
      this.#skip = data.readUIntBE(at + 1, 3) + 15;
    }
    this.#held = data.subarray(at);
  }
}

describeWith({ programs: ['ffmpeg'] }, '200 viewers, five of which never read', () => {
  let server: Server;
  const folder = mkdtempSync(join(tmpdir(), 'sluice-e2e-'));
  // 4 Mbit/s fill the kernel's buffers of a viewer that does not read within seconds. Made once: an encoder beside 200 viewers would take a small machine's time.
  const source = join(folder, 'noise.flv');
  beforeAll(async () => {
    const picture = ['-f', 'lavfi', '-i', 'testsrc2=size=640x360:rate=25', '-vf', 'noise=alls=60:allf=t', '-t', '4'];
    const coding = ['-c:v', 'libx264', '-preset', 'ultrafast', '-bf', '0', '-g', '25', '-b:v', '4000k', '-maxrate', '4000k', '-bufsize', '1000k'];
    await run('ffmpeg', ['-v', 'error', ...picture, ...coding, source]);
    server = await startServer('server', ['engine.delivery.slowSeconds=3']);
  }, 60_000);
  afterAll(async () => {
    await server.stop();
    await killAll();
    rmSync(folder, { recursive: true, force: true });
  }, 30_000);

  it('gives every frame to 195 and drops the five, with reasons', async () => {
    start('ffmpeg', ['-v', 'error', '-re', '-stream_loop', '-1', '-i', source, '-c', 'copy', '-f', 'flv', server.url('rtmp', 'live/a')]);
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
