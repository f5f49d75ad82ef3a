import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { bannerText } from '../src/cli/banner-text.js';
import { onUncaught, pluginOf } from '../src/cli/crash.js';
import { EXIT, exitCodeOf } from '../src/cli/exit-code.js';
import { prepare } from '../src/cli/prepare.js';
import { configText, pluginsText, schemaText } from '../src/cli/show.js';
import { ConfigError } from '../src/config/config-error.js';
import { SluiceError } from '../src/error.js';
import { definePlugin } from '../src/plugin/define-plugin.js';
import { definePreset } from '../src/preset/define-preset.js';

const config = z.strictObject({
  port: z.number().default(1).describe('port'),
  key: z.string().exactOptional().meta({ secret: true }).describe('key'),
  list: z.array(z.string()).default([]).describe('list'),
});
const thing = definePlugin({ name: 'thing', version: '1.2.3', config, setup() {} });
const other = definePlugin({ name: 'other', version: '1.0.0', setup() {} });
const preset = definePreset({ name: 'mine', plugins: [thing, other], config: { thing: { list: ['a'] } } });

describe('prepare and show', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-'));
    writeFileSync(join(folder, 'extra.mjs'), "export default { kind: 'sluice.plugin', name: 'extra', version: '0.1.0', setup() {} };\n");
    writeFileSync(join(folder, 'my.yaml'), 'plugins:\n  - ./extra.mjs\nwithout: [other]\nthing:\n  port: 2\n');
    writeFileSync(join(folder, 'bad.yaml'), 'thing:\n  prot: 2\n');
    writeFileSync(join(folder, 'use.yaml'), 'plugins:\n  - use: ./extra.mjs\n    config: { a: 1 }\n');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('adds and removes plugins of the file, relative to it', async () => {
    const prepared = await prepare(preset, { config: join(folder, 'my.yaml') }, {});
    expect(pluginsText(prepared)).toBe('thing 1.2.3\nextra 0.1.0\n');
    expect(prepared).toMatchObject({ preset: 'mine', baseDir: folder });
  });

  it('explains each value', async () => {
    const args = { config: join(folder, 'my.yaml'), set: ['thing.key=hunter2'], data: './some: where' };
    const text = configText(await prepare(preset, args, { SLUICE_ENGINE__LINGER_SECONDS: '3' }), { explain: true });
    expect(text).toContain(`thing.port = 2  (file ${join(folder, 'my.yaml')}:5)\n`);
    expect(text).toContain('thing.list = ["a"]  (preset mine)\n');
    expect(text).toContain('thing.key = ***  (flag)\n');
    expect(text).toContain('engine.data = ./some: where  (flag)\n');
    expect(text).toContain('engine.lingerSeconds = 3  (env SLUICE_ENGINE__LINGER_SECONDS)\n');
    expect(text).toContain('engine.idleSeconds = 30  (default)\n');
    expect(text).not.toContain('hunter2');
  });

  it('shows JSON and YAML', async () => {
    const prepared = await prepare(preset, {}, {});
    expect(JSON.parse(configText(prepared, { json: true }))).toContainEqual({ key: 'thing.port', value: 1, source: 'default' });
    expect(configText(prepared, {})).toContain('thing:\n  port: 1\n');
    expect(Object.keys(JSON.parse(schemaText(prepared)).properties)).toEqual(['engine', 'thing', 'other', 'plugins', 'without']);
  });

  it('tells mistakes with file and line', async () => {
    const path = join(folder, 'bad.yaml');
    await expect(prepare(preset, { config: path }, {})).rejects.toMatchObject({
      code: 'ERR_CONFIG',
      message: expect.stringContaining(`${path}:2: thing.prot:`),
    });
    await expect(prepare(preset, { config: join(folder, 'none.yaml') }, {})).rejects.toMatchObject({
      code: 'ERR_CONFIG',
      message: expect.stringContaining('no such file'),
    });
    await expect(prepare(preset, { config: join(folder, 'use.yaml') }, {})).rejects.toMatchObject({ message: expect.stringContaining(`use.yaml:2: extra.a:`) });
    const told = (name: string, text: string) => {
      const path = join(folder, name);
      writeFileSync(path, text);
      return prepare(preset, { config: path }, {}).catch((error: Error) => error.message.replaceAll(`${folder}/`, ''));
    };
    expect(await told('without.yaml', 'without:\n  - othr\n')).toBe("without.yaml:2: without.0: no plugin 'othr', did you mean 'other'?");
    expect(await told('path.yaml', 'plugins:\n  - ./extar.mjs\n')).toMatch(
      /^path.yaml:2: plugins.0: no plugin '.\/extar.mjs'.*; did you mean '.\/extra.mjs'\?$/,
    );
    expect(await told('name.yaml', 'plugins: [rtpm]\n')).toMatch(/^name.yaml:1: plugins.0: no plugin 'rtpm'.*; did you mean 'rtmp'\?$/);
    await expect(prepare('no-such-preset', {}, {})).rejects.toMatchObject({
      code: 'ERR_PLUGIN_NOT_FOUND',
      message: expect.stringContaining('@sluice/preset-no-such-preset'),
    });
  });
});

it('has an exit code for each kind of failure', () => {
  expect(exitCodeOf(new ConfigError([]))).toBe(EXIT.config);
  expect(exitCodeOf(new SluiceError('ERR_PLUGIN_NOT_FOUND', ''))).toBe(2);
  expect(exitCodeOf(new SluiceError('ERR_PORT_IN_USE', ''))).toBe(3);
  expect(exitCodeOf(new Error('else'))).toBe(1);
});

it('knows the plugin that an error nobody caught came from', () => {
  const thrownAt = (place: string) => Object.assign(new Error('x'), { stack: `Error: x\n    at node:timers:1\n    at run (${place}:1:2)` });
  const names = ['rtmp', 'late', 'http-flv', 'http'];
  expect(pluginOf(new SluiceError('ERR_X', '', { plugin: 'rtmp' }), names)).toBe('rtmp');
  expect(pluginOf(thrownAt('file:///a/late.mjs'), names)).toBe('late');
  expect(pluginOf(thrownAt('file:///a/node_modules/@sluice/plugin-http-flv/dist/x.js'), names)).toBe('http-flv');
  expect(pluginOf(thrownAt('file:///a/plugins/http/dist/x.js'), names)).toBe('http');
  expect(pluginOf(thrownAt('file:///a/else.js'), names)).toBeUndefined();
});

it('tells what nobody caught, a bounded number of times, and ends once', () => {
  const lines: unknown[] = [];
  let ended = 0;
  const before = [process.listeners('uncaughtException'), process.listeners('unhandledRejection')] as const;
  const release = onUncaught({ fatal: (...line: unknown[]) => void lines.push(line) } as never, [], () => void ended++);
  const added = process.listeners('unhandledRejection').filter((listener) => !before[1].includes(listener));
  for (let index = 0; index < 100; index++) for (const listener of added) listener(new Error('late'), Promise.resolve());
  release();
  expect([lines.length, ended]).toEqual([10, 1]);
  expect(lines[0]).toEqual([{ err: expect.any(Error) }, 'unhandled rejection: late']);
  expect([process.listeners('uncaughtException'), process.listeners('unhandledRejection')]).toEqual(before);
});

it('prints a banner', () => {
  const address = { name: 'thing/main', plugin: 'thing', protocol: 'tcp' as const, host: '::', port: 80, secure: true };
  const text = bannerText({ version: '1.0.0', preset: 'mine', addresses: [address], lines: [{ label: 'Play', text: 'play me' }], warnings: ['open to all'] });
  expect(text).toBe(
    'Sluice 1.0.0 runs mine\n\nListening\n  thing/main  tcp+tls [::]:80\n\nReady to paste\n  Play        play me\n\nWarnings\n  ! open to all\n\n',
  );
});
