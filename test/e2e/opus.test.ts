import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { accessUnits, isRunOf } from './support/access-units.js';
import { root } from './support/paths.js';
import { describeWith, killAll, run, start } from './support/programs.js';
import { type Server, startServer, streamState } from './support/server.js';

const PEERS = join(root, 'test/peers');
const REMUX = join(PEERS, 'remux.mjs');
const SECONDS = 3;

interface StreamBody {
  readonly state: string;
  readonly tracks: readonly { readonly codec: string }[];
}

const isLive = (stream: StreamBody) => stream.state === 'live' && stream.tracks.length === 2;

/** FFmpeg 8 (node-av) reads and writes Opus in FLV, the installed FFmpeg in RTP. */
describeWith({ programs: ['ffmpeg'], files: [join(PEERS, 'node_modules/node-av')] }, 'Opus', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-opus-'));
  const file = join(folder, 'source.mkv');
  let server: Server;
  let sent: readonly string[];

  beforeAll(async () => {
    const inputs = ['-f', 'lavfi', '-i', 'testsrc=size=320x240:rate=25', '-f', 'lavfi', '-i', 'anoisesrc=sample_rate=48000'];
    const coders = ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '25', '-pix_fmt', 'yuv420p', '-c:a', 'libopus', '-ac', '2'];
    await run('ffmpeg', ['-v', 'error', ...inputs, '-t', '40', ...coders, file]);
    sent = (await accessUnits(file)).audio;
    server = await startServer('server');
    start(process.execPath, [REMUX, file, server.url('rtmp', 'live/rtmp'), '--pace']);
    start('ffmpeg', ['-v', 'error', '-re', '-i', file, '-c', 'copy', '-f', 'rtsp', '-rtsp_transport', 'tcp', server.url('rtsp', 'live/rtsp')]);
    await Promise.all(['live/rtmp', 'live/rtsp'].map((path) => streamState<StreamBody>(server, path, isLive)));
  }, 60_000);
  afterAll(async () => {
    await server.stop();
    await killAll();
    rmSync(folder, { recursive: true, force: true });
  }, 30_000);

  it.each(['live/rtmp', 'live/rtsp'])(
    '%s comes out of RTSP, RTMP and HTTP-FLV to the byte',
    async (path) => {
      const flv = async (url: string, name: string) => {
        const target = join(folder, name);
        await run(process.execPath, [REMUX, url, target, '--format', 'matroska', '--seconds', String(SECONDS)]);
        return accessUnits(target);
      };
      const outputs = await Promise.all([
        accessUnits(server.url('rtsp', path), SECONDS, ['-rtsp_transport', 'tcp']),
        accessUnits(server.url('rtsp', path), SECONDS, ['-rtsp_transport', 'udp']),
        flv(server.url('rtmp', path), 'rtmp.mkv'),
        flv(server.url('http', `${path}.flv`), 'http.mkv'),
      ]);
      for (const { audio } of outputs) {
        expect(audio.length).toBeGreaterThan(SECONDS * 40);
        expect(isRunOf(audio, sent)).toBe(true);
      }
    },
    60_000,
  );
});
