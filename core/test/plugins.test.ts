import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEngine, definePlugin, extensionPoint, type HookTaps, type Plugin, type PluginContext, service } from '@sluice/core';
import { MemorySink, startTestEngine, testForm, testVideoTrack } from '@sluice/core/testing';
import { z } from 'zod';
import { createHooks } from '../src/hooks/hooks.js';
import { createTaps } from '../src/hooks/taps.js';
import { findSecret } from '../src/kernel/secrets.js';
import { satisfies } from '../src/plugin/engine-range.js';
import { sortPlugins } from '../src/plugin/order.js';

const video = testVideoTrack();
const plugin = (name: string, rest: Partial<Plugin> = {}): Plugin => definePlugin({ name, version: '1.0.0', setup: () => {}, ...rest }) as Plugin;

describe('taps', () => {
  const make = (timeoutMs = 1000) => {
    const hooks = createHooks();
    const errors: string[] = [];
    let active = true;
    const dispose = (): void => {
      active = false;
    };
    const taps = createTaps(hooks, { plugin: 'mine', active: () => active, onError: (hook, error) => errors.push(`${hook}: ${error}`), timeoutMs });
    return { hooks, taps, errors, dispose };
  };
  const request = { action: 'play', path: 'a/b', protocol: 'test' } as const;

  it('bail at the first answer, by stage', async () => {
    const { hooks, taps } = make();
    taps.authorize(() => ({ allow: false, status: 403 }), { stage: 10 });
    taps.authorize(() => undefined);
    taps.authorize(async () => ({ allow: true }), { stage: 5 });
    expect(await hooks.authorize.promise(request)).toEqual({ allow: true });
  });

  it('stamp errors with plugin and hook', async () => {
    const { hooks, taps } = make();
    taps.ready(() => {
      throw new Error('broken');
    });
    await expect(hooks.ready.promise()).rejects.toMatchObject({ code: 'ERR_HOOK_FAILED', plugin: 'mine', message: expect.stringContaining('ready: broken') });
  });

  it('time out', async () => {
    const { hooks, taps } = make(5);
    taps.idle(() => new Promise(() => {}));
    await expect(hooks.idle.promise({ path: 'a/b', idleSeconds: 1 })).rejects.toMatchObject({ code: 'ERR_TIMEOUT', plugin: 'mine' });
  });

  it('are inert once their plugin is disposed', async () => {
    const { hooks, taps, dispose } = make();
    let told = 0;
    taps.closed(() => void told++);
    taps.resolvePath(() => 'other');
    taps.authorize(() => ({ allow: false, status: 403 }));
    dispose();
    hooks.closed.call('a/b', { code: 'ended' });
    expect(told).toBe(0);
    expect(await hooks.resolvePath.promise('a/b', request)).toBe('a/b');
    expect(await hooks.authorize.promise(request)).toBeUndefined();
  });

  it('tell news to all though one throws, and let all end their work on shutdown', async () => {
    const { hooks, taps, errors } = make();
    const told: string[] = [];
    const fail = (): never => {
      throw new Error('broken');
    };
    taps.closed(fail);
    taps.closed((path) => void told.push(path));
    hooks.closed.call('a/b', { code: 'ended' });
    taps.shutdown(fail);
    taps.shutdown(({ kind }) => void told.push(kind));
    await hooks.shutdown.promise({ kind: 'stop', deadlineMs: 1 });
    expect(told).toEqual(['a/b', 'stop']);
    expect(errors).toEqual(['closed: Error: broken', 'shutdown: Error: broken']);
  });
});

describe('plugin order', () => {
  const a = service<object>('a');
  const b = service<object>('b');
  const names = (plugins: Plugin[]): string[] => sortPlugins(plugins).map(({ name }) => name);

  it('puts providers first and else keeps the order given', () => {
    expect(names([plugin('x'), plugin('user', { requires: [a] }), plugin('y'), plugin('giver', { provides: [a] })])).toEqual(['x', 'giver', 'user', 'y']);
    expect(names([plugin('user', { optional: [a] }), plugin('giver', { provides: [a] })])).toEqual(['giver', 'user']);
    expect(names([plugin('user', { optional: [a] })])).toEqual(['user']);
  });

  it('names what is missing, what goes in circles and what is there twice', () => {
    expect(() => names([plugin('user', { requires: [a] })])).toThrow(
      expect.objectContaining({ code: 'ERR_SERVICE_MISSING', plugin: 'user', message: expect.stringContaining("'a'") }),
    );
    const circle = [plugin('one', { provides: [a], requires: [b] }), plugin('two', { provides: [b], requires: [a] })];
    expect(() => names(circle)).toThrow('one -> two -> one');
    expect(() => names([plugin('one', { provides: [a] }), plugin('two', { provides: [a] })])).toThrow("'one' and 'two' both provide service 'a'");
  });

  it('knows which engines fit', () => {
    expect(satisfies('1.4.2', '^1.0.0')).toBe(true);
    expect(satisfies('1.4.2', '^1.5.0')).toBe(false);
    expect(satisfies('2.0.0', '^1.0.0')).toBe(false);
    expect(satisfies('0.2.0', '^0.1.0')).toBe(false);
    expect(satisfies('1.0.0', '1.0.0')).toBe(true);
    expect(satisfies('9.9.9', '*')).toBe(true);
  });
});

describe('secrets', () => {
  let data: string;
  beforeEach(() => {
    data = mkdtempSync(join(tmpdir(), 'sluice-secrets-'));
  });
  afterEach(() => rmSync(data, { recursive: true, force: true }));

  it('are made once, mode 0600, and found after', () => {
    const first = findSecret(data, 'api.key', () => 'one');
    expect(first).toMatchObject({ value: 'one', fresh: true });
    expect(statSync(first.file).mode & 0o777).toBe(0o600);
    expect(readFileSync(first.file, 'utf8')).toBe('one\n');
    expect(findSecret(data, 'api.key', () => 'two')).toMatchObject({ value: 'one', fresh: false });
    expect(findSecret(data, 'a/b', () => 'deep').fresh).toBe(true);
  });

  it('are made anew where the file is empty, and never outside the folder', () => {
    const { file } = findSecret(data, 'key', () => 'one');
    writeFileSync(file, '\n');
    expect(findSecret(data, 'key', () => 'two')).toMatchObject({ value: 'two', fresh: true });
    expect(() => findSecret(data, '../key', () => 'x')).toThrow(expect.objectContaining({ code: 'ERR_STREAM_PATH' }));
  });
});

describe('the engine', () => {
  const tracing = (name: string, log: string[], setup: (ctx: PluginContext) => Promise<void> | void = () => {}): Plugin =>
    plugin(name, {
      setup: async (ctx) => {
        log.push(`+${name}`);
        ctx.onDispose(() => void log.push(`-${name}`));
        ctx.onDispose(() => void log.push(`-${name} inner`));
        await setup(ctx);
      },
    });

  it('runs two in one process without their knowing of each other', async () => {
    const token = service<string>('name');
    const giver = (value: string): Plugin => plugin('giver', { provides: [token], setup: (ctx) => ctx.provide(token, value) });
    const engines = await Promise.all(['one', 'two'].map((value) => startTestEngine({ plugins: [giver(value)] })));
    const [one, two] = engines as [(typeof engines)[0], (typeof engines)[0]];
    expect([one.service(token), two.service(token)]).toEqual(['one', 'two']);
    await one.publish('live/a', { tracks: [video] });
    expect(two.streams.list()).toEqual([]);
    expect(one.info.instance).not.toBe(two.info.instance);
    await one.dispose();
    expect(two.service(token)).toBe('two');
    expect(() => one.service(token)).toThrow(expect.objectContaining({ code: 'ERR_SERVICE_MISSING' }));
    await two.dispose();
  });

  it('tears down in reverse, the last registered first, though a step fails', async () => {
    const log: string[] = [];
    const bad = tracing('bad', log, (ctx) => ctx.onDispose(() => Promise.reject(new Error('broken'))));
    const engine = await startTestEngine({ plugins: [tracing('one', log), bad, tracing('two', log)] });
    await Promise.all([engine.stop(), engine.stop()]);
    expect(log).toEqual(['+one', '+bad', '+two', '-two inner', '-two', '-bad inner', '-bad', '-one inner', '-one']);
    expect(engine.info.plugins().map(({ state }) => state)).toEqual(['stopped', 'stopped', 'stopped', 'stopped']);
    await engine.dispose();
  });

  it('tears down what was set up when a plugin fails, and names it', async () => {
    const log: string[] = [];
    const failing = tracing('failing', log, () => {
      throw new Error('no licence');
    });
    const starting = startTestEngine({ plugins: [tracing('one', log), failing, tracing('two', log)] });
    await expect(starting).rejects.toMatchObject({ code: 'ERR_PLUGIN_FAILED', plugin: 'failing', message: "plugin 'failing' failed in setup: no licence" });
    expect(log).toEqual(['+one', '+failing', '-failing inner', '-failing', '-one inner', '-one']);
  });

  it('ends a start that a plugin holds up, and names it', async () => {
    const hang = plugin('hang', { setup: () => new Promise(() => {}) });
    const late = { code: 'ERR_SETUP_TIMEOUT', plugin: 'hang', message: "plugin 'hang' did not set up within 0.05 s (engine.setupSeconds)" };
    await expect(startTestEngine({ plugins: [hang], config: { engine: { setupSeconds: 0.05 } } })).rejects.toMatchObject(late);
    const deaf = plugin('deaf', { setup: (ctx) => ctx.onListen(() => new Promise(() => {})) });
    await expect(startTestEngine({ plugins: [deaf], config: { engine: { setupSeconds: 0.05 } } })).rejects.toMatchObject({
      code: 'ERR_SETUP_TIMEOUT',
      plugin: 'deaf',
    });
  });

  it('names who has a port and the key that changes it', async () => {
    const config = z.strictObject({ port: z.number() });
    const listens = (name: string) =>
      definePlugin({
        name,
        version: '1.0.0',
        config,
        setup: (ctx, { port }) => ctx.onListen(async () => void (await ctx.transport.listenTcp({ name, port }, () => {}))),
      });
    const first = await startTestEngine({ plugins: [listens('one')], config: { one: { port: 0 } } });
    const port = first.addresses[0]?.port ?? 0;
    const second = startTestEngine({ plugins: [listens('two')], config: { two: { port } } });
    await expect(second).rejects.toMatchObject({
      code: 'ERR_PORT_IN_USE',
      message: `plugin 'two' cannot listen on TCP port ${port} of 127.0.0.1: another program uses it; another port: --set two.port=PORT`,
    });
    await first.dispose();
    const both = startTestEngine({ plugins: [listens('one'), listens('two')], config: { one: { port }, two: { port } } });
    await expect(both).rejects.toMatchObject({
      message: expect.stringContaining(`plugin 'one' of this server (one) uses it; another port: --set two.port=PORT`),
    });
  });

  it('refuses plugins of another engine', async () => {
    await expect(startTestEngine({ plugins: [plugin('old', { engine: '^0.1.0' })] })).rejects.toMatchObject({ code: 'ERR_PLUGIN_ENGINE' });
  });

  it('stops while starting: what is being set up ends first, nothing is set up after', async () => {
    const log: string[] = [];
    let go: () => void = () => {};
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    const data = mkdtempSync(join(tmpdir(), 'sluice-'));
    const plugins = [tracing('slow', log, () => gate), tracing('after', log)];
    const engine = await createEngine({ plugins, config: { engine: { data } } });
    const starting = engine.start().catch((error) => error);
    await expect(engine.start()).rejects.toMatchObject({ code: 'ERR_ENGINE_STATE' });
    const stopping = engine.stop();
    expect(log).toEqual(['+slow']);
    go();
    await stopping;
    expect(await starting).toMatchObject({ code: 'ERR_ENGINE_STATE' });
    expect(log).toEqual(['+slow', '-slow inner', '-slow']);
    expect(engine.info.state).toBe('stopped');
    rmSync(data, { recursive: true });
  });

  it('stops within its time though a plugin never ends', async () => {
    const never = plugin('never', {
      setup: (ctx) => {
        ctx.hooks.shutdown(() => new Promise(() => {}));
        ctx.onDispose(() => new Promise(() => {}));
      },
    });
    const log: string[] = [];
    const engine = await startTestEngine({ plugins: [tracing('one', log), never], config: { engine: { shutdownSeconds: 0.4 } } });
    const began = performance.now();
    await engine.dispose();
    expect(performance.now() - began).toBeLessThan(1500);
    expect(log.at(-1)).toBe('-one');
  });

  it('stops in order: the hook while streams are there, then viewers are told, then plugins go', async () => {
    const log: string[] = [];
    const watcher = plugin('watcher', {
      setup: (ctx) => {
        ctx.hooks.shutdown(({ kind }) => void log.push(`shutdown ${kind}, ${ctx.streams.list().length} stream`));
        ctx.hooks.closed((path, { code }) => void log.push(`closed ${path} ${code}`));
        ctx.onDispose(() => void log.push('disposed'));
      },
    });
    const engine = await startTestEngine({ plugins: [watcher] });
    await engine.publish('live/a', { tracks: [video], onClose: ({ code }) => log.push(`publisher ${code}`) });
    const sink = new MemorySink();
    await engine.streams.view('live/a', { protocol: 'test', form: testForm, sink });
    await engine.stop('upgrade');
    expect(log).toEqual(['shutdown upgrade, 1 stream', 'publisher shutdown', 'closed live/a shutdown', 'disposed']);
    expect(sink.ended?.code).toBe('shutdown');
    await engine.dispose();
  });

  it('gives plugins services, extensions, warnings and secrets, and takes late ones for what they are', async () => {
    const words = extensionPoint<string>('words');
    const token = service<string>('word');
    let taps: HookTaps | undefined;
    const giver = plugin('giver', {
      provides: [token],
      setup: (ctx) => {
        ctx.provide(token, 'hello');
        ctx.extend(words, 'a');
        ctx.warn('careful');
        ctx.secret('key', () => 's3cret');
      },
    });
    const taker = plugin('taker', {
      requires: [token],
      setup: (ctx) => {
        taps = ctx.hooks;
        ctx.extend(words, ctx.use(token));
        expect(() => ctx.provide(token, 'twice')).toThrow(expect.objectContaining({ code: 'ERR_SERVICE_TWICE' }));
        expect(ctx.find(service('none'))).toBeUndefined();
        expect(() => ctx.use(service('none'))).toThrow(expect.objectContaining({ code: 'ERR_SERVICE_MISSING', plugin: 'taker' }));
      },
    });
    const engine = await startTestEngine({ plugins: [taker, giver] });
    expect(engine.extensions(words)).toEqual(['a', 'hello']);
    expect(engine.info.warnings()).toEqual(['careful']);
    expect(engine.secrets).toMatchObject([{ plugin: 'giver', name: 'key', value: 's3cret', fresh: true }]);
    await engine.dispose();
    expect(taps).toBeDefined();
  });
});
