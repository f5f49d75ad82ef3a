import { join } from 'node:path';
import { hasGstRtspServer, startGstRtsp } from './support/gst-rtsp.js';
import { NGINX_RTMP, type NginxRtmp, startNginxRtmp } from './support/nginx.js';
import { media, root } from './support/paths.js';
import { describeWith, type Ended, killAll, run, start } from './support/programs.js';
import { freePort } from './support/server.js';

const FILE = media('avatar.flv');
const probe = (...args: readonly string[]): Promise<Ended> => run(process.execPath, [join(root, 'core/bin/sluice.js'), 'probe', ...args]);

describeWith({ programs: ['ffmpeg', 'ffprobe', 'nginx'], files: [NGINX_RTMP, FILE] }, 'sluice probe', () => {
  let nginx: NginxRtmp;
  beforeAll(async () => {
    nginx = await startNginxRtmp();
    start('ffmpeg', ['-v', 'error', '-re', '-stream_loop', '-1', '-i', FILE, '-c', 'copy', '-f', 'flv', nginx.url('cam')]);
  });
  afterAll(killAll);

  it('says of an RTMP stream what ffprobe says of it', async () => {
    const theirs = await run('ffprobe', [
      '-v',
      'error',
      '-show_entries',
      'stream=codec_name,width,height,sample_rate,channels',
      '-of',
      'json',
      nginx.url('cam'),
    ]);
    const streams = (JSON.parse(theirs.stdout.toString()) as { streams: Record<string, string | number>[] }).streams;
    const { code, stdout, stderr } = await probe(`${nginx.url('cam')}?token=hidden`, '--json', '--seconds', '3');
    expect([code, stderr]).toEqual([0, expect.stringMatching(/connecting to .*token=\*\*\*[\s\S]*reading for 3 s/)]);
    const report = JSON.parse(stdout.toString()) as { url: string; tracks: { codec: string; frames: number; bitrate: number; keyFrames: number }[] };
    expect(report.url).not.toContain('hidden');
    const facts = streams.map(({ codec_name: codec, width, height, sample_rate: rate, channels }) =>
      width === undefined ? { codec, sampleRate: Number(rate), channels } : { codec, width, height },
    );
    expect(report.tracks).toEqual(expect.arrayContaining(facts.map((each) => expect.objectContaining(each))));
    for (const { frames, bitrate } of report.tracks) {
      // How many come in three seconds is the machine's matter.
      expect(frames).toBeGreaterThan(1);
      expect(bitrate).toBeGreaterThan(10_000);
    }
    expect(report.tracks[0]?.keyFrames).toBeGreaterThan(0);
  }, 60_000);

  it('reads HTTP-FLV', async () => {
    const url = `http://127.0.0.1:${await freePort()}/a.flv`;
    start('ffmpeg', ['-v', 'error', '-re', '-stream_loop', '-1', '-i', FILE, '-c', 'copy', '-f', 'flv', '-listen', '1', url]);
    // The port is opened when ffmpeg has read its input.
    let tried = await probe(url, '--seconds', '1');
    while (tried.stderr.includes('ECONNREFUSED')) tried = await probe(url, '--seconds', '1');
    expect([tried.code, tried.stdout.toString()]).toEqual([0, expect.stringMatching(/http-flv from [\s\S]*#0 video h264 High[\s\S]*#1 audio aac/)]);
  }, 60_000);

  (hasGstRtspServer ? it : it.skip)(
    'reads RTSP',
    async () => {
      const card =
        'videotestsrc is-live=true ! video/x-raw,width=320,height=240,framerate=25/1 ! x264enc tune=zerolatency key-int-max=25 ! h264parse ! rtph264pay name=pay0 pt=96';
      const { url } = await startGstRtsp(`( ${card} )`);
      const { code, stdout } = await probe(url(), '--json', '--seconds', '3', '--transport', 'tcp');
      const report = JSON.parse(stdout.toString()) as { tracks: { fps: number }[] };
      expect([code, report]).toMatchObject([0, { protocol: 'rtsp', tracks: [{ codec: 'h264', width: 320, height: 240, reordered: false }] }]);
      expect(Math.abs((report.tracks[0]?.fps ?? 0) - 25)).toBeLessThan(1);
    },
    60_000,
  );

  it('exits with 1 where there is no stream, 2 for what is no URL', async () => {
    const [missing, closed, wrong] = await Promise.all([
      probe(nginx.url('none'), '--timeout', '1'),
      probe(`rtmp://127.0.0.1:${await freePort()}/live/cam`, '--json'),
      probe('gopher://127.0.0.1/cam'),
    ]);
    expect([missing.code, missing.stderr]).toEqual([1, expect.stringContaining('did not begin within 1 s')]);
    expect([closed.code, JSON.parse(closed.stdout.toString())]).toEqual([
      1,
      expect.objectContaining({ error: { code: 'ERR_CONNECT', message: expect.any(String) } }),
    ]);
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('rtsp://')]);
  }, 60_000);
});
