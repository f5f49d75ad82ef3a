import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FlvTag, viewFlv } from './support/flv-viewer.js';
import { type HlsReader, type HlsSegment, readHls } from './support/hls-playlist.js';
import { describeWith, killAll, run, start } from './support/programs.js';
import { type Server, startServer, streamState } from './support/server.js';
import { flvTags, isHeader, isKey, publishTags, type SentTag } from './support/tag-publisher.js';

/** Outputs must have begun by then, counted from the first key frame. */
const START_MS = 2000;
const SMALL = { size: '320x240', width: 320 };
const LARGE = { size: '640x360', width: 640 };

interface StreamBody {
  readonly state: string;
  readonly tracks: readonly { readonly kind: string; readonly width?: number }[];
}

/** Ten seconds with a key frame each second, without B frames. */
async function encode(file: string, size: string): Promise<SentTag[]> {
  const video = ['-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=25`];
  const audio = ['-f', 'lavfi', '-i', 'sine=frequency=1000:sample_rate=44100'];
  const codecs = ['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-g', '25', '-pix_fmt', 'yuv420p', '-c:a', 'aac', '-b:a', '64k'];
  const ended = await run('ffmpeg', ['-v', 'error', ...video, ...audio, '-t', '10', ...codecs, '-f', 'flv', file]);
  if (ended.code !== 0) throw new Error(ended.stderr);
  return flvTags(file);
}

const shifted = (tags: readonly SentTag[], byMs: number) => tags.map((tag) => ({ ...tag, dtsMs: tag.dtsMs + byMs }));
const between = (tags: readonly SentTag[], fromMs: number, toMs: number) => tags.filter(({ dtsMs }) => dtsMs >= fromMs && dtsMs < toMs);
const without = (tags: readonly SentTag[], type: number) => tags.filter((tag) => tag.type !== type);
const headers = (tags: readonly SentTag[], type: number) => tags.filter((tag) => tag.type === type && isHeader(tag));

describeWith({ programs: ['ffmpeg', 'ffprobe'] }, 'tracks that come late, never, or change', () => {
  let server: Server;
  let folder: string;
  let small: SentTag[];
  let large: SentTag[];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-tracks-'));
    [server, small, large] = await Promise.all([
      startServer('server', ['hls.segmentSeconds=1', 'hls.alwaysOn=["live/*"]']),
      encode(join(folder, 'small.flv'), SMALL.size),
      encode(join(folder, 'large.flv'), LARGE.size),
    ]);
  }, 60_000);
  afterAll(async () => {
    await server.stop();
    await killAll();
    rmSync(folder, { recursive: true, force: true });
  }, 30_000);

  /** Watches `path` by HTTP-FLV from its beginning on; resolves when the stream is over or `until` is met. */
  async function watchFlv(path: string, until: (tags: readonly FlvTag[]) => boolean): Promise<FlvTag[]> {
    const tags: FlvTag[] = [];
    await streamState<StreamBody>(server, path, () => true);
    const viewer = viewFlv(server.url('http', `${path}.flv`), (tag) => tags.push(tag));
    await viewer.next(() => until(tags));
    viewer.close();
    return tags;
  }

  async function probeSegment(reader: HlsReader, segment: HlsSegment): Promise<{ codecs: string[]; width: number | undefined }> {
    const file = join(folder, `${segment.sequence}.bin`);
    writeFileSync(file, await reader.bytes(segment));
    const { stdout } = await run('ffprobe', ['-v', 'error', '-show_entries', 'stream=codec_name,width', '-of', 'json', file]);
    const { streams } = JSON.parse(stdout.toString()) as { streams: { codec_name: string; width?: number }[] };
    return { codecs: streams.map(({ codec_name }) => codec_name).sort(), width: streams.find(({ width }) => width !== undefined)?.width };
  }

  it('sound that is promised and never comes holds up neither FLV nor RTMP nor RTSP nor HLS', async () => {
    const path = 'live/promised';
    const publisher = await publishTags(server.ports.rtmp, path);
    const tags = without(small, 8);
    // The metadata promise sound.
    expect(tags.find(({ type }) => type === 18)?.body.includes('audiocodecid')).toBe(true);
    const sending = publisher.send(tags);
    const flv = watchFlv(path, (seen) => seen.some(({ type, body }) => type === 9 && body[1] === 1));
    const decodeOne = async (...input: string[]): Promise<number> => {
      const { code, stderr } = await run('ffmpeg', ['-v', 'error', ...input, '-frames:v', '1', '-f', 'null', '-']);
      expect([code, stderr]).toEqual([0, '']);
      return performance.now();
    };
    const rtmp = decodeOne('-i', server.url('rtmp', path));
    const rtsp = streamState<StreamBody>(server, path, () => true).then(() => decodeOne('-rtsp_transport', 'tcp', '-i', server.url('rtsp', path)));
    const hls = streamState<StreamBody>(server, path, () => true)
      .then(() => readHls(server.url('http', `${path}.m3u8`)))
      .then((reader) => ({ reader, atMs: performance.now() }));
    const firstPicture = (await flv).find(({ type, body }) => type === 9 && body[1] === 1);
    expect((firstPicture?.receivedAtMs ?? 0) - publisher.firstKeyAtMs()).toBeLessThan(START_MS);
    // A player that looks for streams for a while before it shows anything.
    for (const atMs of await Promise.all([rtmp, rtsp])) expect(atMs - publisher.firstKeyAtMs()).toBeLessThan(START_MS + 6000);
    const { reader, atMs } = await hls;
    // A segment is there when it is complete, and its key frame may have come just before.
    expect(atMs - publisher.firstKeyAtMs()).toBeLessThan(START_MS + 1000);
    expect(await probeSegment(reader, reader.segments[0] as HlsSegment)).toEqual({ codecs: ['h264'], width: SMALL.width });
    publisher.kill();
    await sending;
  }, 60_000);

  it('sound that comes later is announced: a sequence header in FLV, a discontinuity in HLS; in RTSP to who asks from then on', async () => {
    const path = 'live/late';
    const publisher = await publishTags(server.ports.rtmp, path);
    const late = [...without(between(small, 0, 4000), 8), ...headers(small, 8).map((tag) => ({ ...tag, dtsMs: 4000 })), ...between(small, 4000, 10_000)];
    const sending = publisher.send(late);
    const flv = watchFlv(path, (seen) => seen.filter(({ type }) => type === 8).length > 20);
    await streamState<StreamBody>(server, path, ({ state }) => state === 'live');
    const overRtsp = async (seconds: number): Promise<string[]> => {
      const what = ['-show_entries', 'stream=codec_name:packet=codec_type', '-read_intervals', `%+${seconds}`, '-of', 'csv=p=0'];
      const { stdout } = await run('ffprobe', ['-v', 'error', '-rtsp_transport', 'tcp', ...what, server.url('rtsp', path)]);
      return [
        ...new Set(
          stdout
            .toString()
            .split(/[\n,]/)
            .filter((word) => /^[a-z]/.test(word)),
        ),
      ].sort();
    };
    // Who plays when the sound begins goes on with the picture.
    const early = overRtsp(5);
    const reader = await readHls(server.url('http', `${path}.m3u8`));
    await streamState<StreamBody>(server, path, ({ tracks }) => tracks.length === 2);
    expect(await overRtsp(1)).toEqual(['aac', 'audio', 'h264', 'video']);
    expect(await early).toEqual(['h264', 'video']);
    await reader.until(({ segments }) => segments.length >= 7);
    const tags = await flv;
    const sound = tags.filter(({ type }) => type === 8);
    expect(sound[0]?.body[1]).toBe(0);
    expect(sound.filter(({ body }) => body[1] === 0).length).toBe(1);
    expect(Math.abs((sound[1]?.dtsMs ?? 0) - 4000)).toBeLessThan(150);
    const { segments } = reader;
    expect(segments.filter(({ discontinuity }) => discontinuity).length).toBe(1);
    expect(await probeSegment(reader, segments[0] as HlsSegment)).toMatchObject({ codecs: ['h264'] });
    expect(await probeSegment(reader, segments.at(-1) as HlsSegment)).toMatchObject({ codecs: ['aac', 'h264'] });
    publisher.kill();
    await sending;
  }, 60_000);

  it('another resolution reaches each output once; repeated parameter sets change nothing', async () => {
    const path = 'live/resolution';
    const publisher = await publishTags(server.ports.rtmp, path);
    const [header] = headers(small, 9);
    // The same sequence header before each key frame, as some encoders send it.
    const repeated = between(small, 0, 4000).flatMap((tag) => (isKey(tag) && header !== undefined ? [{ ...header, dtsMs: tag.dtsMs }, tag] : [tag]));
    const changed = [...headers(large, 9).map((tag) => ({ ...tag, dtsMs: 4000 })), ...shifted(without(large, 18), 4000).filter((tag) => !isHeader(tag))];
    const sending = publisher.send([...repeated, ...changed]);
    const flv = watchFlv(path, (seen) => seen.some(({ type, dtsMs }) => type === 9 && dtsMs > 7000));
    await streamState<StreamBody>(server, path, ({ state }) => state === 'live');
    const [ts, mp4] = await Promise.all(['', '?form=fmp4'].map((query) => readHls(server.url('http', `${path}.m3u8${query}`))));
    if (ts === undefined || mp4 === undefined) throw new Error('no playlists');
    await Promise.all([ts, mp4].map((reader) => reader.until(({ segments }) => segments.length >= 7)));
    const pictures = (await flv).filter(({ type }) => type === 9);
    const told = pictures.filter(({ body }) => body[1] === 0);
    expect(told.map(({ body }) => body.subarray(5))).toEqual([headers(small, 9), headers(large, 9)].map(([tag]) => tag?.body.subarray(5)));
    // The new header stands right before the first picture that needs it.
    const at = pictures.indexOf(told[1] as FlvTag);
    expect((pictures[at + 1]?.dtsMs ?? 0) - (pictures[at - 1]?.dtsMs ?? 0)).toBe(40);
    expect(pictures[at + 1]?.dtsMs).toBe(told[1]?.dtsMs);
    for (const reader of [ts, mp4]) {
      const breaks = reader.segments.filter(({ discontinuity }) => discontinuity);
      expect(breaks.length).toBe(1);
      const [first] = breaks;
      const widths = await Promise.all(reader.segments.map((segment) => probeSegment(reader, segment)));
      expect(widths.map(({ width }) => width)).toEqual(reader.segments.map(({ sequence }) => (sequence < (first?.sequence ?? 0) ? SMALL.width : LARGE.width)));
    }
    expect(new Set(mp4.segments.map(({ map }) => map)).size).toBe(2);
    const { body } = await server.api<StreamBody>(`/streams/${path}`);
    expect(body.tracks.find(({ kind }) => kind === 'video')?.width).toBe(LARGE.width);
    publisher.kill();
    await sending;
  }, 60_000);

  it('a publisher that dies and comes back, with another resolution, goes on in the same playlist behind one discontinuity', async () => {
    const path = 'live/restart';
    const first = await publishTags(server.ports.rtmp, path);
    const sent = first.send(between(small, 0, 4000));
    await streamState<StreamBody>(server, path, ({ state }) => state === 'live');
    const reader = await readHls(server.url('http', `${path}.m3u8`));
    await sent;
    first.kill();
    await streamState<StreamBody>(server, path, ({ state }) => state === 'lingering');
    await reader.until(({ segments }) => segments.length >= 3);
    const second = await publishTags(server.ports.rtmp, path);
    const going = second.send(large);
    await reader.until(({ segments }) => segments.length >= 8);
    const { segments } = reader;
    const at = segments.findIndex(({ discontinuity }) => discontinuity);
    expect(segments.filter(({ discontinuity }) => discontinuity).length).toBe(1);
    expect(await probeSegment(reader, segments[at - 1] as HlsSegment)).toMatchObject({ width: SMALL.width });
    expect(await probeSegment(reader, segments[at] as HlsSegment)).toMatchObject({ width: LARGE.width });
    // Nobody waits for what nobody sent.
    for (const { durationSeconds } of segments) expect(durationSeconds).toBeLessThan(1.5);
    second.kill();
    await going;
  }, 60_000);

  it('plays over RTMP and HTTP-FLV through a change of resolution', async () => {
    const path = 'live/through';
    const publisher = await publishTags(server.ports.rtmp, path);
    const sending = publisher.send([...between(small, 0, 3000), ...shifted(without(large, 18), 3000)]);
    await streamState<StreamBody>(server, path, ({ state }) => state === 'live');
    const decode = (url: string) => start('ffmpeg', ['-i', url, '-t', '7', '-an', '-vf', 'showinfo', '-f', 'null', '-'], { timeoutMs: 30_000 }).ended;
    const decoded = await Promise.all([server.url('rtmp', path), server.url('http', `${path}.flv`)].map(decode));
    for (const { code, stderr } of decoded) {
      expect(code).toBe(0);
      const sizes = [...stderr.matchAll(/ s:(\d+x\d+) /g)].map(([, size]) => size);
      expect([...new Set(sizes)]).toEqual([SMALL.size, LARGE.size]);
      expect(stderr).not.toMatch(/error|corrupt|invalid|concealing/i);
    }
    publisher.kill();
    await sending;
  }, 60_000);
});
