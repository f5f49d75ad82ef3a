import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './support/paths.js';
import { killAll, type Running, start } from './support/programs.js';
import { freePort } from './support/server.js';

const bin = join(root, 'core/bin/sluice.js');
const flags = (...settings: string[]) => settings.flatMap((setting) => ['--set', setting]);
const SERVER_PORTS = flags('http.port=0', 'rtmp.port=0', 'rtsp.port=0', 'rtsp.udpPort=0', 'engine.host=127.0.0.1');
const ANY_PORTS = [...SERVER_PORTS, ...flags('gb28181.sip.port=0', 'rtp-ps.port=0')];
let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-cli-'));
});
afterAll(async () => {
  await killAll();
  rmSync(folder, { recursive: true, force: true });
});

function sluice(args: readonly string[], env: Record<string, string> = {}): Running {
  return start(process.execPath, [bin, ...args], { cwd: folder, env });
}

const run = async (...args: string[]) => {
  const { code, stdout, stderr } = await sluice(args).ended;
  return { code, stdout: stdout.toString(), stderr };
};

describe('sluice', () => {
  it('starts every preset, shows the secrets on the first start only, and ends with 0 at a signal', async () => {
    for (const preset of ['gateway', 'server', 'all-in-one']) {
      const args = ['start', preset, '--data', join(folder, preset), ...(preset === 'server' ? SERVER_PORTS : ANY_PORTS)];
      const first = sluice(args);
      const [, key = ''] = await first.wrote(/API key +(\S{20,}) /);
      expect(await first.stop('SIGTERM')).toMatchObject({ code: 0, signal: null });
      const second = sluice(args);
      await second.wrote(/API key +in .*api-key/);
      expect(await second.stop('SIGINT')).toMatchObject({ code: 0, signal: null });
      expect(second.output()).not.toContain(key);
    }
  }, 60_000);

  it('writes nothing but its banner and JSON lines', async () => {
    const program = sluice(['start', 'all-in-one', '--data', join(folder, 'logs'), ...ANY_PORTS, '--set', 'engine.log.level=debug']);
    await program.wrote(/\/player/);
    const { stdout, stderr } = await program.stop();
    expect(stderr).toBe('');
    const lines = stdout
      .toString()
      .split('\n')
      .filter((line) => line.startsWith('{'));
    for (const line of lines) expect(() => JSON.parse(line)).not.toThrow();
  }, 30_000);

  it('ends at once at a second signal', async () => {
    writeFileSync(
      join(folder, 'stuck.mjs'),
      "export default { kind: 'sluice.plugin', name: 'stuck', version: '1.0.0', setup(ctx) { ctx.hooks.shutdown(() => { console.log('stuck now'); return new Promise(() => {}); }); } };\n",
    );
    writeFileSync(join(folder, 'stuck.yaml'), 'plugins: [./stuck.mjs]\n');
    const program = sluice(['start', 'all-in-one', '-c', join(folder, 'stuck.yaml'), '--data', join(folder, 'stuck'), ...ANY_PORTS]);
    await program.wrote(/\/player/);
    program.process.kill('SIGTERM');
    await program.wrote(/stuck now/);
    expect(await program.stop('SIGTERM')).toMatchObject({ code: 1, signal: null });
  }, 30_000);

  it('ends with 2 at a mistake in the config', async () => {
    const file = join(folder, 'wrong.yaml');
    writeFileSync(file, 'rtmp:\n  prot: 1936\nhttp:\n  port: eighty\nrtpm: {}\n');
    const { code, stderr, stdout } = await run('start', 'all-in-one', '-c', file);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain(`${file}:2: rtmp.prot: unknown key 'prot' of rtmp, did you mean 'port'?`);
    expect(stderr).toContain(`${file}:4: http.port: expected a number, given "eighty"`);
    expect(await run('start', 'all-in-on')).toMatchObject({ code: 2, stderr: expect.stringContaining('@sluice/preset-all-in-on') });
    expect(await run('start', 'all-in-one', '--sett', 'a=1')).toMatchObject({ code: 2, stdout: '' });
    expect(await run()).toMatchObject({ code: 2 });
  }, 30_000);

  it('ends with 3 at a port in use, and names plugin and port', async () => {
    const port = await freePort();
    const args = ['--data', join(folder, 'ports'), ...ANY_PORTS, '--set', `rtmp.port=${port}`];
    const first = sluice(['start', 'all-in-one', ...args]);
    await first.wrote(/\/player/);
    const { code, stderr } = await run('start', 'all-in-one', ...args);
    expect(code).toBe(3);
    expect(stderr).toMatch(new RegExp(`rtmp.*${port}`));
    expect(await first.stop()).toMatchObject({ code: 0 });
  }, 30_000);

  it('explains the config, prints its schema, its plugins, its version and its help', async () => {
    const { ended } = sluice(['config', 'server', '--explain', '--set', 'http.port=81'], { SLUICE_RTMP__PORT: '1936' });
    const text = (await ended).stdout.toString();
    expect(text).toContain('http.port = 81  (flag)\n');
    expect(text).toContain('rtmp.port = 1936  (env SLUICE_RTMP__PORT)\n');
    expect(text).toContain('http.basePath = /  (default)\n');
    const schema = JSON.parse((await run('schema', 'gateway')).stdout) as { properties: Record<string, unknown> };
    expect(Object.keys(schema.properties)).toEqual(expect.arrayContaining(['engine', 'gb28181', 'rtp-ps', 'plugins', 'without']));
    expect((await run('plugins', 'server')).stdout).toMatch(/^rtmp \d+\.\d+\.\d+$/m);
    expect((await run('--version')).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect((await run('--help')).stdout).toContain('start <preset>');
  }, 30_000);
});

describe('the examples', () => {
  it('embed: reads frames in a program of its own', async () => {
    const { code, stdout, stderr } = await start(process.execPath, [join(root, 'examples/embed/index.js')], { cwd: folder }).ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.toString()).toMatch(/received 50 frames, [1-9]\d* of them key frames/);
  }, 30_000);

  it('plugin-hello: greets a stream', async () => {
    const config = join(root, 'examples/plugin-hello/sluice.yaml');
    const program = sluice(['start', 'all-in-one', '-c', config, '--data', join(folder, 'hello'), ...ANY_PORTS]);
    await program.wrote(/welcome, live\/demo/);
    await program.wrote(/\/player/);
    expect(await program.stop()).toMatchObject({ code: 0 });
  }, 30_000);
});
