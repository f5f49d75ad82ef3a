import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server as TcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './support/paths.js';
import { describeWith, killAll, type Running, run, start } from './support/programs.js';
import { freePort } from './support/server.js';

const SLUICE = join(root, 'core/bin/sluice.js');

/** `--set` for each setting. */
const flags = (settings: Readonly<Record<string, string | number>>): string[] =>
  Object.entries(settings).flatMap(([key, value]) => ['--set', `${key}=${value}`]);

describeWith({ programs: ['ffmpeg', 'ffprobe'] }, 'npm start', () => {
  let data: string;
  let program: Running;
  let http: number;
  let rtmp: number;
  let rtsp: number;
  let urls: { readonly rtmp: string; readonly flv: string };

  beforeAll(async () => {
    data = mkdtempSync(join(tmpdir(), 'sluice-start-'));
    [http, rtmp, rtsp] = [await freePort(), await freePort(), await freePort()];
    const outputs = { 'http.port': http, 'rtmp.port': rtmp, 'rtsp.port': rtsp, 'rtsp.udpPort': 0 };
    const ports = { ...outputs, 'gb28181.sip.port': await freePort(), 'rtp-ps.port': await freePort() };
    const args = ['--data', data, ...flags({ ...ports, 'engine.host': '127.0.0.1' })];
    program = start(process.execPath, [join(root, 'scripts/start.mjs'), ...args], { cwd: root });
    urls = { rtmp: `rtmp://127.0.0.1:${rtmp}/live/demo`, flv: `http://127.0.0.1:${http}/live/demo.flv` };
    await program.wrote(/\/player/);
  }, 120_000);
  afterAll(async () => {
    await killAll();
    rmSync(data, { recursive: true, force: true });
  });

  it('prints the version, every listening address, the page and lines to paste', () => {
    const banner = program.output();
    expect(banner).toMatch(/^Sluice \d+\.\d+\.\d+ runs all-in-one$/m);
    expect(banner).toMatch(new RegExp(`rtmp +tcp 127\\.0\\.0\\.1:${rtmp}$`, 'm'));
    expect(banner).toMatch(new RegExp(`http +tcp 127\\.0\\.0\\.1:${http}$`, 'm'));
    expect(banner).toMatch(new RegExp(`ffmpeg .*rtsp://127\\.0\\.0\\.1:${rtsp}/`));
    expect(banner).toMatch(new RegExp(`ffmpeg .*rtmp://127\\.0\\.0\\.1:${rtmp}/`));
    expect(banner).toContain(`ffplay ${urls.rtmp}`);
    expect(banner).toContain(`ffplay ${urls.flv}`);
    expect(banner).toMatch(new RegExp(`http://127\\.0\\.0\\.1:${http}/player\\S*#key=\\S+`));
    expect(banner).toMatch(/GB28181.*34020000002000000001/);
  });

  it('is ready, and the page needs no key', async () => {
    const base = `http://127.0.0.1:${http}`;
    expect((await fetch(`${base}/healthz`)).status).toBe(200);
    const page = await fetch(`${base}/player?stream=live/demo`);
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('<title>Sluice</title>');
    expect((await fetch(`${base}/api/v1/streams`)).status).toBe(401);
  });

  it.each(['rtmp', 'flv'] as const)(
    'has a synthetic camera with 25 pictures a second and a tone, which decodes without a warning (%s)',
    async (protocol) => {
      const url = urls[protocol];
      const probe = await run('ffprobe', [
        '-v',
        'error',
        '-rw_timeout',
        '15000000',
        '-show_entries',
        'stream=codec_name,avg_frame_rate',
        '-of',
        'csv=p=0',
        url,
      ]);
      const streams = probe.stdout.toString().trim().split('\n').sort();
      expect(streams).toEqual(['aac,0/0', 'h264,25/1']);
      const decoded = await run('ffmpeg', ['-v', 'warning', '-xerror', '-i', url, '-t', '4', '-f', 'framecrc', '-']);
      expect({ code: decoded.code, stderr: decoded.stderr }).toEqual({ code: 0, stderr: '' });
      const pictures = decoded.stdout
        .toString()
        .split('\n')
        .filter((line) => line.startsWith('0,'))
        .map((line) => line.split(',').at(-1));
      expect(pictures.length).toBeGreaterThanOrEqual(95);
      // The picture moves.
      expect(new Set(pictures).size).toBeGreaterThan(90);
    },
    60_000,
  );

  it('exits with 0 on SIGTERM', async () => {
    const ended = await program.stop('SIGTERM');
    expect({ code: ended.code, signal: ended.signal }).toEqual({ code: 0, signal: null });
    expect(ended.stderr).toBe('');
  }, 30_000);
});

describe('a start that cannot succeed', () => {
  let data: string;
  let taken: TcpServer;
  let port: number;

  beforeAll(async () => {
    data = mkdtempSync(join(tmpdir(), 'sluice-start-'));
    taken = createServer();
    port = await new Promise<number>((resolve) => {
      taken.listen(0, '127.0.0.1', () => {
        const address = taken.address();
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
  });
  afterAll(async () => {
    await new Promise((resolve) => taken.close(resolve));
    await killAll();
    rmSync(data, { recursive: true, force: true });
  });

  const startSluice = (...args: string[]) => run(process.execPath, [SLUICE, 'start', 'server', '--data', data, ...args]);

  it.each([
    ['rtmp.prt=1', /rtmp\.prt: .*'port'/],
    ['rtpm.port=1', /rtpm.*'rtmp'/],
    ['rtmp.port=high', /rtmp\.port: .*number.*high/],
  ])('names the path and the nearest right name of the flag %s, and exits with 2', async (setting, message) => {
    const ended = await startSluice('--set', setting);
    expect(ended.stderr).toMatch(message);
    expect(ended.code).toBe(2);
  });

  it('names file and line of a mistake there', async () => {
    const file = join(data, 'mistake.yaml');
    writeFileSync(file, 'http:\n  port: 0\nrtmp:\n  prot: 1\n');
    const ended = await startSluice('-c', file);
    expect(ended.stderr).toContain(`${file}:4`);
    expect(ended.stderr).toMatch(/rtmp\.prot: .*'port'/);
    expect(ended.code).toBe(2);
  });

  it.each(['rtmp', 'rtsp', 'http'])('names the plugin %s and its port where that is in use, and exits with 3', async (plugin) => {
    const ended = await startSluice(
      ...flags({ 'http.port': 0, 'rtmp.port': 0, 'rtsp.port': 0, 'rtsp.udpPort': 0, 'engine.host': '127.0.0.1', [`${plugin}.port`]: port }),
    );
    expect(ended.stderr).toMatch(new RegExp(`'${plugin}'.*${port}`));
    expect(ended.code).toBe(3);
  });
});
