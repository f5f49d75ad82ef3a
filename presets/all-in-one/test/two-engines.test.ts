import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEngine, type Engine } from '@sluice/core';
import allInOne from '../src/index.js';

describe('two engines in one process', () => {
  let folder: string;
  let engines: Engine[];
  const make = (name: string) =>
    createEngine({
      preset: allInOne,
      config: {
        engine: { data: join(folder, name), host: '127.0.0.1' },
        http: { port: 0 },
        rtmp: { port: 0 },
        rtsp: { port: 0, udpPort: 0 },
        gb28181: { sip: { port: 0 } },
        'rtp-ps': { port: 0 },
        synthetic: { streams: [{ path: `live/${name}` }] },
      },
    });
  const httpOf = (engine: Engine) => `http://127.0.0.1:${engine.addresses.find(({ name }) => name === 'http')?.port}`;
  const keyOf = (name: string) => readFileSync(join(folder, name, 'secrets/api-key'), 'utf8').trim();
  const get = (engine: Engine, path: string, key: string) => fetch(`${httpOf(engine)}/api/v1${path}`, { headers: { authorization: `Bearer ${key}` } });
  const pathsOf = async (engine: Engine, key: string) => {
    const { items } = (await (await get(engine, '/streams', key)).json()) as { items: { path: string }[] };
    return items.map(({ path }) => path);
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-two-'));
    engines = [await make('one'), await make('two')];
    await Promise.all(engines.map((engine) => engine.start()));
  }, 60_000);
  afterAll(async () => {
    await Promise.all(engines.map((engine) => engine.stop()));
    rmSync(folder, { recursive: true, force: true });
  }, 30_000);

  it('share no port, stream, secret, hook or event', async () => {
    const [one, two] = engines as [Engine, Engine];
    const ports = engines.flatMap(({ addresses }) => addresses.map(({ protocol, port }) => `${protocol} ${port}`));
    expect(new Set(ports).size).toBe(ports.length);
    expect(one.info.instance).not.toBe(two.info.instance);
    expect(keyOf('one')).not.toBe(keyOf('two'));
    expect((await get(two, '/streams', keyOf('one'))).status).toBe(401);
    for (const [engine, name] of [
      [one, 'one'],
      [two, 'two'],
    ] as const) {
      for await (const frame of await engine.subscribe(`live/${name}`)) if (frame.key) break;
      expect(await pathsOf(engine, keyOf(name))).toEqual([`live/${name}`]);
    }
    const publisher = await one.publish('live/app');
    expect(one.streams.list().map(({ path }) => path)).toContain('live/app');
    expect(two.streams.list().map(({ path }) => path)).not.toContain('live/app');
    await publisher.close();
  }, 30_000);

  it('end alone: the other goes on', async () => {
    const [one, two] = engines as [Engine, Engine];
    const frames = await two.subscribe('live/two');
    await one.stop();
    expect(one.addresses).toEqual([]);
    let count = 0;
    for await (const _frame of frames) if (++count === 10) break;
    expect((await get(two, '/server', keyOf('two'))).status).toBe(200);
  }, 30_000);
});
