import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, playerBecomes, screenshot, startBrowser } from './support/browser.js';
import { media } from './support/paths.js';
import { describeWith, killAll, start } from './support/programs.js';
import { type Server, startServer, streamState } from './support/server.js';

const FILE = media('avatar.flv');
/** 4 s of 25 pictures. */
const FRAMES = 100;

interface StreamBody {
  readonly state: string;
  readonly viewers: number;
}

const STREAMS = [
  { path: 'live/avatar', width: 768, height: 320 },
  { path: 'live/demo', width: 640, height: 360 },
] as const;

describeWith({ programs: ['ffmpeg', 'chromium'], files: [FILE] }, 'the player page in Chromium', () => {
  let server: Server;
  let browser: Browser;
  let key: string;
  let mishaps: string[];

  const player = (path: string): string => server.url('http', `player?stream=${path}`);

  beforeAll(async () => {
    server = await startServer('all-in-one', ['synthetic.streams=[{ path: live/demo }]', 'api.origins=["*"]']);
    key = readFileSync(join(server.data, 'secrets/api-key'), 'utf8').trim();
    start('ffmpeg', ['-v', 'error', '-re', '-stream_loop', '-1', '-i', FILE, '-c', 'copy', '-f', 'flv', server.url('rtmp', 'live/avatar')], {
      timeoutMs: 300_000,
    });
    await streamState<StreamBody>(server, 'live/avatar', ({ state }) => state === 'live');
    browser = await startBrowser();
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await server.stop();
    await killAll();
  }, 30_000);
  beforeEach(() => {
    mishaps = [];
  });

  it.each(STREAMS.flatMap((stream) => [{ ...stream, button: 'HTTP-FLV' } as const, { ...stream, button: 'WS-FLV' } as const]))(
    'plays $path by $button, without a key',
    async ({ path, width, height, button }) => {
      const page = await browser.open(player(path), mishaps);
      await page.getByRole('button', { name: button }).click();
      const protocol = button.toLowerCase();
      const first = await playerBecomes(page, (state) => state.protocol === protocol && state.status === 'playing' && state.totalVideoFrames > 0);
      const second = await playerBecomes(page, ({ totalVideoFrames }) => totalVideoFrames >= first.totalVideoFrames + FRAMES);
      expect(second).toMatchObject({ stream: path, protocol, status: 'playing', width, height, withoutAudio: false, error: null });
      // No slower than the camera, and no further behind it than a live player may be.
      expect(second.currentTime - first.currentTime).toBeGreaterThan(FRAMES / 25 - 1);
      expect(second.delaySeconds).toBeLessThan(3);
      await screenshot(page, `player-${path.replace('/', '-')}-${protocol}`);
      expect(mishaps).toEqual([]);
      await page.close();
      // The viewer is gone with the page.
      await streamState<StreamBody>(server, path, ({ viewers }) => viewers === 0);
    },
    60_000,
  );

  it.each(['HTTP-FLV', 'WS-FLV'])(
    'says that a stream is not there, and plays it by itself, without a key, once it is (%s)',
    async (button) => {
      const path = `live/late-${button}`.toLowerCase();
      const page = await browser.open(player(path), mishaps);
      await page.getByRole('button', { name: button }).click();
      const waiting = await playerBecomes(page, (state) => state.status === 'retrying' || state.status === 'failed');
      expect(waiting).toMatchObject({ status: 'retrying', error: 'errNotFound' });
      await screenshot(page, `player-not-found-${button.toLowerCase()}`);
      const publisher = start('ffmpeg', ['-v', 'error', '-re', '-i', FILE, '-c', 'copy', '-f', 'flv', server.url('rtmp', path)]);
      await playerBecomes(page, (state) => state.status === 'playing' && state.error === null && state.totalVideoFrames > 25, 30_000);
      await publisher.stop('SIGKILL');
      await page.close();
    },
    90_000,
  );

  it('lists the streams with the key of the banner, and changes to the one that is chosen', async () => {
    const page = await browser.open(`${player('live/demo')}#key=${key}`, mishaps);
    await playerBecomes(page, (state) => state.stream === 'live/demo' && state.totalVideoFrames > 50);
    await page
      .getByRole('button', { name: 'live/avatar' })
      .or(page.getByRole('link', { name: 'live/avatar' }))
      .first()
      .click();
    await playerBecomes(page, (state) => state.stream === 'live/avatar' && state.status === 'playing' && state.width === 768 && state.totalVideoFrames > 50);
    expect(page.url()).toContain('stream=live/avatar');
    expect(page.url()).not.toContain(key);
    await screenshot(page, 'player-with-key');
    await page.setViewportSize({ width: 390, height: 844 });
    await screenshot(page, 'player-with-key-phone');
    expect(await page.evaluate('document.documentElement.scrollWidth <= document.documentElement.clientWidth')).toBe(true);
    expect(mishaps).toEqual([]);
    await page.close();
  }, 60_000);

  it('shows the calls of the API at /docs, with nothing from elsewhere', async () => {
    const elsewhere: string[] = [];
    const look = (request: { url(): string }): void => {
      if (!request.url().startsWith(server.url('http', '')) && !request.url().startsWith('data:')) elsewhere.push(request.url());
    };
    browser.context.on('request', look);
    const page = await browser.open(server.url('http', 'docs'), mishaps);
    await page.getByText('Invites a channel; answers once its stream is live').click({ timeout: 60_000 });
    await page.getByText('ERR_GB28181_CHANNEL_AMBIGUOUS').first().waitFor({ timeout: 60_000 });
    await screenshot(page, 'docs');
    browser.context.off('request', look);
    expect({ elsewhere, mishaps }).toEqual({ elsewhere: [], mishaps: [] });
    await page.close();
  }, 150_000);

  it('lets a page of another origin ask the API, with a key', async () => {
    // Any page without a policy of its own; `localhost` is not the origin of 127.0.0.1.
    const page = await browser.open(`http://localhost:${server.ports.http}/healthz`, mishaps);
    const ask = (method: string, path: string): Promise<number> => {
      const init = JSON.stringify({ method, headers: { authorization: `Bearer ${key}` } });
      return page.evaluate<number>(`fetch(${JSON.stringify(server.url('http', `api/v1${path}`))}, ${init}).then(({ status }) => status)`);
    };
    expect(await ask('GET', '/streams')).toBe(200);
    expect(await ask('DELETE', '/streams/live/none')).toBe(404);
    await page.close();
  }, 60_000);
});
