import { once } from 'node:events';
import { connect } from 'node:net';
import { createEngine, definePlugin, type Engine, type PluginContext, SluiceError, service } from '@sluice/core';
import type { ErrorCounters } from '../src/kernel/error-counters.js';
import { PluginFaults } from '../src/plugin/plugin-faults.js';

const pingService = service<{ ping(): void }>('ping');

/** A plugin that hands its context out. */
function open(
  name: string,
  rest: Partial<Parameters<typeof definePlugin>[0]> = {},
): { readonly ctx: () => PluginContext; readonly plugin: ReturnType<typeof definePlugin> } {
  let given: PluginContext | undefined;
  const plugin = definePlugin({
    name,
    version: '1.0.0',
    ...rest,
    setup(ctx) {
      given = ctx;
    },
  });
  const ctx = (): PluginContext => {
    if (given === undefined) throw new Error(`${name} was not set up`);
    return given;
  };
  return { ctx, plugin };
}

describe('supervision', () => {
  const [bad, good] = [open('bad'), open('good')];
  let engine: Engine;
  const stateOf = (name: string) => engine.info.plugins().find((plugin) => plugin.name === name)?.state;
  const countOf = (kind: string) => engine.info.errors().find((error) => error.plugin === 'bad' && error.kind === kind)?.count;

  beforeEach(async () => {
    engine = await createEngine({ plugins: [bad.plugin, good.plugin], config: { engine: { host: '127.0.0.1' } } });
    await engine.start();
  });
  afterEach(() => engine.stop());

  it('names a plugin whose handler of news throws; the others are told, and the publisher goes on', async () => {
    const seen: string[] = [];
    bad.ctx().hooks.published(() => {
      throw new Error('broken');
    });
    good.ctx().hooks.published(({ path }) => void seen.push(path));
    const publisher = await engine.publish('live/a');
    expect(seen).toEqual(['live/a']);
    expect(stateOf('bad')).toBe('faulty');
    expect(stateOf('good')).toBe('ready');
    expect(engine.info.warnings()).toEqual(["plugin 'bad' throws in 'published': see the log; it can be stopped"]);
    await publisher.close();
    await (await engine.publish('live/a')).close();
    expect(countOf('throws-published')).toBe(2);
    expect(engine.info.warnings()).toHaveLength(1);
  });

  it('hears of what goes wrong later in a handler that nobody waits for', async () => {
    bad.ctx().hooks.published(async () => {
      await Promise.resolve();
      throw new Error('broken later');
    });
    await engine.publish('live/a');
    await new Promise((resolve) => setImmediate(resolve));
    expect(countOf('throws-published')).toBe(1);
  });

  it('lets the program around it tap the hooks, until it stops', async () => {
    const seen: string[] = [];
    engine.hooks.authorize(({ path }) => (path === 'live/no' ? { allow: false, status: 403 } : undefined));
    engine.hooks.published(({ path }) => void seen.push(path));
    engine.hooks.shutdown(() => void seen.push('shutdown'));
    await engine.publish('live/a');
    await expect(engine.publish('live/no', { protocol: 'mine' })).rejects.toMatchObject({ code: 'ERR_NOT_ALLOWED' });
    await engine.stop();
    expect(seen).toEqual(['live/a', 'shutdown']);
  });

  it('names a plugin that holds everything up', async () => {
    bad.ctx().hooks.published(() => {
      const untilMs = performance.now() + 600;
      while (performance.now() < untilMs);
    });
    await (await engine.publish('live/a')).close();
    expect(engine.info.warnings()).toEqual(["plugin 'bad' blocks in 'published': see the log; it can be stopped"]);
  });

  it('names a plugin that does not answer', async () => {
    const told: string[] = [];
    const { log, clock } = good.ctx();
    const errors = { count: (plugin: string, kind: string) => told.push(`${plugin} ${kind}`) } as unknown as ErrorCounters;
    const warn = (message: string) => {
      told.push(message);
      return () => void told.push('withdrawn');
    };
    const faults = new PluginFaults({ plugin: 'bad', log, clock, errors, warn });
    faults.failed('authorize', new SluiceError('ERR_TIMEOUT', 'no answer within 10 s'));
    faults.clear();
    expect(told).toEqual(['bad hangs-authorize', "plugin 'bad' hangs in 'authorize': see the log; it can be stopped", 'withdrawn']);
  });

  it('ends a timer that throws, and not the process; timers of a stopped plugin do nothing', async () => {
    let ran = 0;
    const twice = new Promise<void>((resolve) => {
      bad.ctx().clock.every(1, () => {
        if (++ran === 2) resolve();
        throw new Error('broken');
      });
    });
    await twice;
    expect(stateOf('bad')).toBe('faulty');
    await engine.info.stopPlugin('bad');
    const before = ran;
    await new Promise<void>((resolve) => good.ctx().clock.after(20, resolve));
    expect(ran).toBe(before);
    expect(engine.info.warnings()).toEqual([]);
  });

  it('ends the connection whose bytes make its reader throw, and counts it', async () => {
    const { transport } = bad.ctx();
    const listener = await transport.listenTcp({ name: 'x', port: 0 }, (connection) =>
      connection.read((bytes) => {
        if (bytes.toString() === 'bad') throw new Error('broken');
        connection.socket.write(bytes);
      }),
    );
    const dial = () => connect(listener.address.port, '127.0.0.1');
    const [one, other] = [dial(), dial()];
    one.on('error', () => {});
    one.write('bad');
    await once(one, 'close');
    other.write('good');
    expect(String((await once(other, 'data'))[0])).toBe('good');
    other.destroy();
    expect(countOf('handler')).toBe(1);
  });

  it('stops one plugin: its ports and connections go, the others stay', async () => {
    const listener = await bad.ctx().transport.listenTcp({ name: 'x', port: 0 }, () => {});
    const client = connect(listener.address.port, '127.0.0.1');
    client.on('error', () => {});
    await once(client, 'connect');
    await Promise.all([once(client, 'close'), engine.info.stopPlugin('bad')]);
    expect(stateOf('bad')).toBe('stopped');
    expect(stateOf('good')).toBe('ready');
    expect(engine.addresses).toEqual([]);
    await expect(engine.info.stopPlugin('none')).rejects.toMatchObject({ code: 'ERR_PLUGIN_UNKNOWN', status: 404 });
  });
});

describe('a plugin that others need', () => {
  it('is not stopped, nor one that decides who may do what', async () => {
    const guard = open('guard');
    const giver = definePlugin({ name: 'giver', version: '1.0.0', provides: [pingService], setup: (ctx) => ctx.provide(pingService, { ping() {} }) });
    const user = open('user', { requires: [pingService] });
    const engine = await createEngine({ plugins: [guard.plugin, giver, user.plugin] });
    await engine.start({ listen: false });
    guard.ctx().hooks.authorize(() => undefined);
    await expect(engine.info.stopPlugin('guard')).rejects.toMatchObject({ code: 'ERR_PLUGIN_NEEDED', status: 409 });
    await expect(engine.info.stopPlugin('giver')).rejects.toMatchObject({ message: expect.stringContaining("'user'") });
    await engine.info.stopPlugin('user');
    await engine.info.stopPlugin('giver');
    await engine.stop();
  });
});
