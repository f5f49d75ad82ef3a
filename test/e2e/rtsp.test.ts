import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AccessUnits, isRunOf, parseFrameHashes } from './support/access-units.js';
import { media } from './support/paths.js';
import { describeWith, killAll, type Running, run, start } from './support/programs.js';
import { type Server, startServer, streamState } from './support/server.js';

const FILE = media('avatar.flv');
const SECONDS = 2;
/** Pictures of them at least: where the file begins anew there are none for 200 ms, and the sound begins a little before the first one. */
const LEAST_PICTURES = SECONDS * 25 - 10;
/** Of recordings of `FILE`: some three seconds. */
const ENOUGH_BYTES = { pictures: 120_000, sound: 10_000 };
type Way = 'tcp' | 'udp';
const WAYS: readonly Way[] = ['tcp', 'udp'];

interface StreamBody {
  readonly state: string;
  readonly publisher: { readonly protocol: string; readonly query: Record<string, string> } | null;
  readonly tracks: readonly { readonly codec: string }[];
  readonly health: Record<string, number>;
}

interface SessionsBody {
  readonly items: readonly { readonly kind: string; readonly protocol: string; readonly bytesOut: number }[];
}

const ffmpegPublish = (file: string, way: Way, url: string): Running =>
  start('ffmpeg', ['-v', 'error', '-re', '-stream_loop', '-1', '-i', file, '-c', 'copy', '-f', 'rtsp', '-rtsp_transport', way, url]);

const gstPublish = (way: Way, url: string): Running =>
  start('gst-launch-1.0', [
    ...['-q', 'filesrc', `location=${FILE}`, '!', 'flvdemux', 'name=d', 'rtspclientsink', 'name=s', `location=${url}`, `protocols=${way}`],
    ...['d.video', '!', 'queue', '!', 'h264parse', '!', 's.', 'd.audio', '!', 'queue', '!', 'aacparse', '!', 's.'],
  ]);

/** Writes elementary streams: what is muxed would wait for the other. */
const gstPlay = (way: Way, url: string, pictures: string, sound: string): Running =>
  start('gst-launch-1.0', [
    ...['-q', 'rtspsrc', `location=${url}`, `protocols=${way}`, 'latency=100', 'name=s'],
    ...['s.', '!', 'application/x-rtp,media=video', '!', 'rtph264depay', '!', 'h264parse', '!', 'video/x-h264,stream-format=byte-stream'],
    ...['!', 'filesink', 'buffer-mode=unbuffered', `location=${pictures}`],
    ...['s.', '!', 'application/x-rtp,media=audio', '!', 'rtpmp4gdepay', '!', 'aacparse', '!', 'audio/mpeg,stream-format=adts'],
    ...['!', 'filesink', 'buffer-mode=unbuffered', `location=${sound}`],
  ]);

/**
 * Muxes both tracks. GStreamer's muxer holds the pictures back until the sound ends, whatever server sends them: h264parse gives the first key picture no time.
 * So the file is written at the end, and only where one interrupt comes, not the two of `timeout -s INT`, whose second may kill it first.
 */
const gstMux = (way: Way, url: string, file: string): Running =>
  start('gst-launch-1.0', [
    ...['-q', '-e', 'rtspsrc', `location=${url}`, `protocols=${way}`, 'latency=100', 'name=s'],
    ...['s.', '!', 'application/x-rtp,media=video', '!', 'rtph264depay', '!', 'h264parse', '!', 'mpegtsmux', 'name=m', '!', 'filesink', `location=${file}`],
    ...['s.', '!', 'application/x-rtp,media=audio', '!', 'rtpmp4gdepay', '!', 'aacparse', '!', 'm.'],
  ]);

/** Decoded pictures, as parameter sets stand elsewhere in each form, and the sound as it is coded. */
async function look(input: readonly string[]): Promise<AccessUnits> {
  const output = ['-map', '0:v', '-map', '0:a?', '-vsync', 'passthrough', '-c:a', 'copy', '-f', 'framemd5', '-'];
  const ended = await run('ffmpeg', ['-v', 'error', ...input, ...output]);
  return parseFrameHashes(ended.stdout.toString());
}

const play = (way: Way, url: string): Promise<AccessUnits> => look(['-rtsp_transport', way, '-i', url, '-t', String(SECONDS)]);

/** Resolves when a file has so many bytes. */
async function grown(file: string, bytes: number): Promise<void> {
  while (!existsSync(file) || statSync(file).size < bytes) await new Promise((resolve) => setTimeout(resolve, 50));
}

/** A little H.265 with G.711. */
async function makeHevc(file: string): Promise<void> {
  const inputs = ['-f', 'lavfi', '-i', 'testsrc2=size=320x180:rate=25', '-f', 'lavfi', '-i', 'sine=sample_rate=8000'];
  const codecs = ['-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params', 'keyint=25:log-level=none', '-c:a', 'pcm_alaw'];
  await run('ffmpeg', ['-v', 'error', ...inputs, ...codecs, '-t', '4', file]);
}

describeWith({ programs: ['ffmpeg', 'ffprobe', 'gst-launch-1.0'], files: [FILE] }, 'RTSP', () => {
  let server: Server;
  let folder: string;
  let source: AccessUnits;
  let hevc: string;
  const streams = ['a', 'b', 'e'];

  const live = (path: string) => streamState<StreamBody>(server, path, (stream) => stream.state === 'live' && stream.tracks.length === 2, 30_000);
  const lossOf = ({ health }: StreamBody) => ({ lost: health.lost ?? 0, malformed: health.malformed ?? 0, damaged: health.damaged ?? 0 });

  /** Plays over TCP, UDP and as FLV at once. */
  async function expectBitExact(path: string): Promise<void> {
    const flv = look(['-i', server.url('http', `${path}.flv`), '-t', String(SECONDS)]);
    for (const played of await Promise.all([...WAYS.map((way) => play(way, server.url('rtsp', path))), flv])) {
      expect(played.video.length).toBeGreaterThanOrEqual(LEAST_PICTURES);
      expect(isRunOf(played.video, source.video)).toBe(true);
      expect(isRunOf(played.audio, source.audio)).toBe(true);
    }
  }

  /** Resolves when the one viewer over RTSP got so many bytes. */
  async function sent(bytes: number): Promise<void> {
    for (;;) {
      const { body } = await server.api<SessionsBody>('/sessions?stream=live/a');
      if (body.items.some(({ kind, protocol, bytesOut }) => kind === 'viewer' && protocol === 'rtsp' && bytesOut >= bytes)) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-rtsp-'));
    hevc = join(folder, 'hevc.mkv');
    await makeHevc(hevc);
    server = await startServer('server');
    source = await look(['-i', FILE]);
    ffmpegPublish(FILE, 'tcp', server.url('rtsp', 'live/a?owner=x&mediaServerIp=1'));
    ffmpegPublish(FILE, 'udp', server.url('rtsp', 'live/b'));
    ffmpegPublish(hevc, 'tcp', server.url('rtsp', 'live/e'));
    await Promise.all(streams.map((name) => live(`live/${name}`)));
  }, 90_000);
  afterAll(async () => {
    await server.stop();
    await killAll();
    rmSync(folder, { recursive: true, force: true });
  }, 30_000);

  it('shows publishers with codecs and query in the API', async () => {
    const { body } = await server.api<StreamBody>('/streams/live/a');
    expect(body).toMatchObject({ publisher: { protocol: 'rtsp', query: { owner: 'x', mediaServerIp: '1' } }, tracks: [{ codec: 'h264' }, { codec: 'aac' }] });
    const other = await server.api<StreamBody>('/streams/live/e');
    expect(other.body.tracks).toMatchObject([{ codec: 'h265' }, { codec: 'g711a' }]);
  });

  it.each([
    ['a', 'TCP'],
    ['b', 'UDP'],
  ])('plays live/%s, published by ffmpeg over %s, bit by bit over TCP and UDP, and as FLV', (name) => expectBitExact(`live/${name}`), 40_000);

  it.each(WAYS)(
    'plays what GStreamer publishes over %s, sound as MP4A-LATM, bit by bit',
    async (way) => {
      const publisher = gstPublish(way, server.url('rtsp', `live/gst-${way}`));
      const stream = await live(`live/gst-${way}`);
      await expectBitExact(`live/gst-${way}`);
      expect(lossOf(stream)).toEqual({ lost: 0, malformed: 0, damaged: 0 });
      await publisher.stop('SIGINT');
    },
    40_000,
  );

  it('plays H.265 and G.711', async () => {
    const original = await look(['-i', hevc]);
    for (const way of WAYS) {
      const played = await play(way, server.url('rtsp', 'live/e'));
      expect(played.video.length).toBeGreaterThanOrEqual(LEAST_PICTURES);
      expect(isRunOf(played.video, original.video)).toBe(true);
      expect(played.audio.length).toBeGreaterThan(0);
    }
  }, 30_000);

  it.each(WAYS)(
    'is played by GStreamer over %s',
    async (way) => {
      const [pictures, sound] = [join(folder, `${way}.h264`), join(folder, `${way}.aac`)];
      const player = gstPlay(way, server.url('rtsp', 'live/a'), pictures, sound);
      await Promise.all([grown(pictures, ENOUGH_BYTES.pictures), grown(sound, ENOUGH_BYTES.sound)]);
      await player.stop('SIGINT');
      const played = await look(['-i', pictures]);
      expect(played.video.length).toBeGreaterThan(40);
      expect(isRunOf(played.video.slice(0, 40), source.video)).toBe(true);
    },
    30_000,
  );

  it.each(WAYS)(
    'is played by GStreamer over %s into one file',
    async (way) => {
      const file = join(folder, `${way}.ts`);
      const player = gstMux(way, server.url('rtsp', 'live/a'), file);
      await sent(ENOUGH_BYTES.pictures);
      await player.stop('SIGINT');
      const played = await look(['-i', file]);
      expect(played.video.length).toBeGreaterThan(40);
      // Its muxer splits pictures, and leaves some out that its jitter buffer squeezed together; what it is sent whole is seen by the test above.
      expect(new Set(played.video.filter((hash) => source.video.includes(hash))).size).toBeGreaterThan(30);
      expect(played.audio.length).toBeGreaterThan(60);
    },
    30_000,
  );

  it('answers who asks for what is not there, and who publishes what is', async () => {
    const missing = await run('ffprobe', ['-v', 'error', '-rtsp_transport', 'tcp', server.url('rtsp', 'live/none')]);
    expect(missing.stderr).toContain('404 Not Found');
    const second = await ffmpegPublish(FILE, 'tcp', server.url('rtsp', 'live/a')).ended;
    expect(second.stderr).toContain('403 Forbidden');
    const { body } = await server.api<StreamBody>('/streams/live/a');
    expect(body.state).toBe('live');
  }, 30_000);

  it('lost nothing on the way', async () => {
    for (const name of streams) {
      const { body } = await server.api<StreamBody>(`/streams/live/${name}`);
      expect({ name, ...lossOf(body) }).toEqual({ name, lost: 0, malformed: 0, damaged: 0 });
    }
  });
});
