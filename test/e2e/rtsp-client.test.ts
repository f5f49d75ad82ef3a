import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Link, LinkOptions, LinkTransport, SluiceError } from '@sluice/core';
import { startTestEngine, type TestEngine } from '@sluice/core/testing';
import { lengthPrefixedSize, writeLengthPrefixed } from '@sluice/plugin-codec-nal';
import rtsp from '@sluice/plugin-rtsp';
import { type RtspClientService, rtspClientService } from '@sluice/plugin-rtsp/service';
import { type AccessUnits, accessUnits, isRunOf, parseFrameHashes } from './support/access-units.js';
import { type GstRtspServer, hasGstRtspServer, startGstRtsp } from './support/gst-rtsp.js';
import { media } from './support/paths.js';
import { describeWith, killAll, run, start } from './support/programs.js';
import { freePort } from './support/server.js';

const FILE = media('avatar.flv');
/** Not of the FLV file itself: GStreamer's server aborts on a seek in FLV. */
const MP4 = join(mkdtempSync(join(tmpdir(), 'sluice-rtsp-')), 'avatar.mp4');
const PLAY = `( filesrc location=${MP4} ! qtdemux name=d d.video_0 ! queue ! h264parse ! rtph264pay name=pay0 pt=96 d.audio_0 ! queue ! aacparse ! rtpmp4gpay name=pay1 pt=97 )`;
const RECORDED = join(dirname(MP4), 'recorded.h264');
const RECORD = `( rtph264depay name=depay0 ! video/x-h264,stream-format=byte-stream ! filesink location=${RECORDED} buffer-mode=unbuffered rtpmp4gdepay name=depay1 ! fakesink )`;
const SECONDS = 3;

/** A link with what it tells. */
interface Tried {
  readonly link: Link;
  /** Rejects where it ends before. */
  readonly live: Promise<void>;
  readonly ended: Promise<SluiceError | undefined>;
}

function tryLink(open: (options: LinkOptions) => Link, options: Pick<LinkOptions, 'path' | 'url' | 'transport'>): Tried {
  let onLive = (): void => {};
  let onEnd = (_error?: SluiceError): void => {};
  const ended = new Promise<SluiceError | undefined>((resolve) => {
    onEnd = resolve;
  });
  const live = new Promise<void>((resolve, reject) => {
    onLive = resolve;
    void ended.then(reject);
  });
  live.catch(() => {});
  return { link: open({ timeoutMs: 8000, ...options, onLive, onEnd }), live, ended };
}

/** Checksums of the units of a stream here, as ffmpeg makes them of FLV, for some seconds of media. */
async function received(engine: TestEngine, path: string, seconds: number): Promise<{ readonly video: string[]; readonly audio: string[] }> {
  const units = { video: [] as string[], audio: [] as string[] };
  let beginMs: number | undefined;
  for await (const { track, units: parts, dts } of await engine.subscribe(path, { start: 'now', maxQueued: 4096 })) {
    const atMs = (dts * 1000) / track.clockRate;
    beginMs ??= atMs;
    if (atMs - beginMs > seconds * 1000) break;
    if (track.kind === 'video') {
      const joined = Buffer.alloc(lengthPrefixedSize(parts));
      writeLengthPrefixed(parts, joined, 0);
      units.video.push(md5(joined));
    } else units.audio.push(md5(Buffer.concat(parts)));
  }
  return units;
}

function md5(bytes: Buffer): string {
  return createHash('md5').update(bytes).digest('hex');
}

describeWith({ programs: ['ffmpeg'], files: [FILE] }, 'the RTSP client', () => {
  const itWithGst = hasGstRtspServer ? it : it.skip;
  let engine: TestEngine;
  let client: RtspClientService;
  let source: AccessUnits;

  beforeAll(async () => {
    await run('ffmpeg', ['-v', 'error', '-i', FILE, '-c', 'copy', MP4]);
    source = await accessUnits(MP4);
    engine = await startTestEngine({ plugins: [rtsp], config: { rtsp: { port: 0, udpPort: 0 } } });
    client = engine.service(rtspClientService);
  }, 60_000);
  afterAll(async () => {
    await engine.dispose();
    await killAll();
    rmSync(dirname(MP4), { recursive: true, force: true });
  }, 30_000);

  const ownUrl = (path: string) => `rtsp://127.0.0.1:${engine.addresses.find(({ name, plugin }) => plugin === 'rtsp' && name === 'rtsp')?.port}/${path}`;
  const tracksOf = (path: string) => engine.reported(({ type, data }) => type === 'stream.tracks' && 'path' in data && data.path === path);
  const pull = (path: string, url: string, transport: LinkTransport) => tryLink((options) => client.pull(options), { path, url, transport });

  describe("pulls from GStreamer's server", () => {
    let server: GstRtspServer;
    beforeAll(async () => {
      if (hasGstRtspServer) server = await startGstRtsp(PLAY);
    }, 30_000);

    itWithGst.each(['tcp', 'udp', 'auto'] as const)(
      'by %s, unit for unit',
      async (transport) => {
        const { link, live, ended } = pull(`pull/${transport}`, server.url(), transport);
        await live;
        const { video, audio } = await received(engine, `pull/${transport}`, SECONDS);
        expect(video.length).toBeGreaterThan(20 * SECONDS);
        expect(audio.length).toBeGreaterThan(35 * SECONDS);
        expect(isRunOf(video, source.video)).toBe(true);
        expect(isRunOf(audio, source.audio)).toBe(true);
        expect(engine.streams.describe(`pull/${transport}`)).toMatchObject({ publisher: { protocol: 'rtsp' }, health: {} });
        expect(link.bytes).toBeGreaterThan(50_000);
        link.close();
        expect(await ended).toBeUndefined();
        await server.program.wrote(/teardown/);
      },
      30_000,
    );

    itWithGst(
      'and plays to ffmpeg what it pulls',
      async () => {
        const { link, live } = pull('pull/chain', server.url(), 'udp');
        await live;
        for (const transport of ['tcp', 'udp']) {
          const { video, audio } = await accessUnits(ownUrl('pull/chain'), 1, ['-rtsp_transport', transport]);
          expect(video.length).toBeGreaterThan(15);
          expect(audio.length).toBeGreaterThan(15);
        }
        link.close();
      },
      30_000,
    );

    itWithGst.each([
      ['h265', 'opus', 'x265enc tune=zerolatency speed-preset=ultrafast key-int-max=15 ! rtph265pay', 'opusenc ! rtpopuspay'],
      ['h264', 'g711a', 'x264enc tune=zerolatency key-int-max=15 ! rtph264pay', 'audioresample ! audio/x-raw,rate=8000,channels=1 ! alawenc ! rtppcmapay'],
      ['h264', 'aac', 'x264enc tune=zerolatency key-int-max=15 ! rtph264pay', 'avenc_aac ! rtpmp4apay'],
    ])(
      '%s and %s (%s, %s)',
      async (video, audio, videoPay, audioPay) => {
        const picture = 'videotestsrc is-live=true ! video/x-raw,width=320,height=240,framerate=15/1';
        const other = await startGstRtsp(`( ${picture} ! ${videoPay} name=pay0 pt=96 audiotestsrc is-live=true ! ${audioPay} name=pay1 pt=97 )`);
        const path = `pull/${video}-${audio}`;
        const { link, live } = pull(path, other.url(), 'auto');
        await live;
        await tracksOf(path);
        expect(engine.streams.describe(path)?.tracks).toMatchObject([{ codec: video, width: 320, height: 240 }, { codec: audio }]);
        link.close();
        await other.program.stop();
      },
      30_000,
    );

    itWithGst(
      'until the server is gone',
      async () => {
        const other = await startGstRtsp(PLAY);
        const { live, ended } = pull('pull/killed', other.url(), 'tcp');
        await live;
        await tracksOf('pull/killed');
        await other.program.stop('SIGKILL');
        expect(await ended).toMatchObject({ code: 'ERR_RTSP_CLOSED' });
        expect(engine.streams.describe('pull/killed')?.state).toBe('lingering');
      },
      30_000,
    );

    itWithGst(
      'over TCP where it has no UDP',
      async () => {
        const tcpOnly = await startGstRtsp(PLAY, ['--tcp']);
        const refused = pull('pull/udp-only', tcpOnly.url(), 'udp');
        expect(await refused.ended).toMatchObject({ code: 'ERR_RTSP_TRANSPORT', message: expect.stringContaining('461') });
        const { link, live } = pull('pull/fall-back', tcpOnly.url(), 'auto');
        await live;
        await tracksOf('pull/fall-back');
        link.close();
      },
      30_000,
    );

    itWithGst.each(['--basic', '--digest'])(
      'with user and password (%s)',
      async (scheme) => {
        const guarded = await startGstRtsp(PLAY, [scheme, 'user:p@:ss']);
        for (const userInfo of [undefined, 'user:wrong', 'other:p%40%3Ass']) {
          expect(await pull('pull/guarded', guarded.url(userInfo), 'tcp').ended).toMatchObject({ code: 'ERR_RTSP_AUTH' });
        }
        const { link, live } = pull('pull/guarded', guarded.url('user:p%40%3Ass'), 'tcp');
        await live;
        link.close();
      },
      30_000,
    );
  });

  describe('pushes', () => {
    beforeAll(async () => {
      const args = ['-v', 'error', '-re', '-stream_loop', '-1', '-i', FILE, '-map', '0', '-c', 'copy', '-f', 'rtsp', '-rtsp_transport', 'tcp'];
      start('ffmpeg', [...args, ownUrl('live/a')]);
      await tracksOf('live/a');
    }, 30_000);

    const push = (url: string, transport: LinkTransport = 'auto') => tryLink((options) => client.push(options), { path: 'live/a', url, transport });

    it('to ffmpeg, sound unit for unit', async () => {
      const url = `rtsp://127.0.0.1:${await freePort()}/live/b`;
      const listener = start('ffmpeg', [
        '-v',
        'error',
        '-rtsp_flags',
        'listen',
        '-i',
        url,
        '-map',
        '0',
        '-c',
        'copy',
        '-t',
        String(SECONDS),
        '-f',
        'framemd5',
        '-',
      ]);
      const { link, ended } = await whenListening(() => push(url));
      const { video, audio } = parseFrameHashes((await listener.ended).stdout.toString());
      expect(video.length).toBeGreaterThan(20 * SECONDS);
      expect(audio.length).toBeGreaterThan(35 * SECONDS);
      expect(isRunOf(audio, source.audio)).toBe(true);
      link.close();
      await ended;
    }, 30_000);

    itWithGst.each(['tcp', 'udp'] as const)(
      "to GStreamer's server by %s, which is told of the end",
      async (transport) => {
        const recorder = await startGstRtsp(RECORD, ['--record', '--digest', 'user:p@ss']);
        expect(await push(recorder.url(), transport).ended).toMatchObject({ code: 'ERR_RTSP_AUTH' });
        const { link, live, ended } = push(recorder.url('user:p%40ss'), transport);
        await live;
        while (!existsSync(RECORDED) || statSync(RECORDED).size < 20_000) await new Promise((resolve) => setTimeout(resolve, 50));
        link.close();
        expect(await ended).toBeUndefined();
        await recorder.program.wrote(/teardown/);
        expect((await accessUnits(RECORDED)).video.length).toBeGreaterThan(5);
        rmSync(RECORDED);
      },
      30_000,
    );

    it('by UDP to a server of our own, sound unit for unit', async () => {
      const { link, live } = push(ownUrl('live/copy'), 'udp');
      await live;
      await tracksOf('live/copy');
      const { video, audio } = await received(engine, 'live/copy', SECONDS);
      expect(isRunOf(audio, source.audio)).toBe(true);
      expect(video.length).toBeGreaterThan(20 * SECONDS);
      expect(engine.streams.describe('live/copy')?.health).toEqual({});
      link.close();
    }, 30_000);

    it('to nobody', async () => {
      expect(await push(`rtsp://127.0.0.1:${await freePort()}/live/b`).ended).toMatchObject({ code: 'ERR_CONNECT' });
    });
  });
});

/** The first try that finds somebody. */
async function whenListening(open: () => Tried): Promise<Tried> {
  for (;;) {
    const tried = open();
    const error: SluiceError | undefined = await tried.live.then(
      () => undefined,
      (cause: SluiceError) => cause,
    );
    if (error === undefined) return tried;
    if (error.code !== 'ERR_CONNECT') throw error;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
