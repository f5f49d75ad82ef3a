import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { media, root } from './support/paths.js';
import { describeWith, killAll, run, start } from './support/programs.js';
import { freePort } from './support/server.js';

const FILE = media('avatar.flv');

describeWith({ programs: ['ffmpeg', 'ffprobe'], files: [FILE] }, 'Sluice in a web application, on its port', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-embed-'));
  });
  afterAll(async () => {
    await killAll();
    rmSync(folder, { recursive: true, force: true });
  });

  it.each(['fastify', 'express'])(
    '%s: pages of the app beside streams that ffmpeg publishes and ffprobe plays, and a clean end',
    async (framework) => {
      const env = { PORT: String(await freePort()), RTMP_PORT: String(await freePort()), DATA: join(folder, framework) };
      const app = start(process.execPath, [join(root, `examples/embed-${framework}/index.js`)], { cwd: folder, env });
      await app.wrote(/the app: /);
      const origin = `http://127.0.0.1:${env.PORT}`;
      const page = async (path: string) => await (await fetch(origin + path)).text();
      expect(await page('/')).toBe('{"streams":[]}');
      const publisher = start('ffmpeg', [
        '-v',
        'error',
        '-re',
        '-stream_loop',
        '-1',
        '-i',
        FILE,
        '-c',
        'copy',
        '-f',
        'flv',
        `rtmp://127.0.0.1:${env.RTMP_PORT}/live/app`,
      ]);
      while ((await page('/')) !== '{"streams":["live/app"]}') await new Promise((resolve) => setTimeout(resolve, 100));
      for (const url of [`${origin}/media/live/app.flv`, `${origin}/media/live/app.m3u8`]) {
        const { stdout } = await run('ffprobe', ['-v', 'error', '-rw_timeout', '15000000', '-show_entries', 'stream=codec_name', '-of', 'csv=p=0', url]);
        // HLS is listed once more as a program.
        expect([...new Set(stdout.toString().match(/\w+/g))].sort()).toEqual(['aac', 'h264']);
      }
      // Who looks on at the end is no reason to stay.
      const viewer = new WebSocket(`ws://127.0.0.1:${env.PORT}/media/live/app.flv`);
      const closed = new Promise<number>((resolve) => viewer.on('close', resolve));
      await new Promise<void>((resolve) => viewer.once('message', () => resolve()));
      expect(await page('/healthz')).not.toContain('running');
      expect(await page('/media/healthz')).toBe('{"status":"running"}');
      expect(await app.stop('SIGTERM')).toMatchObject({ code: 0, signal: null, stderr: '' });
      expect(await closed).toBe(1001);
      await publisher.stop('SIGKILL');
    },
    60_000,
  );
});
