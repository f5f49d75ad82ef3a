import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { media, root } from './support/paths.js';
import { describeWith, killAll, type Running, run, start } from './support/programs.js';
import { freePort } from './support/server.js';

const FILE = media('avatar.flv');
const PACKAGES = ['@sluice/plugin-rtmp', '@sluice/plugin-http-flv', '@sluice/plugin-codec-g711', '@sluice/plugin-codec-h264', '@sluice/preset-server'];
const page = readFileSync(join(root, 'docs/embedding.md'), 'utf8');

/** Code of the page by the file name in its first line. */
function programs(language: 'ts' | 'js'): [string, string][] {
  const blocks = [...page.matchAll(new RegExp(`^\`\`\`${language}\\n// (\\S+)\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))];
  return blocks.map(([, name = '', code = '']) => [name, code]);
}

it('docs/embedding.md shows what is in the examples', () => {
  const shown = programs('js');
  expect(shown.map(([file]) => file)).toEqual(['examples/embed-fastify/index.js', 'examples/embed-express/index.js']);
  for (const [file, code] of shown) expect(readFileSync(join(root, file), 'utf8')).toContain(code);
});

describeWith({ programs: ['ffmpeg', 'ffprobe'], files: [FILE] }, 'packed packages in an empty folder, as docs/embedding.md says', () => {
  let folder: string;
  let ports: { readonly PORT: string; readonly RTMP_PORT: string };
  const program = (name: string): Running => start(process.execPath, [join(folder, `${name}.js`)], { cwd: folder, env: ports });

  /** The codec of a stream that a program publishes; ends the program. */
  async function probed(name: string, path: string): Promise<string> {
    const publisher = program(name);
    const url = `http://127.0.0.1:${ports.PORT}/${path}.flv`;
    while (
      !(await fetch(url, { method: 'HEAD' }).then(
        ({ ok }) => ok,
        () => false,
      ))
    )
      await new Promise((resolve) => setTimeout(resolve, 100));
    const shown = ['-show_entries', 'stream=codec_name', '-of', 'csv=p=0'];
    const { stdout } = await run('ffprobe', ['-v', 'error', '-rw_timeout', '15000000', ...shown, `${url}?audio=original`]);
    expect(await publisher.stop('SIGTERM')).toMatchObject({ code: 0, stderr: '' });
    return stdout.toString().trim();
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-packed-'));
    ports = { PORT: String(await freePort()), RTMP_PORT: String(await freePort()) };
    const tarballs = join(folder, 'tarballs');
    mkdirSync(tarballs);
    const packed = await run(process.execPath, [join(root, 'scripts/pack-all.mjs'), tarballs, ...PACKAGES], { timeoutMs: 120_000 });
    if (packed.code !== 0) throw new Error(packed.stderr);
    const files = Object.values(JSON.parse(packed.stdout.toString()) as Record<string, string>);
    writeFileSync(join(folder, 'package.json'), '{ "type": "module", "private": true }\n');
    const flags = ['--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline', '--loglevel=error', '--prefix', folder];
    const { typescript, '@types/node': node } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).devDependencies;
    const installed = await run('npm', ['install', ...flags, ...files, `typescript@${typescript}`, `@types/node@${node}`], { timeoutMs: 240_000 });
    if (installed.code !== 0) throw new Error(installed.stderr);
    for (const [name, code] of programs('ts')) writeFileSync(join(folder, name), code);
  }, 300_000);
  afterAll(async () => {
    await killAll();
    rmSync(folder, { recursive: true, force: true });
  });

  it.each([
    ['nodenext', ['--module', 'nodenext']],
    ['bundler', ['--module', 'esnext', '--moduleResolution', 'bundler', '--noEmit']],
  ])(
    'compile with their types (%s), and a wrong key does not',
    async (_name, resolution) => {
      const wrong = ["import { createEngine } from '@sluice/core';", "import server from '@sluice/preset-server';"];
      wrong.push('await createEngine({ preset: server, config: { rtmp: { prot: 0 } } });');
      writeFileSync(join(folder, 'wrong.ts'), wrong.join('\n'));
      const compiler = join(folder, 'node_modules/typescript/bin/tsc');
      const options = ['--ignoreConfig', '--strict', ...resolution, '--target', 'es2023', '--types', 'node', '--rootDir', folder];
      const files = [...programs('ts').map(([name]) => name), 'wrong.ts'].map((name) => join(folder, name));
      const { stdout } = await run(process.execPath, [compiler, ...options, ...files], { timeoutMs: 240_000 });
      const errors = stdout.toString().match(/^\S.*error TS.*$/gm) ?? [];
      expect(errors).toEqual([expect.stringMatching(/wrong\.ts\(3,\d+\): error TS\d+: .*'prot' does not exist/)]);
    },
    300_000,
  );

  it('frames.ts: what ffmpeg publishes over RTMP comes to a callback', async () => {
    const frames = program('frames');
    const publish = () =>
      start('ffmpeg', ['-v', 'error', '-re', '-stream_loop', '-1', '-i', FILE, '-c', 'copy', '-f', 'flv', `rtmp://127.0.0.1:${ports.RTMP_PORT}/live/a`]);
    // The program says nothing of its own: ffmpeg calls until somebody listens.
    const encoder = (async () => {
      for (;;) {
        const { code } = await publish().ended;
        if (code === null) return;
      }
    })();
    await frames.wrote(/live\/a h264 \d+ true \d+/);
    await frames.wrote(/live\/a aac \d+ true \d+/);
    await frames.stop('SIGKILL');
    await killAll();
    await encoder;
  }, 60_000);

  it('pictures.ts and publish.ts: ffprobe finds the picture and the sound of the programs, which then end by themselves', async () => {
    const pictures = join(folder, 'pictures.264');
    const made = await run('ffmpeg', ['-v', 'error', '-i', FILE, '-an', '-c', 'copy', '-bsf:v', 'h264_mp4toannexb', '-f', 'h264', pictures]);
    expect(made).toMatchObject({ code: 0, stderr: '' });
    expect(await probed('pictures', 'live/pictures')).toBe('h264');
    expect(await probed('publish', 'live/app')).toBe('pcm_alaw');
  }, 60_000);

  it('preset.ts: a preset with a plugin beside it', async () => {
    const { code, stdout, stderr } = await program('preset').ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.toString()).toMatch(/^rtmp on \d+$/m);
    expect(stdout.toString()).toContain('welcome live/app');
  }, 60_000);
});
