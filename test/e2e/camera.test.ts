import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRunOf } from './support/access-units.js';
import { root } from './support/paths.js';
import { playedSlices, sliceHashes } from './support/pictures.js';
import { describeWith, killAll, type Running, run, start } from './support/programs.js';
import { freePort, type Server, startServer, streamState } from './support/server.js';
import { inviteCamera, platform } from './support/sipp.js';

const DEVICE = '34020000001320000001';
const PASSWORD = 'not-a-secret';
const BIN = join(root, 'core/bin/sluice.js');

interface StreamBody {
  readonly health: Readonly<Record<string, number>>;
  readonly state: string;
  readonly tracks: readonly { readonly codec: string }[];
}

const sluice = (...args: readonly string[]) => run(process.execPath, [BIN, ...args]);
const camera = (server: string, ...args: readonly string[]): Running =>
  start(process.execPath, [BIN, 'camera', '--server', server, '--password', PASSWORD, '--id', DEVICE, ...args]);

describe('the command line', () => {
  it('knows the commands of packages', async () => {
    const { stdout } = await sluice('--help');
    expect(stdout.toString()).toMatch(/sluice camera .*\n.*sluice probe .*\n.*sluice replay/);
    expect((await sluice('replay', '--help')).stdout.toString()).toContain('--to');
    const unknown = await sluice('juggle');
    expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining('@sluice/plugin-juggle/command')]);
    const missing = await sluice('camera');
    expect([missing.code, missing.stderr]).toEqual([2, expect.stringContaining('server')]);
  }, 30_000);
});

describeWith({ programs: ['ffmpeg', 'ffprobe', 'sipp', 'curl'] }, 'sluice camera', () => {
  let folder: string;
  const file = (name: string): string => join(folder, name);
  const CODEC = {
    h264: ['-c:v', 'libx264', '-preset', 'veryfast', '-bf', '2'],
    h265: ['-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params', 'log-level=error'],
  } as const;

  /** Four seconds of pictures that move, and a tone. */
  const film = (name: string, codec: keyof typeof CODEC, ...more: readonly string[]) => {
    const sources = ['testsrc=size=640x360:rate=25:duration=4', 'sine=frequency=440:sample_rate=8000:duration=4'].flatMap((source) => [
      '-f',
      'lavfi',
      '-i',
      source,
    ]);
    return run('ffmpeg', ['-v', 'error', ...sources, ...CODEC[codec], '-pix_fmt', 'yuv420p', '-g', '25', '-c:a', 'aac', ...more, file(name)]);
  };
  /** Slices of a file, as ffmpeg reads it. */
  const slicesOf = async (name: string, codec: 'h264' | 'h265') => playedSlices(file(name), 100, codec);

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-camera-'));
    await film('h264.mp4', 'h264');
    await film('h265.mp4', 'h265', '-tag:v', 'hvc1', '-movflags', '+faststart');
    await run('ffmpeg', ['-v', 'error', '-i', file('h264.mp4'), '-c:v', 'copy', '-c:a', 'pcm_alaw', '-ac', '1', file('g711.flv')]);
  }, 60_000);
  afterAll(async () => {
    await killAll();
    rmSync(folder, { recursive: true });
  });

  describe('and SIPp as its platform', () => {
    it('registers, is invited, sends a program stream that FFmpeg reads bit-exact, and signs off', async () => {
      const ports = { platform: await freePort(), camera: await freePort(), inviting: await freePort() };
      const sipp = platform(ports.platform, DEVICE, PASSWORD);
      const running = camera(`127.0.0.1:${ports.platform}`, '--port', String(ports.camera), '--file', file('h264.mp4'), '--keepalive', '3600');
      await sipp.registered(3600);
      const media = createSocket('udp4').bind(0, '127.0.0.1');
      await once(media, 'listening');
      const payloads: Buffer[] = [];
      media.on('message', (bytes) => payloads.push(bytes.subarray(12)));
      const called = await inviteCamera(DEVICE, ports.camera, ports.inviting, media.address().port);
      expect(called.code).toBe(0);
      media.close();
      writeFileSync(file('sent.mpeg'), Buffer.concat(payloads));
      const probe = await run('ffprobe', [
        '-v',
        'error',
        '-f',
        'mpeg',
        '-show_entries',
        'stream=codec_name,width,height,sample_rate',
        '-of',
        'csv=p=0',
        file('sent.mpeg'),
      ]);
      expect(probe.stderr).toBe('');
      expect(probe.stdout.toString().trim().split('\n')).toEqual(['h264,640,360', 'aac,8000']);
      const sent = sliceHashes(
        (await run('ffmpeg', ['-v', 'error', '-f', 'mpeg', '-i', file('sent.mpeg'), '-map', '0:v', '-c', 'copy', '-f', 'h264', '-'])).stdout,
        'h264',
      );
      const source = await slicesOf('h264.mp4', 'h264');
      expect(sent.length).toBeGreaterThan(50);
      expect(source.slice(0, sent.length - 1)).toEqual(sent.slice(0, -1));
      const decoded = await run('ffmpeg', ['-v', 'error', '-f', 'mpeg', '-i', file('sent.mpeg'), '-f', 'null', '-']);
      expect(decoded.stderr).toBe('');
      const off = sipp.registered(0);
      expect((await running.stop('SIGINT')).code).toBe(0);
      await off;
      await sipp.program.stop('SIGKILL');
    }, 60_000);

    it('is refused with a wrong password', async () => {
      const port = await freePort();
      const sipp = platform(port, DEVICE, 'another one');
      const running = camera(`127.0.0.1:${port}`);
      await running.wrote(/REGISTER was answered 403/);
      expect((await running.stop('SIGTERM')).code).toBe(0);
      await sipp.program.stop('SIGKILL');
    }, 30_000);
  });

  describe('and our gateway', () => {
    let server: Server;
    let running: Running | undefined;

    beforeAll(async () => {
      server = await startServer('all-in-one', [`gb28181.sip.password=${PASSWORD}`, 'engine.idleSeconds=1']);
    }, 60_000);
    afterEach(async () => {
      await server.api(`/streams/gb/${DEVICE}`, { method: 'DELETE' });
      expect((await running?.stop('SIGINT'))?.code).toBe(0);
      running = undefined;
    }, 30_000);
    afterAll(() => server.stop(), 30_000);

    const on = async (...args: readonly string[]) => {
      running = camera(`127.0.0.1:${server.ports.sip}`, ...args);
      await running.wrote(/is registered/);
    };
    const url = () => server.url('http', `gb/${DEVICE}.flv`);
    const post = (path: string, body: unknown) =>
      server.api<Record<string, unknown>>(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });

    it('shows a film with B pictures bit-exact over UDP, TCP passive and TCP active', async () => {
      await on('--file', file('h264.mp4'), '--transport', 'tcp');
      const source = await slicesOf('h264.mp4', 'h264');
      for (const transport of ['udp', 'tcp-passive', 'tcp-active']) {
        expect(await post(`/gb28181/channels/${DEVICE}/play`, { transport })).toMatchObject({ status: 200 });
        const played = await playedSlices(url(), 5);
        expect(played.length).toBeGreaterThan(90);
        expect(isRunOf(played, source)).toBe(true);
        const { body } = await server.api<StreamBody>(`/streams/gb/${DEVICE}`);
        expect(body.health.timestampRepairs).toBe(0);
        await post(`/gb28181/channels/${DEVICE}/stop`, {});
      }
    }, 90_000);

    it('shows H.265, and G.711 out of an FLV file with its own sound', async () => {
      await on('--file', file('h265.mp4'));
      expect(await post(`/gb28181/channels/${DEVICE}/play`, {})).toMatchObject({ status: 200 });
      const { tracks } = await streamState<StreamBody>(server, `gb/${DEVICE}`, (stream) => stream.tracks.length === 2);
      expect(tracks.map(({ codec }) => codec)).toEqual(['h265', 'aac']);
      await server.api(`/streams/gb/${DEVICE}`, { method: 'DELETE' });
      await running?.stop('SIGINT');
      await on('--file', file('g711.flv'));
      const played = await run('ffmpeg', ['-v', 'error', '-i', `${url()}?audio=original`, '-t', '3', '-map', '0:a', '-c', 'copy', '-f', 'alaw', '-']);
      const whole = await run('ffmpeg', ['-v', 'error', '-i', file('g711.flv'), '-map', '0:a', '-c', 'copy', '-f', 'alaw', '-']);
      expect(played.stdout.length).toBeGreaterThan(16_000);
      expect(Buffer.concat([whole.stdout, whole.stdout]).includes(played.stdout.subarray(0, 12_000))).toBe(true);
    }, 60_000);

    it('shows a test card that decodes without errors, where there is no file', async () => {
      await on();
      const decoded = await run('ffmpeg', ['-v', 'error', '-i', url(), '-t', '3', '-map', '0:v', '-f', 'null', '-']);
      expect([decoded.code, decoded.stderr]).toEqual([0, '']);
    }, 60_000);

    it('plays its recording to the end, faster when asked to', async () => {
      await on('--file', file('h264.mp4'), '--channels', '3');
      const channel = '34020000001310000002';
      expect((await post(`/gb28181/devices/${DEVICE}/catalog`, {})).status).toBe(200);
      const records = await server.api<{ items: unknown[] }>(`/gb28181/channels/${channel}/records?start=${ago(5)}&end=${ago(0)}`);
      expect(records.body.items.length).toBeGreaterThanOrEqual(5);
      const { status, body } = await post(`/gb28181/channels/${channel}/playback`, { start: ago(1), end: ago(1 - 20 / 3600) });
      expect(status).toBe(201);
      const viewer = start('curl', ['-sN', server.url('http', `${body.path}.flv`)]);
      await viewer.wrote(/FLV/);
      await running?.wrote(/playback to/);
      expect((await post(`/gb28181/playbacks/${body.id}/pause`, {})).status).toBe(200);
      await running?.wrote(/playback: pause/);
      expect((await post(`/gb28181/playbacks/${body.id}/resume`, {})).status).toBe(200);
      expect((await post(`/gb28181/playbacks/${body.id}/seek`, { positionSeconds: 12 })).status).toBe(200);
      expect((await post(`/gb28181/playbacks/${body.id}/speed`, { speed: 4 })).status).toBe(200);
      await running?.wrote(/playback has ended/);
      expect((await server.api<{ state: string }>(`/gb28181/playbacks/${body.id}`)).body).toMatchObject({ state: 'ended' });
      await viewer.ended;
    }, 60_000);

    it('comes in fleets', async () => {
      await on('--count', '50', '--file', file('h264.mp4'), '--log-level', 'info');
      await running?.wrote(/34020000001320000050 is registered/);
      const { body } = await server.api<{ items: { id: string; online: boolean }[] }>('/gb28181/devices?limit=100');
      expect(body.items.filter(({ online }) => online)).toHaveLength(50);
    }, 60_000);
  });
});

/** A time so many hours ago. */
function ago(hours: number): string {
  return new Date(Date.now() - hours * 3_600_000).toISOString();
}
