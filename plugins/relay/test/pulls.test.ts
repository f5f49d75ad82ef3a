import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Publisher } from '@sluice/core';
import { startTestEngine, type TestEngine } from '@sluice/core/testing';
import { g711a } from '@sluice/plugin-codec-g711';
import rtmp from '@sluice/plugin-rtmp';
import relay, { type RelayPullInfo, type RelayPullRequest, type RelayState, relayService } from '../src/index.js';

const builder = g711a.createBuilder({ trackId: 1, clockRate: 8000 });
const { track } = builder;
if (track === undefined) throw new Error('no track');
const sound = (index: number) => builder.build([Buffer.alloc(160, index)], index * 160, index * 160);

/** A stream of another server that goes on by itself until it is closed. */
class Source {
  readonly #publisher: Publisher;
  readonly #timer: NodeJS.Timeout;
  #sent = 0;
  #awaited = 0;
  #reached: () => void = () => {};

  constructor(publisher: Publisher) {
    this.#publisher = publisher;
    this.#timer = setInterval(() => {
      const frame = sound(this.#sent++);
      if (frame !== undefined) publisher.write(frame);
      if (this.#sent === this.#awaited) this.#reached();
    }, 20);
  }
  /** Resolves when so many frames more were sent, of 20 ms each. */
  goesOn(frames: number): Promise<void> {
    this.#awaited = this.#sent + frames;
    return new Promise((resolve) => {
      this.#reached = resolve;
    });
  }
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#publisher.close();
  }
}

let here: TestEngine;
let there: TestEngine;
let sources: Source[];

const startHere = async (config: Record<string, unknown> = {}, engine: Record<string, unknown> = {}) => {
  const given = { allow: ['loopback'], retryIntervalMs: 10, ...config };
  here = await startTestEngine({ plugins: [relay], config: { rtmp: { port: 0 }, relay: given, engine } });
};
const port = () => there.addresses.find(({ plugin }) => plugin === 'rtmp')?.port ?? 0;
const url = (path: string) => `rtmp://127.0.0.1:${port()}/${path}`;
const publish = async (path: string): Promise<Source> => {
  const source = new Source(await there.publish(path, { tracks: [track], receiveTimeoutSeconds: 0 }));
  sources.push(source);
  return source;
};
const service = () => here.service(relayService);
const pull = (request: Partial<RelayPullRequest> = {}) => service().createPull({ path: 'live/cam', url: url('far/cam?token=secret'), ...request });
const states = () => here.reports.flatMap(({ type, data }) => (type === 'pull.state' && 'state' in data ? [data.state as RelayState] : []));
/** The next report of a pull in this state, after the first `from` of it. */
const state = (wanted: RelayState, from = 0) => here.reported(() => states().filter((each) => each === wanted).length > from);
const times = (wanted: RelayState) => states().filter((each) => each === wanted).length;
const firstFrame = async (path: string, signal?: AbortSignal) => {
  const subscription = await here.subscribe(path, signal === undefined ? {} : { signal });
  for await (const frame of subscription) return frame;
  throw new Error('over');
};
const sourceViewers = () => there.reports.filter(({ type, data }) => type === 'session.started' && 'session' in data && data.session.kind === 'viewer').length;

beforeEach(async () => {
  sources = [];
  there = await startTestEngine({ plugins: [rtmp], config: { rtmp: { port: 0 } } });
});
afterEach(async () => {
  for (const source of sources) await source.close();
  await here.dispose();
  await there.dispose();
});

describe('pulls of the API', () => {
  it('bring a stream until they are ended, and say how they are without secrets', async () => {
    await startHere();
    await publish('far/cam');
    const { id } = await pull();
    await state('live');
    expect((await firstFrame('live/cam')).track.codec).toBe('g711a');
    const expected = { id, path: 'live/cam', url: url('far/cam?token=***'), origin: 'api', via: 'rtmp', state: 'live', attempt: 1 };
    expect(service().describePull(id)).toMatchObject(expected);
    expect(service().pulls()).toMatchObject([expected]);
    expect(JSON.stringify(here.reports)).not.toContain('token=secret');
    await service().endPull(id);
    expect(here.streams.list()).toEqual([]);
    expect(service().pulls()).toEqual([]);
    expect(states().at(-1)).toBe('stopped');
    await expect(service().endPull(id)).rejects.toMatchObject({ code: 'ERR_RELAY_PULL_UNKNOWN', status: 404 });
    expect(() => service().describePull(id)).toThrow(expect.objectContaining({ status: 404 }));
  });

  it.each([
    ['rtmp://127.0.0.1/a/b', 'ERR_RELAY_TARGET', 403],
    ['rtmp://[::1]/a/b', 'ERR_RELAY_TARGET', 403],
    ['rtmp://localhost/a/b', 'ERR_RELAY_TARGET', 403],
    ['rtmp://169.254.169.254/a/b', 'ERR_RELAY_TARGET', 403],
    ['rtmp://[::ffff:127.0.0.1]/a/b', 'ERR_RELAY_TARGET', 403],
    ['rtmp://no-such-host.invalid/a/b', 'ERR_RELAY_RESOLVE', 400],
    ['file:///etc/passwd', 'ERR_RELAY_URL', 400],
    ['gopher://192.0.2.1/a', 'ERR_RELAY_URL', 400],
    ['rtmp://192.0.2.1/a', 'ERR_RTMP_URL', 400],
  ])('%s is refused', async (target, code, status) => {
    await startHere({ allow: ['public', 'private'] });
    await expect(pull({ url: target })).rejects.toMatchObject({ code, status });
    expect(service().pulls()).toEqual([]);
  });

  it('are one for a path, so many at most, and for paths of streams', async () => {
    await startHere({ maxPulls: 1 });
    await expect(pull({ path: '../cam' })).rejects.toMatchObject({ code: 'ERR_STREAM_PATH' });
    const both = await Promise.allSettled([pull(), pull()]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    await expect(pull()).rejects.toMatchObject({ code: 'ERR_RELAY_PULL_EXISTS', status: 409 });
    await expect(pull({ path: 'live/other' })).rejects.toMatchObject({ code: 'ERR_RELAY_TOO_MANY', status: 503 });
  });

  it('give up after so many tries, and try again for a viewer', async () => {
    await startHere();
    const { id } = await pull({ retries: 2 });
    await state('failed');
    expect(service().describePull(id)).toMatchObject({ state: 'failed', attempt: 3, lastError: { code: 'ERR_RTMP_NOT_FOUND' } });
    await publish('far/cam');
    expect((await firstFrame('live/cam')).track.codec).toBe('g711a');
    expect(service().describePull(id)).toMatchObject({ state: 'live', attempt: 1 });
  });

  it('rest without viewers where they are to, until the next one asks', async () => {
    await startHere();
    await publish('far/cam');
    const { id } = await pull({ idleSeconds: 0.1 });
    await state('idle');
    expect(here.streams.list()).toEqual([]);
    await firstFrame('live/cam');
    expect(service().describePull(id).state).toBe('live');
    await state('idle', 1);
  });

  it('rest where somebody ends the stream', async () => {
    await startHere();
    await publish('far/cam');
    await pull();
    await state('live');
    here.streams.close('live/cam', { code: 'kicked' });
    expect(states().at(-1)).toBe('idle');
  });
});

describe('relay.pulls', () => {
  it('run whether anybody watches or not', async () => {
    const source = await publish('far/cam');
    await startHere({ pulls: [{ path: 'live/cam', url: url('far/cam') }], allow: [] }, { idleSeconds: 0 });
    await state('live');
    expect(service().pulls()).toMatchObject([{ path: 'live/cam', origin: 'config' }]);
    const before = here.streams.describe('live/cam')?.bytesIn ?? 0;
    // The engine looks for idle streams once a second.
    await source.goesOn(60);
    expect(here.streams.describe('live/cam')?.bytesIn).toBeGreaterThan(before);
  });
});

it('relay.pulls with two for a path is a mistake', async () => {
  await startHere();
  const twice = { path: 'live/cam', url: 'rtmp://h/a/b' };
  await expect(startTestEngine({ plugins: [relay], config: { relay: { pulls: [twice, twice] } } })).rejects.toThrow('one pull for a path');
});

describe('relay.sources', () => {
  const sourcesOf = (more: Record<string, unknown> = {}) => ({ sources: [{ match: 'live/**', url: url('far/$1?of={path}'), retryIntervalMs: 10, ...more }] });

  it('bring what viewers ask for, once for all of them', async () => {
    await publish('far/cam');
    await startHere(sourcesOf());
    await Promise.all([firstFrame('live/cam'), firstFrame('live/cam'), firstFrame('live/cam')]);
    expect(sourceViewers()).toBe(1);
    expect(there.streams.sessions('far/cam').find(({ kind }) => kind === 'viewer')?.query).toEqual({ of: 'live/cam' });
    expect(service().pulls()).toMatchObject([{ path: 'live/cam', origin: 'demand', state: 'live' }]);
    await expect(here.subscribe('other/cam')).rejects.toMatchObject({ code: 'ERR_STREAM_NOT_FOUND' });
  });

  it('say clearly what cannot be had, after so many tries, and nothing of where it was looked for', async () => {
    await startHere(sourcesOf());
    const refused = await here.subscribe('live/none').catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'ERR_RTMP_NOT_FOUND', status: 404, message: expect.stringContaining('5 tries') });
    expect((refused as Error).message).not.toMatch(/127|far/);
    expect(times('connecting')).toBe(5);
    expect(service().pulls()).toMatchObject([{ path: 'live/none', state: 'failed', attempt: 5, lastError: { code: 'ERR_RTMP_NOT_FOUND' } }]);
    // It is there later.
    await publish('far/none');
    await firstFrame('live/none');
    expect(service().pulls()).toHaveLength(1);
  });

  it('answer before the engine does, where a source keeps silent', async () => {
    await startHere(sourcesOf({ retryIntervalMs: 60_000 }), { streamWaitSeconds: 0.8 });
    await expect(here.subscribe('live/none')).rejects.toMatchObject({ code: 'ERR_RTMP_NOT_FOUND', status: 404, message: expect.stringContaining('1 try') });
    expect(service().pulls()).toEqual([]);
  });

  it('are tried no more when nobody waits', async () => {
    await startHere(sourcesOf({ retryIntervalMs: 60_000 }));
    const gone = [new AbortController(), new AbortController()];
    const waiting = gone.map(({ signal }) => firstFrame('live/none', signal).catch(() => 'gone'));
    await state('retrying');
    gone[0]?.abort();
    expect(service().pulls()).toMatchObject([{ state: 'retrying' }]);
    gone[1]?.abort();
    expect(await Promise.all(waiting)).toEqual(['gone', 'gone']);
    await state('stopped');
    expect(service().pulls()).toEqual([]);
  });

  it('end when nobody watched for a while', async () => {
    await publish('far/cam');
    await startHere(sourcesOf({ idleSeconds: 0.1 }));
    await firstFrame('live/cam');
    const { data } = await here.reported(({ type }) => type === 'stream.closed');
    expect(data).toMatchObject({ path: 'live/cam', reason: { code: 'idle' } });
    expect(service().pulls()).toEqual([]);
  });

  it('go on when the source comes back, while viewers stay', async () => {
    const first = await publish('far/cam');
    await startHere(sourcesOf({ retries: 0 }));
    const subscription = await here.subscribe('live/cam');
    await first.close();
    // More tries than it has, but there is a viewer.
    await state('retrying', 1);
    await publish('far/cam');
    await state('live', 1);
    let frames = 0;
    for await (const _frame of subscription) if (++frames === 20) break;
    expect(service().pulls()).toMatchObject([{ state: 'live' }]);
  });

  it('end with the stream, when the source does not come back', async () => {
    const first = await publish('far/cam');
    await startHere(sourcesOf(), { lingerSeconds: 1 });
    const subscription = await here.subscribe('live/cam');
    await first.close();
    for await (const _frame of subscription);
    await state('stopped');
    expect(service().pulls()).toEqual([]);
  });

  it('are guarded where the viewer names the host', async () => {
    await publish('far/cam');
    await startHere({ allow: ['public'], sources: [{ match: 'from/*/**', url: `rtmp://$1:${port()}/$2`, retries: 0 }] });
    await expect(here.subscribe('from/127.0.0.1/far/cam')).rejects.toMatchObject({ code: 'ERR_CONNECT_TARGET', status: 404 });
  });

  it('are as many at once as there may be; what failed makes room', async () => {
    await publish('far/a');
    await startHere({ ...sourcesOf({ retries: 0 }), maxPulls: 1 });
    await expect(here.subscribe('live/none')).rejects.toMatchObject({ status: 404 });
    await firstFrame('live/a');
    await expect(here.subscribe('live/b')).rejects.toMatchObject({ status: 404, code: expect.stringMatching(/^ERR_RELAY_/) });
    expect(service().pulls()).toMatchObject([{ path: 'live/a' }]);
  });

  it.each([
    [{ match: 'live/*', url: 'rtmp://h/$2/a' }, '$2'],
    [{ match: 'live/*', url: 'file:///a' }, 'url'],
    [{ match: 'live/*', url: 'rtmp://h/a/b', retries: -1 }, 'retries'],
  ])('%j is a mistake', async (source, named) => {
    await startHere();
    await expect(startTestEngine({ plugins: [relay], config: { relay: { sources: [source] } } })).rejects.toThrow(named);
  });
});

describe('what the API confirmed', () => {
  let data: string;
  beforeEach(() => {
    data = mkdtempSync(join(tmpdir(), 'sluice-relay-'));
  });
  afterEach(() => rmSync(data, { recursive: true, force: true }));

  it('is there after a restart, unless it was ended', async () => {
    await startHere({}, { data });
    const kept = await pull({ retries: 3 });
    const ended = await pull({ path: 'live/ended' });
    await service().endPull(ended.id);
    const push = await service().createPush({ path: 'live/cam', url: url('back/cam?token=secret') });
    expect(statSync(join(data, 'relay.json')).mode & 0o777).toBe(0o600);
    await here.stop();
    await publish('far/cam');
    await startHere({}, { data });
    const known = ({ id, path }: Pick<RelayPullInfo, 'id' | 'path'>) => ({ id, path });
    expect([service().pulls().map(known), service().pushes().map(known)]).toEqual([[known(kept)], [known(push)]]);
    await there.reported(({ type, data: of }) => type === 'stream.published' && 'path' in of && of.path === 'back/cam');
  });

  it('is not thrown away where it cannot be read', async () => {
    writeFileSync(join(data, 'relay.json'), '{');
    await startHere();
    await expect(startTestEngine({ plugins: [relay], config: { rtmp: { port: 0 }, engine: { data } } })).rejects.toThrow('relay.json');
    expect(readFileSync(join(data, 'relay.json'), 'utf8')).toBe('{');
  });
});
