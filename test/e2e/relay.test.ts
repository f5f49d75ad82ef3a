import { accessUnits, isRunOf } from './support/access-units.js';
import { type FlvViewer, viewFlv } from './support/flv-viewer.js';
import { hasGstRtspServer, startGstRtsp } from './support/gst-rtsp.js';
import { NGINX_RTMP, type NginxRtmp, startNginxRtmp } from './support/nginx.js';
import { media } from './support/paths.js';
import { describeWith, killAll, type Running, run, start } from './support/programs.js';
import { freePort, type Server, startServer, streamState } from './support/server.js';

const FILE = media('avatar.flv');
const IDLE_SECONDS = 2;
const TEST_CARD =
  '( videotestsrc is-live=true ! video/x-raw,width=320,height=240,framerate=25/1 ! x264enc tune=zerolatency speed-preset=ultrafast key-int-max=25 ! h264parse ! rtph264pay name=pay0 pt=96 ' +
  'audiotestsrc is-live=true ! audioconvert ! audioresample ! audio/x-raw,rate=44100,channels=2 ! avenc_aac ! aacparse ! rtpmp4gpay name=pay1 pt=97 )';

interface Pull {
  readonly id: string;
  readonly state: string;
  readonly attempt: number;
  readonly url: string;
  readonly origin: string;
  readonly lastError?: { readonly code: string };
}

const publish = (url: string): Running => start('ffmpeg', ['-v', 'error', '-re', '-stream_loop', '-1', '-i', FILE, '-c', 'copy', '-f', 'flv', url]);
const isPicture = ({ type }: { readonly type: number }): boolean => type === 9;

async function pulls(server: Server): Promise<readonly Pull[]> {
  return (await server.api<{ items: Pull[] }>('/pulls')).body.items;
}

/** Resolves once `path` is no stream any more. */
async function gone(server: Server, path: string): Promise<void> {
  while ((await server.api(`/streams/${path}`)).status !== 404) await new Promise((resolve) => setTimeout(resolve, 100));
}

describeWith({ programs: ['ffmpeg', 'nginx'], files: [NGINX_RTMP, FILE] }, 'streams of another server, by demand', () => {
  let server: Server;
  let nginx: NginxRtmp;
  let source: Running;
  let viewer: FlvViewer | undefined;

  beforeAll(async () => {
    nginx = await startNginxRtmp();
    const rules = [
      `{ match: 'live/*', url: '${nginx.url('$1')}?token=hidden', idleSeconds: ${IDLE_SECONDS} }`,
      `{ match: 'nowhere/*', url: 'rtmp://127.0.0.1:${await freePort()}/live/$1', retryIntervalMs: 100 }`,
    ];
    server = await startServer('server', [`relay.sources=[${rules.join(', ')}]`, 'relay.pullTimeoutSeconds=3']);
    source = publish(nginx.url('cam'));
  }, 60_000);
  afterAll(async () => {
    viewer?.close();
    await killAll();
  });

  it('a player asks for a stream that does not exist: it is pulled, once for all', async () => {
    const played = await Promise.all([
      accessUnits(server.url('rtsp', 'live/cam'), 3, ['-rtsp_transport', 'tcp']),
      accessUnits(server.url('http', 'live/cam.flv'), 3),
      accessUnits(server.url('rtmp', 'live/cam'), 3),
    ]);
    const whole = await accessUnits(FILE);
    for (const units of played.slice(1)) {
      expect(units.video.length).toBeGreaterThan(20);
      expect(isRunOf(units.video, whole.video)).toBe(true);
    }
    expect(played[0].video.length).toBeGreaterThan(20);
    const [pull, ...others] = await pulls(server);
    expect([pull, others]).toEqual([
      expect.objectContaining({ path: 'live/cam', origin: 'demand', via: 'rtmp', state: 'live', url: expect.stringMatching(/token=\*\*\*$/) }),
      [],
    ]);
  }, 60_000);

  it('the source is killed and comes back: viewers stay', async () => {
    viewer = viewFlv(server.url('http', 'live/cam.flv'));
    await viewer.next(isPicture);
    await source.stop('SIGKILL');
    await streamState(server, 'live/cam', ({ state }) => state === 'lingering');
    source = publish(nginx.url('cam'));
    await viewer.next(isPicture);
  }, 30_000);

  it('the server of the source is killed and comes back: viewers stay', async () => {
    await nginx.program.stop('SIGKILL');
    await streamState(server, 'live/cam', ({ state }) => state === 'lingering');
    nginx = await startNginxRtmp(nginx.port);
    source = publish(nginx.url('cam'));
    await viewer?.next(isPicture);
  }, 30_000);

  it('ends the pull when nobody watched for a while', async () => {
    viewer?.close();
    const left = performance.now();
    await gone(server, 'live/cam');
    expect(performance.now() - left).toBeGreaterThan(IDLE_SECONDS * 1000);
    expect(await pulls(server)).toEqual([]);
  }, 30_000);

  it('tells clearly that a source cannot be had, after five tries', async () => {
    const response = await fetch(server.url('http', 'nowhere/cam.flv'));
    expect([response.status, await response.json()]).toEqual([404, { error: { code: 'ERR_CONNECT', message: expect.stringContaining('5 tries') } }]);
    expect(await pulls(server)).toMatchObject([{ path: 'nowhere/cam', state: 'failed', attempt: 5, lastError: { code: 'ERR_CONNECT' } }]);
    const overRtmp = await run('ffmpeg', ['-v', 'error', '-i', server.url('rtmp', 'nowhere/cam'), '-f', 'null', '-']);
    expect(overRtmp.stderr).toContain('Server error: nowhere/cam could not be pulled');
    const overRtsp = await run('ffmpeg', ['-v', 'error', '-i', server.url('rtsp', 'nowhere/cam'), '-f', 'null', '-']);
    expect(overRtsp.stderr).toContain('404');
    // What no rule is for is no stream, at once.
    expect((await fetch(server.url('http', 'other/cam.flv'))).status).toBe(404);
  }, 30_000);
});

describeWith({ programs: ['ffmpeg', 'nginx'], files: [NGINX_RTMP, FILE] }, 'streams from one protocol to another', () => {
  const itWithGst = hasGstRtspServer ? it : it.skip;
  let server: Server;
  let nginx: NginxRtmp;
  let rtspPort: number;

  beforeAll(async () => {
    nginx = await startNginxRtmp();
    const gst = hasGstRtspServer ? await startGstRtsp(TEST_CARD) : undefined;
    rtspPort = gst?.port ?? 0;
    const sources = `relay.sources=[{ match: 'cameras/**', url: 'rtsp://127.0.0.1:${rtspPort}/$1', transport: tcp }]`;
    const pushes = `relay.pushes=[{ match: 'cameras/**/a', url: '${nginx.url('from-rtsp')}' }]`;
    server = await startServer('server', [sources, pushes, 'relay.allow=[loopback]']);
  }, 60_000);
  afterAll(killAll);

  itWithGst(
    'an RTSP source that a player asks for is forwarded as RTMP',
    async () => {
      const asked = accessUnits(server.url('rtmp', 'cameras/live/a'), 6);
      await streamState(server, 'cameras/live/a', ({ state }) => state === 'live');
      const { video, audio } = await accessUnits(nginx.url('from-rtsp'), 2);
      expect(video.length).toBeGreaterThan(20);
      expect(audio.length).toBeGreaterThan(20);
      const whole = await asked;
      expect(video.filter((hash) => whole.video.includes(hash)).length).toBeGreaterThan(20);
      expect(await pulls(server)).toMatchObject([{ path: 'cameras/live/a', via: 'rtsp', state: 'live' }]);
    },
    30_000,
  );

  it('an HTTP-FLV source is pulled for a caller of the API, across a restart, until it is ended', async () => {
    const source = `http://127.0.0.1:${await freePort()}/a.flv`;
    const serve = (): Running => start('ffmpeg', ['-v', 'error', '-re', '-stream_loop', '-1', '-i', FILE, '-c', 'copy', '-f', 'flv', '-listen', '1', source]);
    serve();
    const body = JSON.stringify({ path: 'http/a', url: source.replace('//', '//me:secret@'), retryIntervalMs: 200 });
    const created = await server.api<Pull>('/pulls', { method: 'POST', body, headers: { 'content-type': 'application/json' } });
    expect([created.status, created.body]).toEqual([201, expect.objectContaining({ path: 'http/a', url: source.replace('//', '//***@') })]);
    await streamState(server, 'http/a', ({ state }) => state === 'live');
    const [{ video }, whole] = await Promise.all([accessUnits(server.url('http', 'http/a.flv'), 2), accessUnits(FILE)]);
    expect(isRunOf(video, whole.video)).toBe(true);
    // ffmpeg serves one client and ends with it.
    const again = server.restart();
    await server.program.ended;
    serve();
    server = await again;
    await streamState(server, 'http/a', ({ state }) => state === 'live');
    expect((await server.api(`/pulls/${created.body.id}`, { method: 'DELETE' })).status).toBe(204);
    expect((await server.api('/streams/http/a')).status).toBe(404);
    expect((await server.api(`/pulls/${created.body.id}`)).status).toBe(404);
  }, 40_000);

  it('what an API caller may not name is refused', async () => {
    const urls = ['rtmp://169.254.169.254/a/b', 'http://10.0.0.1/a.flv', 'file:///etc/passwd'];
    const answers = urls.map((url) =>
      server.api('/pulls', { method: 'POST', body: JSON.stringify({ path: 'live/x', url }), headers: { 'content-type': 'application/json' } }),
    );
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([403, 403, 400]);
  });
});
