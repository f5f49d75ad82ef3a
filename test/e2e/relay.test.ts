import { accessUnits, isRunOf } from './support/access-units.js';
import { type FlvViewer, viewFlv } from './support/flv-viewer.js';
import { NGINX_RTMP, type NginxRtmp, startNginxRtmp } from './support/nginx.js';
import { media } from './support/paths.js';
import { describeWith, killAll, type Running, run, start } from './support/programs.js';
import { freePort, type Server, startServer, streamState } from './support/server.js';

const FILE = media('avatar.flv');
const IDLE_SECONDS = 2;

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
    const [overHttp, overRtmp] = await Promise.all([accessUnits(server.url('http', 'live/cam.flv'), 3), accessUnits(server.url('rtmp', 'live/cam'), 3)]);
    const whole = await accessUnits(FILE);
    for (const units of [overHttp, overRtmp]) {
      expect(units.video.length).toBeGreaterThan(20);
      expect(isRunOf(units.video, whole.video)).toBe(true);
    }
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
    expect(performance.now() - left).toBeGreaterThan(IDLE_SECONDS * 1000 - 500);
    expect(await pulls(server)).toEqual([]);
  }, 30_000);

  it('tells clearly that a source cannot be had, after five tries', async () => {
    const response = await fetch(server.url('http', 'nowhere/cam.flv'));
    expect([response.status, await response.json()]).toEqual([502, { error: { code: 'ERR_CONNECT', message: expect.stringContaining('5 tries') } }]);
    expect(await pulls(server)).toMatchObject([{ path: 'nowhere/cam', state: 'failed', attempt: 5, lastError: { code: 'ERR_CONNECT' } }]);
    const overRtmp = await run('ffmpeg', ['-v', 'error', '-i', server.url('rtmp', 'nowhere/cam'), '-f', 'null', '-']);
    expect(overRtmp.stderr).toContain('Server error: nowhere/cam could not be pulled');
    // What no rule is for is no stream, at once.
    expect((await fetch(server.url('http', 'other/cam.flv'))).status).toBe(404);
  }, 30_000);
});
