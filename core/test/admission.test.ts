import { MemorySink, testForm } from '@sluice/core/testing';
import { settled, startsRegistries, video } from './support/registry-site.js';

describe('who is let in', () => {
  const site = startsRegistries();
  const { publish, start, sweep, view } = site;

  it('ends whoever views or reads frames on a permission that is over, and says why', async () => {
    await start();
    const grant = { lastsMs: 5000, revoked: false };
    site.taps.authorize(({ query }) => ({ allow: true, grant: query?.token === 'short' ? grant : { revoked: false } }));
    await publish('live/a', { receiveTimeoutSeconds: 0 });
    const sink = new MemorySink();
    const viewer = await site.engine.streams.view('live/a', { protocol: 'test', form: testForm, sink, query: { token: 'short' } });
    const read = async (token: string): Promise<string> => {
      for await (const _ of await site.engine.subscribe('live/a', { protocol: 'test', query: { token } }));
      return token;
    };
    const short = read('short');
    const long = read('long');
    await settled();
    await sweep(4);
    expect(sink.ended).toBeUndefined();
    await sweep(1);
    expect(sink.ended).toEqual({ code: 'refused', message: 'the permission expired' });
    expect(viewer.permittedUntilMs).toBeLessThanOrEqual(site.clock.now());
    expect(await Promise.race([short, long])).toBe('short');
    expect(site.engine.streams.describe('live/a')?.viewers).toBe(1);
    site.engine.streams.close('live/a', { code: 'ended' });
    await long;
  });

  it('decides who before what: the same answer whether the stream exists or not', async () => {
    await start();
    site.taps.authorize(({ action }) => (action === 'play' ? { allow: false, status: 401 } : undefined));
    await publish('live/a');
    const asked: string[] = [];
    site.taps.demand(({ path }) => {
      asked.push(path);
      return undefined;
    });
    const answers = await Promise.all(['live/a', 'live/none'].map((path) => view(path).catch(({ code, status, message }) => ({ code, status, message }))));
    expect(answers[0]).toEqual({ code: 'ERR_NOT_ALLOWED', status: 401, message: 'not allowed' });
    expect(answers[1]).toEqual(answers[0]);
    expect(asked).toEqual([]);
  });

  it('says that a viewer may, before the wait for the stream, and never of one that may not', async () => {
    await start();
    const asked: string[] = [];
    const allowed: string[] = [];
    site.taps.authorize(({ path }) => (path === 'live/secret' ? { allow: false, status: 403 } : undefined));
    site.taps.demand(({ path }) => {
      asked.push(`${path} ${allowed.length}`);
      return Promise.resolve({ served: false, status: 504, code: 'ERR_SILENT', message: 'silent' });
    });
    const attempt = (path: string) =>
      site.engine.streams.view(path, { protocol: 'test', form: testForm, sink: new MemorySink(), onAllowed: () => allowed.push(path) }).catch(() => {});
    await Promise.all([attempt('live/secret'), attempt('gb/a')]);
    expect(asked).toEqual(['gb/a 1']);
    expect(allowed).toEqual(['gb/a']);
  });

  it('lets nobody in when the one who decides fails', async () => {
    await start();
    site.taps.authorize(() => {
      throw new Error('no database');
    });
    await expect(view('live/a')).rejects.toMatchObject({ code: 'ERR_HOOK_FAILED', plugin: 'tapper', status: 500 });
  });

  it('rewrites paths, and checks what comes out', async () => {
    await start();
    site.taps.resolvePath((path) => (path === 'live/bad' ? '../x' : path.replace('alias', 'real')));
    const publisher = await publish('live/alias');
    expect(publisher.path).toBe('live/real');
    await expect(publish('live/bad')).rejects.toMatchObject({ code: 'ERR_STREAM_PATH' });
  });

  it('keeps to its limits, those who wait counted', async () => {
    await start({ limits: { maxStreams: 1, maxViewers: 2 } });
    const publisher = await site.engine.publish('live/a');
    await expect(publish('live/b')).rejects.toMatchObject({ code: 'ERR_TOO_MANY_STREAMS', status: 503 });
    const waiting = [view('live/a'), view('live/a')];
    await settled();
    await expect(view('live/a')).rejects.toMatchObject({ code: 'ERR_TOO_MANY_VIEWERS', status: 503 });
    publisher.setTrack(video);
    publisher.expect(['video']);
    const [first] = await Promise.all(waiting);
    first?.close({ code: 'lost' });
    await view('live/a');
    const aborted = new AbortController();
    aborted.abort();
    first?.close({ code: 'lost' });
    await expect(view('live/a', new MemorySink(), aborted.signal)).rejects.toMatchObject({ status: 503 });
  });
});
