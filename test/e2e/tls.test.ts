import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { type Authority, createAuthority } from './support/certificates.js';
import { crowd } from './support/crowd.js';
import { media, root } from './support/paths.js';
import { describeWith, killAll, type Running, run, start } from './support/programs.js';
import { freePort, type Server, startServer } from './support/server.js';

const INPUT = media('avatar.flv');

describeWith({ programs: ['openssl', 'curl', 'ffmpeg', 'ffprobe'], files: [INPUT] }, 'TLS', () => {
  let folder: string;
  let authority: Authority;
  let server: Server;
  let publisher: Running;
  let ports: { readonly https: number; readonly rtmps: number; readonly rtsps: number };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-tls-'));
    authority = await createAuthority(folder);
    await authority.issue('first');
    ports = { https: await freePort(), rtmps: await freePort(), rtsps: await freePort() };
    const { cert, key } = authority;
    const tls = (plugin: string, port: number) => [`${plugin}.tls.cert=${cert}`, `${plugin}.tls.key=${key}`, `${plugin}.tls.port=${port}`];
    server = await startServer('server', [...tls('http', ports.https), ...tls('rtmp', ports.rtmps), ...tls('rtsp', ports.rtsps)]);
    publisher = start('ffmpeg', [
      ...['-v', 'error', '-nostats', '-progress', 'pipe:1', '-re', '-stream_loop', '-1', '-i', INPUT, '-c', 'copy'],
      ...['-f', 'flv', '-tls_verify', '1', '-ca_file', authority.file, `rtmps://127.0.0.1:${ports.rtmps}/live/tls`],
    ]);
    await publisher.wrote(/out_time_ms=[1-9]/);
  }, 60_000);
  afterAll(async () => {
    await server?.stop();
    await killAll();
    rmSync(folder, { recursive: true, force: true });
  }, 30_000);

  const curl = (path: string, ...args: string[]) => run('curl', ['-sS', '--cacert', authority.file, ...args, `https://127.0.0.1:${ports.https}${path}`]);
  /** Name of the certificate that is shown on a port. */
  const shownName = async (port: number): Promise<string> => {
    const { stdout } = await run('openssl', ['s_client', '-connect', `127.0.0.1:${port}`, '-CAfile', authority.file, '-verify_return_error'], {
      input: Buffer.alloc(0),
    });
    return /subject=.*CN ?= ?(\w+)/.exec(stdout.toString())?.[1] ?? stdout.toString();
  };
  const warnings = async (): Promise<readonly string[]> => (await server.api<{ readonly warnings: readonly string[] }>('/server')).body.warnings;
  const until = async (isSo: () => Promise<boolean>): Promise<void> => {
    const deadline = AbortSignal.timeout(15_000);
    while (!(await isSo())) {
      deadline.throwIfAborted();
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  };

  it('is told by the banner, beside the plain ports', () => {
    const text = server.program.output();
    expect(text).toMatch(new RegExp(`https +tcp\\+tls 127\\.0\\.0\\.1:${ports.https}$`, 'm'));
    expect(text).toContain(`https://127.0.0.1:${ports.https}/live/demo.flv`);
    expect(text).toContain(`rtmps://127.0.0.1:${ports.rtmps}/live/app`);
    expect(text).toContain(`rtsps://127.0.0.1:${ports.rtsps}/live/app`);
    expect(text).toContain(`rtmp://127.0.0.1:${server.ports.rtmp}/live/app`);
  });

  it('is spoken by https, with verified certificates', async () => {
    const health = await curl('/healthz');
    expect({ code: health.code, body: health.stdout.toString() }).toEqual({ code: 0, body: '{"status":"running"}' });
    const page = await run('curl', ['-sS', '-k', '-o', '/dev/null', '-w', '%{http_code}', `https://localhost:${ports.https}/docs`]);
    expect(page.stdout.toString()).toBe('200');
    // Who trusts others only gets nothing.
    expect((await run('curl', ['-sS', `https://127.0.0.1:${ports.https}/healthz`])).code).toBe(60);
  });

  it.each(['https', 'rtmps', 'rtsps'] as const)(
    'brings what was published over rtmps to a player by %s',
    async (protocol) => {
      const suffix = protocol === 'https' ? '.flv' : '';
      const transport = protocol === 'rtsps' ? ['-rtsp_transport', 'tcp'] : [];
      const url = `${protocol}://127.0.0.1:${ports[protocol]}/live/tls${suffix}`;
      const verify = protocol === 'rtsps' ? [] : ['-tls_verify', '1', '-ca_file', authority.file];
      const probe = await run('ffprobe', ['-v', 'error', ...verify, ...transport, '-show_entries', 'stream=codec_name', '-of', 'csv=p=0', url]);
      expect({ stderr: probe.stderr, codecs: probe.stdout.toString().trim().split('\n').sort() }).toEqual({ stderr: '', codecs: ['aac', 'h264'] });
    },
    30_000,
  );

  it('carries WebSockets', async () => {
    const socket = new WebSocket(`wss://127.0.0.1:${ports.https}/live/tls.flv`, { ca: readFileSync(authority.file), perMessageDeflate: false });
    const first = await new Promise<Buffer>((resolve, reject) => {
      socket.once('message', (data: Buffer) => resolve(data));
      socket.once('error', reject);
    });
    expect(first.subarray(0, 3).toString()).toBe('FLV');
    socket.terminate();
  });

  it('closes half handshakes in time, and those beyond the cap at once', async () => {
    const hello = Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc]);
    const crowds = Object.values(ports).map((port) => crowd(port, 100, hello));
    for (const lasted of await Promise.all(crowds.map((each) => each.lasted))) {
      expect(lasted.filter((ms) => ms < 6000)).toHaveLength(100 - 64);
      expect(Math.max(...lasted)).toBeLessThan(12_000);
    }
    expect(publisher.process.exitCode).toBeNull();
  }, 20_000);

  it('keeps the old certificate and says so while the files hold none of use, and takes a new one without ending sessions', async () => {
    writeFileSync(authority.cert, 'no certificate');
    await until(async () => (await warnings()).filter((warning) => warning.includes('certificate')).length === 3);
    expect((await warnings()).find((warning) => warning.startsWith('rtmps'))).toMatch(/old certificate stays in use: .*PEM/);
    expect(await shownName(ports.rtmps)).toBe('first');
    await authority.issue('second');
    const names = async () => await Promise.all([ports.https, ports.rtmps, ports.rtsps].map(shownName));
    await until(async () => (await names()).every((name) => name === 'second'));
    expect((await warnings()).filter((warning) => warning.includes('certificate'))).toEqual([]);
    const { body } = await server.api<{ readonly items: readonly { readonly kind: string; readonly stream: string }[] }>('/sessions');
    expect(body.items.filter(({ kind }) => kind === 'publisher')).toHaveLength(1);
    expect(publisher.process.exitCode).toBeNull();
  }, 40_000);

  it.each([
    ['a file that is not there', 'cert', '/nowhere/cert.pem', /rtmp\.tls\.cert: expected a PEM certificate.*ENOENT/],
    ['a key of another certificate', 'key', 'other.key', /rtmp\.tls\.key: expected the private key of the certificate/],
  ])(
    'does not start with %s: exit code 2',
    async (_what, part, file, message) => {
      const other = join(folder, file);
      if (part === 'key') await run('openssl', ['genpkey', '-algorithm', 'ed25519', '-out', other]);
      const pair = { cert: authority.cert, key: authority.key, [part]: part === 'key' ? other : file };
      const flags = ['--set', `rtmp.tls.cert=${pair.cert}`, '--set', `rtmp.tls.key=${pair.key}`];
      const ended = await run(process.execPath, [join(root, 'core/bin/sluice.js'), 'start', 'server', '--data', folder, ...flags]);
      expect(ended.stderr).toMatch(message);
      expect(ended.code).toBe(2);
    },
    20_000,
  );
});
