import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { accessUnits, isRunOf } from './support/access-units.js';
import { type HlsSegment, parseHls, readHls } from './support/hls-playlist.js';
import { media, root } from './support/paths.js';
import { describeWith, killAll, run, start } from './support/programs.js';
import { type Server, startServer, streamState } from './support/server.js';

const FILE = media('avatar.flv');
const H265_FILE = media('avatar.h265');
const PEERS = join(root, 'test/peers');
/** A viewer that is gone is forgotten after three segments, of which the file has long ones. */
const AWAY_MS = 40_000;

interface StreamBody {
  readonly state: string;
  readonly viewers: number;
  readonly tracks: readonly object[];
}
interface SessionBody {
  readonly items: readonly {
    readonly id: string;
    readonly kind: string;
    readonly protocol: string;
    readonly bytesOut: number;
    readonly query: Record<string, string>;
  }[];
}
interface Packet {
  readonly codec_type: string;
  readonly pts_time: string;
  readonly dts_time: string;
  readonly duration_time?: string;
  readonly flags: string;
}

async function packetsOf(args: readonly string[]): Promise<Packet[]> {
  const ended = await run('ffprobe', ['-v', 'error', '-show_packets', '-of', 'json', ...args]);
  if (ended.code !== 0) throw new Error(ended.stderr);
  return (JSON.parse(ended.stdout.toString()) as { packets: Packet[] }).packets;
}

const pictures = (packets: readonly Packet[]) => packets.filter(({ codec_type }) => codec_type === 'video');
const times = (packets: readonly Packet[]) => packets.map(({ dts_time }) => Number(dts_time));
const steps = (list: readonly number[]) => list.slice(1).map((time, i) => time - (list[i] as number));

const FORMS = [
  { form: 'ts', query: '', type: 'video/mp2t' },
  { form: 'fmp4', query: '?form=fmp4', type: 'video/mp4' },
] as const;

describeWith({ programs: ['ffmpeg', 'ffprobe'], files: [FILE] }, 'HLS of an RTMP publisher', () => {
  let server: Server;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-hls-'));
    server = await startServer('server', ['hls.sessionSeconds=3', 'hls.segmentSeconds=1']);
    start('ffmpeg', ['-v', 'error', '-re', '-stream_loop', '-1', '-i', FILE, '-c', 'copy', '-f', 'flv', server.url('rtmp', 'live/a')]);
    await streamState<StreamBody>(server, 'live/a', ({ state, tracks }) => state === 'live' && tracks.length === 2);
  }, 60_000);
  afterAll(async () => {
    await server.stop();
    await killAll();
    rmSync(folder, { recursive: true, force: true });
  }, 30_000);

  it('plays 20 s in ffprobe in both forms: every picture, times without a hole, sound beside it', async () => {
    const both = await Promise.all(FORMS.map(({ query }) => packetsOf(['-read_intervals', '%+20', server.url('http', `live/a.m3u8${query}`)])));
    for (const packets of both) {
      const video = times(pictures(packets));
      // It stops at a presentation time, before which some pictures of the last second are not decoded yet.
      expect(video.length).toBeGreaterThanOrEqual(20 * 25 - 5);
      // The file is played round and round, and 80 ms lie between its end and its beginning.
      const others = steps(video).filter((step) => Math.abs(step - 0.04) > 0.001);
      expect(others.length).toBeLessThanOrEqual(2);
      for (const seam of others) expect(seam).toBeCloseTo(0.12, 3);
      const audio = times(packets.filter(({ codec_type }) => codec_type === 'audio'));
      expect(Math.min(...steps(audio))).toBeGreaterThan(0);
      expect(Math.max(...steps(audio))).toBeLessThan(0.2);
      expect(Math.abs((audio[0] as number) - (video[0] as number))).toBeLessThan(0.1);
      // Reading ends within a segment, which may have all its pictures first.
      expect(Math.abs((audio.at(-1) as number) - (video.at(-1) as number))).toBeLessThan(2.5);
    }
  }, 60_000);

  const checkSegments = async ({ form, query, type }: (typeof FORMS)[number]): Promise<void> => {
    const reader = await readHls(server.url('http', `live/a.m3u8${query}`));
    await reader.until(({ segments }) => segments.length >= 4);
    let endTime: number | undefined;
    for (const segment of reader.segments) {
      const file = join(folder, `segment.${form}`);
      writeFileSync(file, await reader.bytes(segment));
      const video = pictures(await packetsOf([file]));
      expect(video[0]?.flags).toContain('K');
      const list = times(video);
      const first = list[0] as number;
      // The time of a segment is from its first picture to the next one's.
      if (endTime !== undefined) expect(Math.abs(first - endTime)).toBeLessThanOrEqual(0.001);
      endTime = first + segment.durationSeconds;
      expect(Math.abs((list.at(-1) as number) + 0.04 - endTime)).toBeLessThan(0.002);
      expect((await fetch(segment.url)).headers.get('content-type')).toBe(type);
    }
    const { segments } = reader;
    expect(segments.some(({ discontinuity }) => discontinuity)).toBe(false);
    const dates = segments.map(({ dateMs }) => dateMs);
    segments.slice(1).forEach(({ dateMs }, i) => {
      expect(Math.abs(dateMs - (dates[i] as number) - (segments[i] as HlsSegment).durationSeconds * 1000)).toBeLessThanOrEqual(2);
    });
    expect(Math.abs((dates.at(-1) as number) - Date.now())).toBeLessThan(10_000);
  };

  it('each segment begins with a key frame, lasts as long as the playlist says, and follows the one before', async () => {
    await Promise.all(FORMS.map(checkSegments));
  }, 60_000);

  it('plays unit by unit the same bytes', async () => {
    const source = await accessUnits(FILE);
    const played = await accessUnits(server.url('http', 'live/a.m3u8?form=fmp4'), 6);
    expect(played.video.length).toBeGreaterThan(100);
    expect(isRunOf(played.audio, source.audio)).toBe(true);
  }, 60_000);

  it('counts viewers that keep cookies, those that do not, and what they are sent; forgets them when they ask no more', async () => {
    const url = server.url('http', 'live/a.m3u8');
    await streamState<StreamBody>(server, 'live/a', ({ viewers }) => viewers === 0, AWAY_MS);
    const readers = [0, 1].map(() => start('ffmpeg', ['-v', 'error', '-i', url, '-c', 'copy', '-f', 'null', '-']));
    await streamState<StreamBody>(server, 'live/a', ({ viewers }) => viewers === 2);
    const [first, second] = [await readHls(`${url}?viewer=1`), await readHls(`${url}?viewer=2`)];
    await Promise.all([first, second].map((reader) => reader.until(({ segments }) => segments.length >= 3)));
    const { body } = await server.api<SessionBody>('/sessions?stream=live/a');
    const viewers = body.items.filter(({ kind }) => kind === 'viewer');
    expect(viewers.map(({ protocol }) => protocol)).toEqual(['hls', 'hls', 'hls', 'hls']);
    for (const { bytesOut } of viewers) expect(bytesOut).toBeGreaterThan(10_000);
    await Promise.all(readers.map((reader) => reader.stop('SIGKILL')));
    await streamState<StreamBody>(server, 'live/a', (stream) => stream.viewers === 0, AWAY_MS);
  }, 90_000);

  it('ends a viewer that the API ends: its segments are not given any more', async () => {
    const reader = await readHls(server.url('http', 'live/a.m3u8?viewer=kicked'));
    const { body } = await server.api<SessionBody>('/sessions?stream=live/a');
    const session = body.items.find(({ query }) => query.viewer === 'kicked');
    const url = reader.segments.at(-1)?.url ?? '';
    expect((await fetch(url)).status).toBe(200);
    expect((await server.api(`/sessions/${session?.id}`, { method: 'DELETE' })).status).toBe(204);
    expect((await fetch(url)).status).toBe(404);
  }, 30_000);

  it('says what may be kept and by whom it may be read; playlists are compressed', async () => {
    const url = server.url('http', 'live/a.m3u8?viewer=headers');
    const response = await fetch(url);
    const text = await response.text();
    expect(response.headers.get('cache-control')).toContain('no-cache');
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(response.headers.get('content-type')).toBe('application/vnd.apple.mpegurl');
    expect(response.headers.get('content-encoding')).toBe('gzip');
    const curl = await run('curl', ['-s', '-H', 'Accept-Encoding: gzip', url]);
    expect(parseHls(gunzipSync(curl.stdout).toString(), url).segments.length).toBeGreaterThan(0);
    const plain = await run('curl', ['-s', url]);
    expect(parseHls(plain.stdout.toString(), url).segments.length).toBeGreaterThan(0);
    const segment = await fetch(parseHls(text, url).segments[0]?.url ?? '');
    expect(segment.headers.get('cache-control')).toContain('immutable');
    expect(segment.headers.get('access-control-allow-origin')).toBe('*');
  }, 30_000);

  it('carries AAC where the stream has G.711, in both forms', async () => {
    const bars = ['-f', 'lavfi', '-i', 'testsrc2=size=320x240:rate=25', '-c:v', 'libx264', '-preset', 'ultrafast', '-g', '25', '-pix_fmt', 'yuv420p'];
    const tone = ['-f', 'lavfi', '-i', 'sine=frequency=1000:sample_rate=8000'];
    const publisher = start('ffmpeg', [
      '-v',
      'error',
      '-re',
      ...bars.slice(0, 4),
      ...tone,
      ...bars.slice(4),
      '-c:a',
      'pcm_alaw',
      '-f',
      'flv',
      server.url('rtmp', 'live/g711'),
    ]);
    await streamState<StreamBody>(server, 'live/g711', ({ state, tracks }) => state === 'live' && tracks.length === 2);
    const probe = (query: string) =>
      run('ffprobe', ['-v', 'error', '-show_entries', 'stream=codec_name,sample_rate', '-of', 'csv=p=0', server.url('http', `live/g711.m3u8${query}`)]);
    for (const { stdout } of await Promise.all(FORMS.map(({ query }) => probe(query)))) {
      expect(
        [
          ...new Set(
            stdout
              .toString()
              .split('\n')
              .filter((line) => line !== ''),
          ),
        ].sort(),
      ).toEqual(['aac,11025', 'h264']);
    }
    await publisher.stop('SIGKILL');
  }, 60_000);

  it('is found under /hls/STREAM/TOKEN, with addresses that lead to the segments', async () => {
    for (const path of ['hls/live%2Fa/some-token', 'hls/live/a/some-token', 'hls/a/some-token']) {
      const reader = await readHls(server.url('http', path));
      expect((await reader.bytes(reader.segments[0] as HlsSegment)).length).toBeGreaterThan(1000);
    }
  }, 30_000);

  it.each([
    ['live/none.m3u8', 404],
    ['live/a.m3u8?form=avi', 400],
    ['live/..%2f..%2fsecret.m3u8', 400],
    ['hls/../../../etc/passwd.ts', 400],
    ['hls/%2e%2e/%2e%2e/etc/passwd.ts', 400],
    ['hls/x/y/z/0.ts?session=x', 404],
    ['hls/x/..%5c..%5c0.ts?session=x', 400],
    ['hls/x/0.ts%00?session=x', 404],
    ['hls/x/0.ts', 404],
  ])(
    '%s is refused',
    async (path, status) => {
      const { stdout } = await run('curl', ['-s', '--path-as-is', '-o', '/dev/null', '-w', '%{http_code}', server.url('http', path)]);
      expect(Number(stdout.toString())).toBe(status);
    },
    30_000,
  );

  it('a key of one stream opens no other, nor a made-up one', async () => {
    const reader = await readHls(server.url('http', 'live/a.m3u8?viewer=keys'));
    const url = new URL(reader.segments[0]?.url ?? '');
    const other = new URL(url);
    other.searchParams.set('session', 'A'.repeat(16));
    expect((await fetch(other)).status).toBe(404);
    url.pathname = url.pathname.replace(/hls\/[^/]+/, 'hls/AAAAAAAAAAAA');
    expect((await fetch(url)).status).toBe(404);
  }, 30_000);
});

describeWith({ programs: ['ffprobe'], files: [H265_FILE, join(PEERS, 'node_modules/node-av')] }, 'HLS of H.265', () => {
  let server: Server;
  beforeAll(async () => {
    server = await startServer('server', ['hls.segmentSeconds=1', 'hls.alwaysOn=[live/*]', 'hls.storage=disk']);
    start(process.execPath, [join(PEERS, 'publish.mjs'), H265_FILE, server.url('rtmp', 'live/h265')], { env: { UV_THREADPOOL_SIZE: '64' } });
    await streamState<StreamBody>(server, 'live/h265', ({ state, tracks }) => state === 'live' && tracks.length === 1);
  }, 60_000);
  afterAll(async () => {
    await server.stop();
    await killAll();
  }, 30_000);

  it('is fragmented MP4 by itself; FFmpeg 8 reads every access unit', async () => {
    const url = server.url('http', 'live/h265.m3u8');
    const reader = await readHls(url);
    await reader.until(({ segments }) => segments.length >= 3);
    expect(reader.segments.every(({ map, url: file }) => map !== undefined && file.includes('.m4s'))).toBe(true);
    const { stdout, stderr, code } = await run(process.execPath, [join(PEERS, 'read.mjs'), url, '75']);
    expect([code, stderr]).toEqual([0, '']);
    const read = JSON.parse(stdout.toString()) as { codecId: number; width: number; units: string[]; dts: number[] };
    expect(read).toMatchObject({ codecId: 173, width: 768 });
    expect(read.units.length).toBe(75);
    expect(new Set(steps(read.dts))).toEqual(new Set([40]));
  }, 60_000);

  it('decodes without an error in ffprobe, as fragmented MP4 and, where that is asked for, as a transport stream', async () => {
    const decode = (query: string) =>
      run('ffprobe', [
        ...['-v', 'error', '-count_frames', '-read_intervals', '%+3', '-show_entries', 'stream=codec_name,nb_read_frames', '-of', 'csv=p=0'],
        server.url('http', `live/h265.m3u8${query}`),
      ]);
    for (const ended of await Promise.all(['', '?form=ts'].map(decode))) {
      const [codec, count] = ended.stdout.toString().trim().split('\n').at(-1)?.split(',') ?? [];
      expect(codec).toBe('hevc');
      expect(Number(count)).toBeGreaterThanOrEqual(70);
      expect(ended.stderr.replaceAll(/.*Found duplicated MOOV.*\n/g, '')).toBe('');
    }
  }, 60_000);
});
