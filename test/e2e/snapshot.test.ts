import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { media, root } from './support/paths.js';
import { describeWith, killAll, run, start } from './support/programs.js';
import { type Server, startServer, streamState } from './support/server.js';

const FILE = media('avatar.flv');
const H265_FILE = media('avatar.h265');
const PEERS = join(root, 'test/peers');
const BARS = 'smptebars=size=320x240:rate=25';
/** Mean difference of a colour value of 0 to 255: two lossy codings of colour bars. */
const MAX_MEAN_ERROR = 3;

interface StreamBody {
  readonly state: string;
  readonly tracks: readonly object[];
}

async function rgbOf(args: readonly string[], input?: Buffer): Promise<Buffer> {
  const ended = await run(
    'ffmpeg',
    ['-v', 'error', ...args, '-frames:v', '1', '-f', 'rawvideo', '-pix_fmt', 'rgb24', '-'],
    input === undefined ? {} : { input },
  );
  if (ended.code !== 0) throw new Error(ended.stderr);
  return ended.stdout;
}

function meanError(one: Buffer, other: Buffer): number {
  expect(one.length).toBe(other.length);
  let sum = 0;
  for (let i = 0; i < one.length; i++) sum += Math.abs((one[i] as number) - (other[i] as number));
  return sum / one.length;
}

async function sizeOf(jpeg: Buffer): Promise<string> {
  const { stdout } = await run('ffprobe', ['-v', 'error', '-f', 'mjpeg', '-show_entries', 'stream=codec_name,width,height', '-of', 'csv=p=0', '-i', 'pipe:0'], {
    input: jpeg,
  });
  return stdout.toString().trim();
}

/** A call without the JSON of `server.api`. */
async function snapshot(server: Server, path: string): Promise<{ readonly status: number; readonly type: string; readonly body: Buffer }> {
  const key = readFileSync(join(server.data, 'secrets/api-key'), 'utf8').trim();
  const response = await fetch(server.url('http', `api/v1/streams/${path}`), { headers: { authorization: `Bearer ${key}` } });
  return { status: response.status, type: response.headers.get('content-type') ?? '', body: Buffer.from(await response.arrayBuffer()) };
}

const errorCode = ({ body }: { readonly body: Buffer }) => (JSON.parse(body.toString()) as { error: { code: string } }).error.code;

describeWith({ programs: ['ffmpeg', 'ffprobe'], files: [FILE] }, 'snapshots', () => {
  let server: Server;
  let folder: string;
  let calls: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-snapshot-'));
    calls = join(folder, 'calls');
    // Counts the decoders that are started.
    const counted = join(folder, 'ffmpeg-counted');
    writeFileSync(calls, '');
    writeFileSync(counted, `#!/bin/sh\necho x >> ${calls}\nexec ffmpeg "$@"\n`);
    chmodSync(counted, 0o755);
    server = await startServer('server', [`snapshot.ffmpeg=${counted}`, 'snapshot.keyFrameSeconds=1']);
    const input = ['-re', '-f', 'lavfi', '-i', BARS, '-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-qp', '10', '-pix_fmt', 'yuv420p'];
    start('ffmpeg', ['-v', 'error', ...input, '-g', '250', '-f', 'flv', server.url('rtmp', 'live/bars')]);
    start('ffmpeg', ['-v', 'error', '-re', '-stream_loop', '-1', '-i', FILE, '-c', 'copy', '-f', 'flv', server.url('rtmp', 'live/a')]);
    start('ffmpeg', ['-v', 'error', '-re', '-stream_loop', '-1', '-i', FILE, '-vn', '-c', 'copy', '-f', 'flv', server.url('rtmp', 'live/sound')]);
    for (const path of ['live/bars', 'live/a', 'live/sound']) await streamState<StreamBody>(server, path, ({ state }) => state === 'live');
  }, 60_000);
  afterAll(async () => {
    await server.stop();
    await killAll();
    rmSync(folder, { recursive: true, force: true });
  }, 30_000);

  it('is the picture that was sent', async () => {
    const { status, type, body } = await snapshot(server, 'live/bars/snapshot.jpg');
    expect([status, type]).toEqual([200, 'image/jpeg']);
    expect(await sizeOf(body)).toBe('mjpeg,320,240');
    const [seen, sent] = await Promise.all([rgbOf(['-f', 'mjpeg', '-i', 'pipe:0'], body), rgbOf(['-f', 'lavfi', '-i', BARS])]);
    expect(meanError(seen, sent)).toBeLessThan(MAX_MEAN_ERROR);
  }, 30_000);

  it('is decoded once per key frame and size, however many ask', async () => {
    const before = readFileSync(calls, 'utf8').length;
    const answers = await Promise.all(Array.from({ length: 20 }, () => snapshot(server, 'live/bars/snapshot.jpg?width=160')));
    expect(answers.every(({ status, body }) => status === 200 && body.equals(answers[0]?.body as Buffer))).toBe(true);
    expect(await sizeOf(answers[0]?.body as Buffer)).toBe('mjpeg,160,120');
    // A key frame may have come in between.
    expect((readFileSync(calls, 'utf8').length - before) / 2).toBeLessThanOrEqual(2);
  }, 30_000);

  it.each([
    ['live/a/snapshot.jpg?width=200&height=100', 'mjpeg,200,100'],
    ['live/a/snapshot.jpg?height=160', 'mjpeg,384,160'],
    ['live%2Fa/snapshot.jpg', 'mjpeg,768,320'],
  ])(
    '%s is %s',
    async (path, size) => {
      const { status, body } = await snapshot(server, path);
      expect(status).toBe(200);
      expect(await sizeOf(body)).toBe(size);
    },
    30_000,
  );

  it('says why there is no picture', async () => {
    const none = await snapshot(server, 'live/none/snapshot.jpg');
    const sound = await snapshot(server, 'live/sound/snapshot.jpg');
    const size = await snapshot(server, 'live/a/snapshot.jpg?width=1');
    const unknown = await snapshot(server, 'live/a/snapshot.jpg?depth=3');
    expect([none.status, sound.status, size.status, unknown.status]).toEqual([404, 404, 400, 400]);
    expect([none, sound].map(errorCode)).toEqual(['ERR_STREAM_NOT_FOUND', 'ERR_SNAPSHOT_NO_VIDEO']);
    const { status } = await fetch(server.url('http', 'api/v1/streams/live/a/snapshot.jpg'));
    expect(status).toBe(401);
  }, 30_000);
});

describeWith({ programs: ['ffmpeg'], files: [FILE] }, 'snapshots without a decoder', () => {
  let server: Server;
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-snapshot-'));
  });
  afterEach(async () => {
    await server.stop();
    await killAll();
  }, 30_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const publish = async (): Promise<void> => {
    start('ffmpeg', ['-v', 'error', '-re', '-stream_loop', '-1', '-i', FILE, '-c', 'copy', '-f', 'flv', server.url('rtmp', 'live/a')]);
    await streamState<StreamBody>(server, 'live/a', ({ state }) => state === 'live');
  };

  it('answers 501 and says what to install', async () => {
    server = await startServer('server', ['snapshot.ffmpeg=/nowhere/ffmpeg']);
    await publish();
    const answer = await snapshot(server, 'live/a/snapshot.jpg');
    expect([answer.status, errorCode(answer)]).toEqual([501, 'ERR_SNAPSHOT_NO_DECODER']);
    expect(answer.body.toString()).toContain('install ffmpeg');
    const { body } = await server.api<{ warnings: string[] }>('/server');
    expect(body.warnings.some((warning) => warning.startsWith('snapshot:'))).toBe(true);
  }, 60_000);

  it('ends a decoder that hangs, and leaves no process behind', async () => {
    const hanging = join(folder, 'hanging');
    const pids = join(folder, 'pids');
    writeFileSync(hanging, `#!/bin/sh\necho $$ >> ${pids}\nexec sleep 100\n`);
    chmodSync(hanging, 0o755);
    server = await startServer('server', [`snapshot.ffmpeg=${hanging}`, 'snapshot.timeoutSeconds=1', 'snapshot.concurrency=1', 'snapshot.maxWaiting=1']);
    await publish();
    const answers = await Promise.all([1, 2, 3].map((width) => snapshot(server, `live/a/snapshot.jpg?width=${width * 16}`)));
    expect(answers.map(({ status }) => status).sort()).toEqual([503, 504, 504]);
    for (const pid of readFileSync(pids, 'utf8').trim().split('\n')) expect(() => process.kill(Number(pid), 0)).toThrow('ESRCH');
  }, 60_000);
});

describeWith({ programs: ['ffmpeg', 'ffprobe'], files: [H265_FILE, join(PEERS, 'node_modules/node-av')] }, 'a snapshot of H.265', () => {
  let server: Server;
  beforeAll(async () => {
    server = await startServer('server');
    start(process.execPath, [join(PEERS, 'publish.mjs'), H265_FILE, server.url('rtmp', 'live/h265')], { env: { UV_THREADPOOL_SIZE: '64' } });
    await streamState<StreamBody>(server, 'live/h265', ({ state, tracks }) => state === 'live' && tracks.length === 1);
  }, 60_000);
  afterAll(async () => {
    await server.stop();
    await killAll();
  }, 30_000);

  it('is a picture of its size', async () => {
    const { status, body } = await snapshot(server, 'live/h265/snapshot.jpg');
    expect(status).toBe(200);
    expect(await sizeOf(body)).toBe('mjpeg,768,320');
  }, 30_000);
});
