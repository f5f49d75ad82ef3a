import { join } from 'node:path';
import { isRunOf } from './support/access-units.js';
import { viewFlv } from './support/flv-viewer.js';
import { media, root } from './support/paths.js';
import { describeWith, killAll, run, start } from './support/programs.js';
import { type Server, startServer, streamState } from './support/server.js';

const FILE = media('avatar.h265');
const PEERS = join(root, 'test/peers');
const FRAMES = 75;
/** AV_CODEC_ID_HEVC. */
const HEVC = 173;

interface StreamBody {
  readonly state: string;
  readonly tracks: readonly object[];
}

/** What test/peers/read.mjs prints. */
interface Read {
  readonly codecId: number;
  readonly width: number;
  readonly height: number;
  readonly units: readonly string[];
  readonly dts: readonly number[];
  readonly pts: readonly number[];
}

async function read(source: string, count?: number): Promise<Read> {
  const args = [join(PEERS, 'read.mjs'), source, ...(count === undefined ? [] : [String(count)])];
  const ended = await run(process.execPath, args);
  if (ended.code !== 0) throw new Error(`read.mjs ${source}: ${ended.stderr}`);
  return JSON.parse(ended.stdout.toString()) as Read;
}

describeWith({ files: [FILE, join(PEERS, 'node_modules/node-av')] }, 'H.265 by enhanced RTMP from FFmpeg 8 (node-av)', () => {
  let server: Server;
  let source: Read;

  beforeAll(async () => {
    server = await startServer('server');
    source = await read(FILE);
    start(process.execPath, [join(PEERS, 'publish.mjs'), FILE, server.url('rtmp', 'live/h265')], { env: { UV_THREADPOOL_SIZE: '64' } });
    await streamState<StreamBody>(server, 'live/h265', (stream) => stream.state === 'live' && stream.tracks.length === 1);
  }, 60_000);
  afterAll(async () => {
    await server.stop();
    await killAll();
  }, 30_000);

  it('shows codec and size in the API', async () => {
    const { body } = await server.api<StreamBody>('/streams/live/h265');
    expect(body.tracks).toMatchObject([{ kind: 'video', codec: 'h265', width: 768, height: 320, fps: 25 }]);
  });

  it.each([
    ['http', 'live/h265.flv'],
    ['http', 'live/h265.flv?hevc=12'],
    ['rtmp', 'live/h265'],
    ['rtmp', 'live/h265?hevc=12'],
  ] as const)(
    'plays over %s at %s, unit by unit the same',
    async (protocol, path) => {
      const played = await read(server.url(protocol, path), FRAMES);
      expect(played).toMatchObject({ codecId: HEVC, width: 768, height: 320 });
      expect(played.units.length).toBe(FRAMES);
      expect(isRunOf(played.units, source.units)).toBe(true);
      const steps = played.dts.slice(1).map((dts, i) => dts - (played.dts[i] as number));
      expect(new Set(steps)).toEqual(new Set([40]));
      expect(played.pts.every((pts, i) => pts >= (played.dts[i] as number))).toBe(true);
      // B frames: some pictures wait, some do not.
      expect(new Set(played.pts.map((pts, i) => pts - (played.dts[i] as number))).size).toBeGreaterThan(1);
    },
    60_000,
  );

  it('is hvc1 of enhanced FLV, or codec id 12 where that is asked for', async () => {
    const enhanced = viewFlv(server.url('http', 'live/h265.flv'));
    const legacy = viewFlv(server.url('http', 'live/h265.flv?hevc=12'));
    const [header, picture, oldHeader, oldPicture] = await Promise.all([
      enhanced.next(({ type }) => type === 9),
      enhanced.next(({ type, body }) => type === 9 && ((body[0] as number) & 0x0f) !== 0),
      legacy.next(({ type }) => type === 9),
      legacy.next(({ type, body }) => type === 9 && body[1] === 1),
    ]);
    // Enhanced RTMP v1: the upper bit, frame type 1, packet type 0 (sequence start) or 1 (coded frames) or 3 (without composition time).
    expect(header.body.subarray(0, 5).toString('latin1')).toBe('\x90hvc1');
    expect([1, 3]).toContain((picture.body[0] as number) & 0x0f);
    expect(picture.body.subarray(1, 5).toString('latin1')).toBe('hvc1');
    expect([...oldHeader.body.subarray(0, 5)]).toEqual([0x1c, 0, 0, 0, 0]);
    expect((oldPicture.body[0] as number) & 0x0f).toBe(12);
    // The same decoder configuration in both.
    expect(header.body.subarray(5)).toEqual(oldHeader.body.subarray(5));
    enhanced.close();
    legacy.close();
  }, 30_000);
});
