import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { media } from './support/paths.js';
import { describeWith, killAll, run, start } from './support/programs.js';
import { freePort, type Server, startServer, streamState } from './support/server.js';

const FILE = media('avatar.flv');

/** What a plugin that knows users does. */
const USERS = `export default { kind: 'sluice.plugin', name: 'users', version: '1.0.0', setup(ctx) {
  ctx.hooks.authorize(({ protocol, credentials }) => {
    if (protocol !== 'rtsp') return undefined;
    return credentials?.name === 'cam' && credentials.verify('s3cret') ? { allow: true } : { allow: false, status: 401 };
  });
} };
`;

const freePorts = async () => ({ http: await freePort(), rtmp: await freePort(), rtsp: await freePort(), sip: await freePort(), rtp: await freePort() });

describeWith({ programs: ['ffmpeg', 'ffprobe', 'gst-launch-1.0'], files: [FILE] }, 'RTSP with users', () => {
  let folder: string;
  let server: Server;
  const url = (login: string) => server.url('rtsp', 'live/a').replace('//', `//${login}@`);

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-users-'));
    writeFileSync(join(folder, 'users.mjs'), USERS);
  });
  afterAll(async () => {
    await killAll();
    rmSync(folder, { recursive: true, force: true });
  }, 30_000);

  it.each(['digest-sha256, basic, digest-md5', 'digest-md5', 'basic'])(
    'lets who knows the password publish and play, and nobody else (%s)',
    async (schemes) => {
      // The file that is read where none is named.
      writeFileSync(join(folder, 'sluice.yaml'), `plugins: [./users.mjs]\nrtsp: { authSchemes: [${schemes}] }\n`);
      server = await startServer('server', [], { data: folder, ports: await freePorts() });
      const publish = (login: string) => start('ffmpeg', ['-v', 'error', '-re', '-stream_loop', '-1', '-i', FILE, '-c', 'copy', '-f', 'rtsp', url(login)]);
      const probe = (login: string) =>
        run('ffprobe', ['-v', 'error', '-rtsp_transport', 'tcp', '-show_entries', 'stream=codec_name', '-of', 'csv=p=0', url(login)]);
      expect((await publish('cam:wrong').ended).stderr).toContain('401 Unauthorized');
      const publisher = publish('cam:s3cret');
      await streamState<{ readonly state: string }>(server, 'live/a', ({ state }) => state === 'live');
      expect((await probe('cam:wrong')).stderr).toContain('401 Unauthorized');
      expect((await probe('cam:s3cret')).stdout.toString().trim().split('\n').sort()).toEqual(['aac', 'h264']);
      // Stopped from outside: on its own end it calls a connection that it closed itself an error, now and then.
      const source = ['-q', 'rtspsrc', 'protocols=tcp', `location=${url('cam:s3cret')}`, '!', 'application/x-rtp,media=video'];
      const player = start('gst-launch-1.0', [...source, '!', 'rtph264depay', '!', 'fdsink', 'fd=1']);
      await player.wrote(/[\s\S]{20000}/);
      await player.stop('SIGKILL');
      await publisher.stop();
      await server.program.stop();
    },
    60_000,
  );
});
