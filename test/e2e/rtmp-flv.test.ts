import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AccessUnits, accessUnits, isRunOf } from './support/access-units.js';
import { media } from './support/paths.js';
import { describeWith, killAll, type Running, run, start } from './support/programs.js';
import { type Server, startServer, streamState } from './support/server.js';
import { dumpWebSocket } from './support/ws-dump.js';

const FILE = media('avatar.flv');

interface StreamBody {
  readonly state: string;
  readonly publisher: { readonly query: Record<string, string> } | null;
  readonly tracks: readonly { readonly codec: string; readonly width?: number; readonly height?: number; readonly sampleRate?: number }[];
}

const publish = (url: string): Running => start('ffmpeg', ['-v', 'error', '-re', '-stream_loop', '-1', '-i', FILE, '-c', 'copy', '-f', 'flv', url]);
const probe = async (url: string): Promise<string[]> => {
  const { stdout } = await run('ffprobe', [
    '-v',
    'error',
    '-rw_timeout',
    '15000000',
    '-show_entries',
    'stream=codec_name,width,height,sample_rate',
    '-of',
    'csv=p=0',
    url,
  ]);
  return stdout.toString().trim().split('\n').sort();
};

describeWith({ programs: ['ffmpeg', 'ffprobe', 'rtmpdump'], files: [FILE] }, 'an RTMP encoder to every output', () => {
  let server: Server;
  let folder: string;
  let source: AccessUnits;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-play-'));
    server = await startServer('server');
    source = await accessUnits(FILE);
    publish(server.url('rtmp', 'live/a?owner=x'));
    await streamState<StreamBody>(server, 'live/a', (stream) => stream.state === 'live' && stream.tracks.length === 2);
  }, 60_000);
  afterAll(async () => {
    await server.stop();
    await killAll();
    rmSync(folder, { recursive: true, force: true });
  }, 30_000);

  const expectSameUnits = (played: AccessUnits, frames: number): void => {
    expect(played.video.length).toBeGreaterThanOrEqual(frames);
    expect(isRunOf(played.video, source.video)).toBe(true);
    expect(isRunOf(played.audio, source.audio)).toBe(true);
    const steps = played.videoDts.slice(1).map((dts, i) => dts - (played.videoDts[i] as number));
    expect(Math.min(...steps)).toBeGreaterThan(0);
  };

  it('shows codecs, size and the query in the API', async () => {
    const { body } = await server.api<StreamBody>('/streams/live/a');
    expect(body.publisher?.query).toEqual({ owner: 'x' });
    expect(body.tracks).toMatchObject([
      { codec: 'h264', width: 768, height: 320 },
      { codec: 'aac', sampleRate: 44_100 },
    ]);
  });

  it.each(['rtmp', 'http'] as const)(
    'plays over %s with the same codecs and, unit by unit, the same bytes',
    async (protocol) => {
      const url = server.url(protocol, protocol === 'rtmp' ? 'live/a' : 'live/a.flv');
      expect(await probe(url)).toEqual(['aac,44100', 'h264,768,320']);
      expectSameUnits(await accessUnits(url, 4), 75);
    },
    60_000,
  );

  it('plays over WebSocket-FLV with the same bytes', async () => {
    const file = join(folder, 'ws.flv');
    await dumpWebSocket(server.url('ws', 'live/a.flv'), file, 300_000);
    expect(await probe(file)).toEqual(['aac,44100', 'h264,768,320']);
    const played = await accessUnits(file);
    expect(isRunOf(played.video.slice(0, -1), source.video)).toBe(true);
    expect(isRunOf(played.audio.slice(0, -1), source.audio)).toBe(true);
  }, 60_000);

  it('answers 404 for a stream that is not there, over HTTP and WebSocket, and StreamNotFound over RTMP', async () => {
    expect((await fetch(server.url('http', 'live/none.flv'))).status).toBe(404);
    await expect(dumpWebSocket(server.url('ws', 'live/none.flv'), join(folder, 'none'), 1)).rejects.toThrow('404');
    const played = await run('rtmpdump', ['-V', '-r', server.url('rtmp', 'live/none'), '--live', '-o', join(folder, 'none')]);
    expect(played.code).not.toBe(0);
    expect(played.stderr).toContain('NetStream.Play.StreamNotFound');
  }, 30_000);

  it('refuses a second publisher', async () => {
    const second = await run('ffmpeg', ['-v', 'verbose', '-re', '-i', FILE, '-t', '3', '-c', 'copy', '-f', 'flv', server.url('rtmp', 'live/a')]);
    expect(second.code).not.toBe(0);
    expect(second.stderr).toContain('Server error: live/a has a publisher already');
  }, 30_000);
});

describeWith({ programs: ['ffmpeg', 'gst-launch-1.0', 'rtmpdump'], files: [FILE] }, 'other RTMP code bases', () => {
  let server: Server;
  beforeAll(async () => {
    server = await startServer('server');
  }, 60_000);
  afterAll(async () => {
    await server.stop();
    await killAll();
  }, 30_000);

  it('GStreamer publishes, rtmpdump plays the same units', async () => {
    const url = server.url('rtmp', 'live/gst');
    const pipeline = `filesrc location=${FILE} ! flvdemux name=d flvmux name=m streamable=true ! rtmp2sink location=${url} d.video ! queue ! h264parse ! m. d.audio ! queue ! aacparse ! identity sync=true ! m.`;
    start('gst-launch-1.0', ['-q', ...pipeline.split(' ')]);
    await streamState<StreamBody>(server, 'live/gst', (stream) => stream.state === 'live' && stream.tracks.length === 2);
    const folder = mkdtempSync(join(tmpdir(), 'sluice-dump-'));
    const file = join(folder, 'o.flv');
    await run('rtmpdump', ['-q', '-r', url, '--live', '-B', '4', '-o', file], { timeoutMs: 15_000 });
    const played = await accessUnits(file);
    const source = await accessUnits(FILE);
    expect(played.video.length).toBeGreaterThan(50);
    expect(isRunOf(played.audio.slice(0, -1), source.audio)).toBe(true);
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);
});
