import { describeWith, killAll, type Running, run, start } from './support/programs.js';
import { type Server, startServer, streamState } from './support/server.js';

const PATH = 'live/guarded';
const BURST = 30;
const TOKENS = ['known', 'fresh', 'other', 'late'].map((id) => ({ id, token: `the-${id}-token`, actions: ['publish', 'play'], paths: ['live/*'] }));
const upgrade = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=='];

const headerArgs = (headers: readonly string[]): string[] => headers.flatMap((header) => ['-H', header]);
const plays = (program: Running): Promise<unknown> => program.wrote(/[\s\S]{10000}/);

describeWith({ programs: ['curl', 'ffmpeg', 'ffprobe', 'rtmpdump'] }, 'guesses of credentials', () => {
  let server: Server;
  beforeAll(async () => {
    server = await startServer('server', [
      'auth.publish=token',
      'auth.play=token',
      `auth.tokens=${JSON.stringify(TOKENS)}`,
      'api.keys=[{ id: reader, key: a-key-that-reads, role: read }]',
      `engine.limits.failureBurst=${BURST}`,
      'engine.limits.failuresPerSecond=0.05',
      'http.trustedProxies=[127.0.0.3]',
    ]);
    const picture = ['-f', 'lavfi', '-i', 'testsrc=size=160x120:rate=10', '-c:v', 'libx264', '-preset', 'ultrafast', '-g', '10'];
    start('ffmpeg', ['-v', 'error', '-re', ...picture, '-f', 'flv', server.url('rtmp', `${PATH}?token=the-known-token`)]);
    await streamState(server, PATH, ({ state }: { readonly state: string }) => state === 'live');
  }, 60_000);
  afterAll(async () => {
    await killAll();
    await server?.stop();
  }, 30_000);

  const url = (token: string): string => server.url('http', `${PATH}.flv?token=${token}`);
  /** The status of the first answer, from an address of this machine. */
  const statusOf = async (target: string, { from = '127.0.0.1', headers = [] as readonly string[] } = {}): Promise<string> => {
    const args = ['-s', '-o', '/dev/null', '-w', '%{http_code}', '--http1.1', '--max-time', '1', '--interface', from, ...headerArgs(headers), target];
    return (await run('curl', args)).stdout.toString();
  };

  it('are refused unlooked at when an address made too many, over whatever protocol; others and what runs go on', async () => {
    const viewer = start('curl', ['-sN', url('the-known-token')]);
    await plays(viewer);
    expect(await statusOf(server.url('http', 'api/v1/streams'), { headers: ['Authorization: Bearer a-key-that-reads'] })).toBe('200');

    // A few over each protocol, then many at once.
    await Promise.all([
      run('ffprobe', ['-v', 'error', '-rtsp_transport', 'tcp', server.url('rtsp', `${PATH}?token=wrong-1`)]),
      run('ffprobe', ['-v', 'error', '-rtsp_transport', 'tcp', server.url('rtsp', PATH).replace('//', '//nobody:wrong@')]),
      run('rtmpdump', ['-V', '-r', server.url('rtmp', `${PATH}?token=wrong-2`), '--live', '-o', '/dev/null']),
      statusOf(url('wrong-3'), { headers: upgrade }),
      statusOf(server.url('http', `hls/guarded/wrong-4`)),
      statusOf(server.url('http', 'api/v1/streams'), { headers: ['Authorization: Bearer wrong-5'] }),
    ]);
    const many = Array.from({ length: 200 }, (_, i) => ['-o', '/dev/null', url(`wrong-${i}`)]).flat();
    const { stdout } = await run('curl', ['-s', '-Z', '--parallel-max', '50', '-w', '%{http_code}\n', ...many]);
    expect(stdout.toString().trim().split('\n')).toEqual(Array(200).fill('401'));

    // A right one that was not seen before is not looked at, on no protocol.
    expect(await statusOf(url('the-fresh-token'))).toBe('401');
    expect((await run('ffprobe', ['-v', 'error', '-rtsp_transport', 'tcp', server.url('rtsp', `${PATH}?token=the-fresh-token`)])).stderr).toContain('401');
    expect(await statusOf(url('the-fresh-token'), { from: '127.0.0.3', headers: ['X-Forwarded-For: 127.0.0.1'] })).toBe('401');
    // Whom nobody trusts cannot say that he is another.
    expect(await statusOf(url('the-fresh-token'), { headers: ['X-Forwarded-For: 198.51.100.7'] })).toBe('401');
    // What was right before is, and so are other addresses, and others behind a proxy that says so.
    expect(await statusOf(url('the-known-token'))).toBe('200');
    expect(await statusOf(server.url('http', 'api/v1/streams'), { headers: ['Authorization: Bearer a-key-that-reads'] })).toBe('200');
    expect(await statusOf(url('the-other-token'), { from: '127.0.0.2' })).toBe('200');
    expect(await statusOf(url('the-other-token'), { from: '127.0.0.3', headers: ['X-Forwarded-For: 198.51.100.7'] })).toBe('200');
    expect(viewer.process.exitCode).toBeNull();
    const { stdout: metrics } = await run('curl', ['-s', '-H', 'Authorization: Bearer a-key-that-reads', server.url('http', 'metrics')]);
    expect(Number(/sluice_errors_total\{plugin="engine",kind="too-many-failures"\} (\d+)/.exec(metrics.toString())?.[1])).toBeGreaterThan(100);

    // They are forgotten, one after the other.
    for (let tries = 0; (await statusOf(url('the-late-token'))) !== '200'; tries++) {
      expect(tries).toBeLessThan(30);
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
    await viewer.stop('SIGKILL');
  }, 60_000);
});
