import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { definePlugin } from '../src/plugin/define-plugin.js';
import { service } from '../src/plugin/service.js';
import { definePreset } from '../src/preset/define-preset.js';
import { initialize, resolve } from '../src/preset/import-core-hook.js';
import { candidates, moduleLoader } from '../src/preset/load-module.js';
import { resolvePlugins } from '../src/preset/resolve-preset.js';

const plugin = (name: string, version = '1.0.0') => definePlugin({ name, version, setup() {} });
const load = async (name: string): Promise<unknown> => ({ default: plugin(name, 'loaded') });
const names = async (...given: Parameters<typeof resolvePlugins>) => (await resolvePlugins(...given)).plugins.map(({ name, version }) => `${name}@${version}`);

describe('resolvePlugins', () => {
  it('flattens presets and lists; later wins; falsy drops', async () => {
    const inner = definePreset({ name: 'inner', plugins: [plugin('a'), [plugin('b'), false, null], undefined] });
    const outer = definePreset({ name: 'outer', plugins: [inner, plugin('a', '2.0.0'), 'c'] });
    expect(await names([outer], { load })).toEqual(['a@2.0.0', 'b@1.0.0', 'c@loaded']);
    expect((await resolvePlugins([outer], { load })).preset).toBe('outer');
  });

  it('removes what is left out, on each level', async () => {
    const inner = definePreset({ name: 'inner', plugins: [plugin('a'), plugin('b')], without: ['a'] });
    expect(await names([inner], { load })).toEqual(['b@1.0.0']);
    expect(await names([inner, plugin('a')], { load })).toEqual(['b@1.0.0', 'a@1.0.0']);
    const { plugins, removed } = await resolvePlugins([inner], { load, without: ['b'] });
    expect([plugins.length, removed.sort()]).toEqual([0, ['a', 'b']]);
  });

  it('gives config in layers, outer last', async () => {
    const inner = definePreset({ name: 'inner', plugins: [{ use: plugin('a'), config: { x: 1 } }], config: { a: { x: 2 } } });
    const outer = definePreset({ name: 'outer', plugins: [inner], config: { a: { x: 3 } } });
    const { layers } = await resolvePlugins([outer, { use: 'b', config: { y: 1 } }], { load, sourceOf: (index) => `file f:${index}` });
    expect(layers).toEqual([
      { source: 'preset inner', config: { a: { x: 1 } } },
      { source: 'preset inner', config: { a: { x: 2 } } },
      { source: 'preset outer', config: { a: { x: 3 } } },
      { source: 'file f:1', config: { b: { y: 1 } } },
    ]);
  });

  it('adds the usual provider of a service that is required, unless it was left out', async () => {
    const provider = definePlugin({ name: 'provider', version: '1.0.0', provides: [{ name: 'thing' }], setup() {} });
    const user = definePlugin({ name: 'user', version: '1.0.0', requires: [service('thing', async () => ({ default: provider }))], setup() {} });
    expect(await names([user], { load })).toEqual(['user@1.0.0', 'provider@1.0.0']);
    expect(await names([user], { load, without: ['provider'] })).toEqual(['user@1.0.0']);
  });

  it('refuses what is no plugin, and presets without end', async () => {
    await expect(resolvePlugins(['x'], { load: async () => ({}) })).rejects.toMatchObject({ code: 'ERR_PLUGIN_INVALID' });
    const module = { default: definePlugin({ name: 'rtmp', version: '1.0.0', setup() {} }) };
    await expect(resolvePlugins([module as never], { load })).rejects.toThrow("given the module of 'rtmp': its default export is meant (.default)");
    const endless = { name: 'endless', kind: 'sluice.preset' as const, plugins: [] as unknown[] };
    endless.plugins.push(endless);
    await expect(resolvePlugins([endless as never], { load })).rejects.toMatchObject({ code: 'ERR_PLUGIN_NESTING' });
  });
});

describe('moduleLoader', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-'));
    const put = (name: string, exports: object, code: string) => {
      const dir = join(folder, 'node_modules', name);
      mkdirSync(dir, { recursive: true });
      writeFileSync(join(dir, 'package.json'), JSON.stringify({ name, type: 'module', exports }));
      writeFileSync(join(dir, 'index.js'), code);
    };
    put('sluice-plugin-one', { '.': './index.js' }, 'export default 1;');
    put('two', { '.': { import: './index.js' } }, 'export default 2;');
    put('broken', { '.': './index.js' }, 'throw new Error("broken inside");');
    writeFileSync(join(folder, 'mine.mjs'), 'export default 3;');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('looks a short name up as ours, as a third party’s, then as a module', () => {
    expect(candidates('hls')).toEqual(['@sluice/plugin-hls', 'sluice-plugin-hls', 'hls']);
    expect(candidates('gate', 'preset')).toEqual(['@sluice/preset-gate', 'sluice-preset-gate', 'gate']);
    expect(candidates('./x.js')).toEqual(['./x.js']);
    expect(candidates('@me/x')).toEqual(['@me/x']);
  });

  it('finds modules and files from the base folder, and imports each once', async () => {
    const loader = moduleLoader({ baseDir: folder });
    expect(await loader('one')).toMatchObject({ default: 1 });
    expect(await loader('two')).toMatchObject({ default: 2 });
    expect(await loader('./mine.mjs')).toMatchObject({ default: 3 });
    expect(await loader('sluice-plugin-one')).toBe(await loader('one'));
  });

  it('says what was tried, and why a module does not load', async () => {
    const loader = moduleLoader({ baseDir: folder });
    await expect(loader('nope')).rejects.toMatchObject({
      code: 'ERR_PLUGIN_NOT_FOUND',
      message: expect.stringMatching(/@sluice\/plugin-nope, sluice-plugin-nope, nope .*npm install @sluice\/plugin-nope/),
    });
    await expect(loader('./nope.js')).rejects.toMatchObject({ code: 'ERR_PLUGIN_NOT_FOUND', message: expect.stringContaining(join(folder, 'nope.js')) });
    await expect(loader('broken')).rejects.toMatchObject({ code: 'ERR_PLUGIN_LOAD', message: expect.stringContaining('broken inside') });
  });
});

describe('the hook that lets plugins import the core', () => {
  const missing = Object.assign(new Error('no'), { code: 'ERR_MODULE_NOT_FOUND' });
  const found = { url: 'file:///core/index.js' };
  const next = (async (_specifier: string, context: { parentURL?: string }) => {
    if (context.parentURL?.startsWith('file:///core/') !== true) throw missing;
    return found;
  }) as never;
  const context = (parentURL: string) => ({ parentURL, conditions: [], importAttributes: {}, importAssertions: {} });
  beforeAll(() => initialize({ from: 'file:///core/here.js' }));

  it.each(['@sluice/core', '@sluice/core/testing', '@sluice/plugin-http/service', 'zod', 'zod/mini'])('looks %s up from the core', async (name) => {
    expect(await resolve(name, context('file:///else/mine.js'), next)).toBe(found);
  });
  it.each(['./x.js', 'express', 'zodiac', '@sluice'])('leaves %s alone', async (name) => {
    await expect(resolve(name, context('file:///else/mine.js'), next)).rejects.toBe(missing);
  });
});
