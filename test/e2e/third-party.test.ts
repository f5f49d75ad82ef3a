import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installPacked, pack } from './support/packed.js';
import { describeWith, killAll, type Running, run, start } from './support/programs.js';
import { freePort } from './support/server.js';

let folder = '';
let port = 0;
let server: Running;

const url = (query: string) => `http://127.0.0.1:${port}/live/demo.live.ts${query}`;
const GUEST = '?user=guest&password=hello';

describeWith({ programs: ['ffprobe', 'ffmpeg', 'tar'] }, 'plugins of somebody else, from packed packages in an empty folder', () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-third-party-'));
    const tarballs = await pack(join(folder, 'tarballs'), [
      'sluice-plugin-http-ts',
      'sluice-plugin-auth-file',
      '@sluice/preset-server',
      '@sluice/plugin-synthetic',
    ]);
    await installPacked(folder, tarballs);
    writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
    writeFileSync(join(folder, 'access.txt'), 'play live/* guest hello\n');
    port = await freePort();
    const config = `
plugins: [http-ts, sluice-plugin-auth-file, synthetic]
engine: { host: 127.0.0.1 }
http: { port: ${port} }
rtmp: { port: 0 }
rtsp: { port: 0, udpPort: 0 }
synthetic: { streams: [{ path: live/demo }] }
`;
    writeFileSync(join(folder, 'sluice.yaml'), config);
    server = start(process.execPath, ['node_modules/@sluice/core/bin/sluice.js', 'start', 'server'], { cwd: folder });
    await server.wrote(/Play HTTP-TS/);
  }, 120_000);
  afterAll(async () => {
    await killAll();
    rmSync(folder, { recursive: true, force: true });
  });

  it('ffprobe finds pictures and sound in the new output, and ffmpeg decodes them', async () => {
    const entries = ['-show_entries', 'stream=codec_name,width', '-of', 'csv=p=0'];
    const probed = await run('ffprobe', ['-v', 'error', ...entries, '-analyzeduration', '3000000', url(GUEST)]);
    expect({ code: probed.code, stderr: probed.stderr }).toEqual({ code: 0, stderr: '' });
    const found = probed.stdout.toString();
    expect(found).toContain('h264,640');
    expect(found).toContain('aac');
    const decoded = await run('ffmpeg', ['-v', 'error', '-t', '2', '-i', url(GUEST), '-f', 'null', '-']);
    expect({ code: decoded.code, stderr: decoded.stderr }).toEqual({ code: 0, stderr: '' });
  }, 60_000);

  it('the new auth source decides, in every protocol, and its list may change meanwhile', async () => {
    const status = async (query: string) => (await fetch(url(query), { method: 'HEAD' })).status;
    expect([await status(GUEST), await status(''), await status('?user=guest&password=x')]).toEqual([200, 401, 401]);
    const flv = await fetch(`http://127.0.0.1:${port}/live/demo.flv`, { method: 'HEAD' });
    expect(flv.status).toBe(401);
    writeFileSync(join(folder, 'access.txt'), 'play live/* - -\n');
    while ((await status('')) !== 200) await new Promise((resolve) => setTimeout(resolve, 100));
  }, 60_000);

  it('ends properly', async () => {
    expect((await server.stop()).code).toBe(0);
  }, 30_000);
});
