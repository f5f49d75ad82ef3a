import { accessUnits } from './support/access-units.js';
import { media } from './support/paths.js';
import { describeWith, killAll, type Running, start } from './support/programs.js';
import { type Server, startServer, streamState } from './support/server.js';

const FILE = media('avatar.flv');
const publish = (url: string): Running => start('ffmpeg', ['-v', 'error', '-re', '-stream_loop', '-1', '-i', FILE, '-c', 'copy', '-f', 'flv', url]);
const live = (server: Server): Promise<{ state: string }> => streamState(server, 'live/a', (stream: { state: string }) => stream.state === 'live');

describeWith({ programs: ['ffmpeg'], files: [FILE] }, 'publishers come and go', () => {
  let server: Server;
  beforeAll(async () => {
    server = await startServer('server');
  }, 60_000);
  afterAll(killAll);

  it('keeps viewers and time when a publisher is killed and starts again', async () => {
    const url = server.url('rtmp', 'live/a');
    const first = publish(url);
    await live(server);
    const played = accessUnits(server.url('http', 'live/a.flv'), 9);
    await streamState(server, 'live/a', (stream: { state: string; viewers: number }) => stream.viewers === 1);
    await first.stop('SIGKILL');
    await streamState(server, 'live/a', (stream: { state: string }) => stream.state === 'lingering');
    publish(url);
    const { videoDts } = await played;
    const steps = videoDts.slice(1).map((dts, i) => dts - (videoDts[i] as number));
    expect(videoDts.length).toBeGreaterThan(100);
    expect(Math.min(...steps)).toBeGreaterThan(0);
    // The pause is the time the publisher was away, no jump.
    expect(Math.max(...steps)).toBeLessThan(6000);
  }, 60_000);

  it('ends viewers and exits with 0 on SIGTERM', async () => {
    const viewer = start('ffmpeg', ['-v', 'error', '-i', server.url('http', 'live/a.flv'), '-c', 'copy', '-f', 'null', '-']);
    await streamState(server, 'live/a', (stream: { state: string; viewers: number }) => stream.viewers === 1);
    const begun = Date.now();
    const ended = await server.stop('SIGTERM');
    expect({ code: ended.code, signal: ended.signal }).toEqual({ code: 0, signal: null });
    expect(Date.now() - begun).toBeLessThan(10_000);
    await viewer.ended;
  }, 30_000);
});
