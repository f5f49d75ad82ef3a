import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { type Browser, startBrowser } from './support/browser.js';
import { media, root } from './support/paths.js';
import { describeWith, killAll, type Running, start } from './support/programs.js';
import { type Server, startServer, streamState } from './support/server.js';

const FILE = media('avatar.flv');
const HLS_JS = join(root, 'node_modules/hls.js/dist/hls.min.js');

interface StreamBody {
  readonly state: string;
}

/** What the page below says of its player. */
interface PlayerState {
  readonly time: number;
  readonly frames: number;
  readonly width: number;
  readonly fatal: readonly string[];
  readonly audioBytes: number;
}

/** A page of another origin with hls.js and nothing else. */
async function playHls(browser: Browser, url: string): Promise<Page> {
  const page = await browser.context.newPage();
  await page.setContent('<video muted playsinline></video>');
  await page.addScriptTag({ path: HLS_JS });
  await page.evaluate(`{
    const video = document.querySelector('video');
    const hls = new Hls({ enableWorker: false });
    window.fatal = [];
    hls.on(Hls.Events.ERROR, (_, data) => { if (data.fatal) window.fatal.push(data.type + ' ' + data.details); });
    hls.loadSource(${JSON.stringify(url)});
    hls.attachMedia(video);
    void video.play().catch(() => {});
  }`);
  return page;
}

const stateOf = (page: Page) =>
  page.evaluate<PlayerState>(`(() => {
    const video = document.querySelector('video');
    const frames = video.getVideoPlaybackQuality().totalVideoFrames;
    return { time: video.currentTime, frames, width: video.videoWidth, fatal: window.fatal, audioBytes: video.webkitAudioDecodedByteCount };
  })()`);

async function becomes(page: Page, matches: (state: PlayerState) => boolean, timeoutMs = 40_000): Promise<PlayerState> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const state = await stateOf(page);
    if (matches(state)) return state;
    if (performance.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${matches}; the player is at ${JSON.stringify(state)}`);
    await page.waitForTimeout(100);
  }
}

const publish = (server: Server, path: string): Running =>
  start('ffmpeg', ['-v', 'error', '-re', '-stream_loop', '-1', '-i', FILE, '-c', 'copy', '-f', 'flv', server.url('rtmp', path)]);
const publishBars = (server: Server, path: string): Running => {
  const inputs = ['-f', 'lavfi', '-i', 'testsrc2=size=320x240:rate=25', '-f', 'lavfi', '-i', 'sine=frequency=1000:sample_rate=44100'];
  const codecs = ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '25', '-pix_fmt', 'yuv420p', '-c:a', 'aac', '-ac', '2'];
  return start('ffmpeg', ['-v', 'error', '-re', ...inputs, ...codecs, '-f', 'flv', server.url('rtmp', path)]);
};

describeWith({ programs: ['ffmpeg', 'chromium'], files: [FILE, HLS_JS] }, 'hls.js in Chromium', () => {
  let server: Server;
  let browser: Browser;

  beforeAll(async () => {
    server = await startServer('server', ['hls.segmentSeconds=1']);
    browser = await startBrowser();
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await server.stop();
    await killAll();
  }, 30_000);

  it('plays both forms through a restart of the publisher, with another resolution, without a fatal error', async () => {
    const first = publish(server, 'live/a');
    await streamState<StreamBody>(server, 'live/a', ({ state }) => state === 'live');
    const pages = await Promise.all(['', '?form=fmp4'].map((query) => playHls(browser, server.url('http', `live/a.m3u8${query}`))));
    for (const page of pages) await becomes(page, ({ width, frames, audioBytes }) => width === 768 && frames > 75 && audioBytes > 0);
    // It says goodbye, as encoders do that are stopped: the stream is over, and its viewers wait for it.
    await first.stop('SIGINT');
    publishBars(server, 'live/a');
    for (const page of pages) {
      const changed = await becomes(page, ({ width }) => width === 320);
      const later = await becomes(page, ({ frames }) => frames > changed.frames + 100);
      expect(later.fatal).toEqual([]);
      expect(later.audioBytes).toBeGreaterThan(changed.audioBytes);
      await page.close();
    }
  }, 120_000);
});

describeWith({ programs: ['ffmpeg', 'gst-launch-1.0'], files: [FILE] }, 'HLS in GStreamer', () => {
  let server: Server;
  beforeAll(async () => {
    server = await startServer('server', ['hls.segmentSeconds=1']);
    publish(server, 'live/a');
    await streamState<StreamBody>(server, 'live/a', ({ state }) => state === 'live');
  }, 60_000);
  afterAll(async () => {
    await server.stop();
    await killAll();
  }, 30_000);

  it.each([
    ['', 'tsdemux'],
    ['?form=fmp4', 'qtdemux'],
  ])(
    'hlsdemux reads it%s',
    async (query, demuxer) => {
      const url = server.url('http', `live/a.m3u8${query}`);
      const counter = 'progressreport update-freq=1 do-query=false format=buffers';
      const pipeline = `souphttpsrc location=${url} ! hlsdemux ! ${demuxer} ! h264parse ! avdec_h264 ! ${counter} ! fakesink sync=true`;
      const player = start('gst-launch-1.0', pipeline.split(' '), { timeoutMs: 50_000 });
      await player.wrote(/\): [1-9]\d{2} buffers/);
      expect(player.output()).not.toMatch(/error|warning/i);
      await player.stop('SIGKILL');
    },
    60_000,
  );
});
