import { type DemandVerdict, definePlugin, type HookTaps, type Publisher, type PublishOptions, type Viewer } from '@sluice/core';
import { FakeClock, MemorySink, startTestEngine, type TestEngine, testAudioTrack, testForm, testFrame, testVideoTrack } from '@sluice/core/testing';

const video = testVideoTrack();
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

describe('the registry', () => {
  let clock: FakeClock;
  let engine: TestEngine;
  let taps: HookTaps;

  const start = async (settings: Record<string, unknown> = {}): Promise<void> => {
    clock = new FakeClock();
    const tapper = definePlugin({
      name: 'tapper',
      version: '1.0.0',
      setup: (ctx) => {
        taps = ctx.hooks;
      },
    });
    engine = await startTestEngine({ clock, plugins: [tapper], config: { engine: settings } });
  };
  afterEach(() => engine.dispose());

  const publish = (path: string, options: PublishOptions = {}): Promise<Publisher> => engine.publish(path, { tracks: [video], ...options });
  const view = (path: string, sink = new MemorySink(), signal?: AbortSignal): Promise<Viewer> =>
    engine.streams.view(path, { protocol: 'test', form: testForm, sink, ...(signal === undefined ? {} : { signal }) });
  const sweep = async (seconds: number): Promise<void> => clock.advanceAsync(seconds * 1000, 1000);

  it('lets a second publisher replace the first where config says so; closing the first late harms nobody', async () => {
    await start({ publisherConflict: 'replace' });
    const closed: string[] = [];
    const first = await publish('live/a', { onClose: (reason) => closed.push(reason.code) });
    first.write(testFrame(video, 0));
    const sink = new MemorySink();
    await view('live/a', sink);
    const second = await publish('live/a');
    expect(closed).toEqual(['replaced']);
    await first.close({ code: 'lost' });
    first.write(testFrame(video, 25));
    first.count('lost');
    second.write(testFrame(video, 0));
    expect(engine.streams.describe('live/a')).toMatchObject({ state: 'live', health: {}, publisher: { sessionId: second.sessionId } });
    expect(sink.ended).toBeUndefined();
    expect(engine.reports.filter(({ type }) => type === 'session.ended')).toHaveLength(1);
  });

  it('ends whoever views or reads frames on a permission that is over, and says why', async () => {
    await start();
    const grant = { lastsMs: 5000, revoked: false };
    taps.authorize(({ query }) => ({ allow: true, grant: query?.token === 'short' ? grant : { revoked: false } }));
    await publish('live/a', { receiveTimeoutSeconds: 0 });
    const sink = new MemorySink();
    const viewer = await engine.streams.view('live/a', { protocol: 'test', form: testForm, sink, query: { token: 'short' } });
    const read = async (token: string): Promise<string> => {
      for await (const _ of await engine.subscribe('live/a', { protocol: 'test', query: { token } }));
      return token;
    };
    const short = read('short');
    const long = read('long');
    await settled();
    await sweep(4);
    expect(sink.ended).toBeUndefined();
    await sweep(1);
    expect(sink.ended).toEqual({ code: 'refused', message: 'the permission expired' });
    expect(viewer.permittedUntilMs).toBeLessThanOrEqual(clock.now());
    expect(await Promise.race([short, long])).toBe('short');
    expect(engine.streams.describe('live/a')?.viewers).toBe(1);
    engine.streams.close('live/a', { code: 'ended' });
    await long;
  });

  it('ends a stream whose publisher calls its own end a replacement', async () => {
    await start();
    const publisher = await publish('live/a');
    await publisher.close({ code: 'replaced' });
    expect(engine.streams.list()).toEqual([]);
  });

  it('survives a publisher that throws on being told, and one that closes the stream then', async () => {
    await start({ publisherConflict: 'replace' });
    await publish('live/a', {
      onClose: () => {
        engine.streams.close('live/a', { code: 'kicked' });
        throw new Error('broken');
      },
    });
    const second = await publish('live/a');
    expect(engine.streams.describe('live/a')?.publisher?.sessionId).toBe(second.sessionId);
  });

  it('ends publisher and viewers at once on DELETE, without lingering', async () => {
    await start();
    const closed: string[] = [];
    const publisher = await publish('live/a', { onClose: (reason) => closed.push(reason.code) });
    publisher.write(testFrame(video, 0));
    const sink = new MemorySink();
    await view('live/a', sink);
    const frames = await engine.subscribe('live/a');
    expect(engine.streams.close('live/a', { code: 'kicked' })).toBe(true);
    expect(closed).toEqual(['kicked']);
    expect(sink.ended).toEqual({ code: 'kicked' });
    for await (const frame of frames) expect(frame.key).toBe(true);
    expect(engine.streams.list()).toEqual([]);
    expect(engine.streams.close('live/a', { code: 'kicked' })).toBe(false);
    expect(engine.reports.map(({ type }) => type)).not.toContain('stream.lingering');
  });

  it('lists and ends single sessions', async () => {
    await start();
    const publisher = await publish('live/a', { query: { owner: 'x' } });
    publisher.received(10);
    const sink = new MemorySink();
    const viewer = await view('live/a', sink);
    viewer.received(5);
    viewer.sent(7);
    expect(engine.streams.sessions()).toMatchObject([
      { id: publisher.sessionId, kind: 'publisher', bytesIn: 10, query: { owner: 'x' } },
      { id: viewer.sessionId, kind: 'viewer', bytesIn: 5, bytesOut: 9 },
    ]);
    expect(engine.streams.sessions('live/b')).toEqual([]);
    expect(engine.streams.closeSession(viewer.sessionId, { code: 'kicked' })).toBe(true);
    expect(sink.ended?.code).toBe('kicked');
    expect(engine.streams.closeSession(viewer.sessionId, { code: 'kicked' })).toBe(false);
    expect(engine.streams.closeSession(publisher.sessionId, { code: 'kicked' })).toBe(true);
    expect(engine.streams.list()).toEqual([]);
  });

  it('takes the silence limit from the query, at most an hour', async () => {
    await start({ receiveTimeoutSeconds: 5, lingerSeconds: 0 });
    await publish('live/plain');
    await publish('live/short', { query: { receiveTimeoutSeconds: '2' } });
    await publish('live/long', { query: { receiveTimeoutSeconds: '99999' } });
    await publish('live/odd', { query: { receiveTimeoutSeconds: 'x' } });
    const paths = (): string[] => engine.streams.list().map(({ path }) => path);
    await sweep(4);
    expect(paths()).toEqual(['live/plain', 'live/long', 'live/odd']);
    await sweep(3);
    expect(paths()).toEqual(['live/long']);
    clock.advance(3_590_000);
    expect(paths()).toEqual(['live/long']);
    clock.advance(10_000);
    expect(paths()).toEqual([]);
  });

  it('is ready when picture and sound are known, when all that is expected is, or after a while', async () => {
    await start();
    const both = await engine.publish('live/both');
    both.write(testFrame(video, 0));
    expect(engine.streams.describe('live/both')?.state).toBe('waiting');
    both.write(testFrame(testAudioTrack(), 0));
    expect(engine.streams.describe('live/both')?.state).toBe('live');
    const one = await engine.publish('live/one');
    one.write(testFrame(video, 0));
    const sink = new MemorySink();
    const viewing = view('live/one', sink);
    await sweep(2);
    await viewing;
    expect(sink.bytes.length).toBe(102);
    expect(engine.reports.filter(({ type, data }) => type === 'stream.tracks' && (data as { path: string }).path === 'live/both')).toHaveLength(1);
  });

  it('waits for further tracks no longer than it says, to the frame', async () => {
    await start({ trackWaitMs: 1000 });
    clock.advance(100);
    const publisher = await engine.publish('live/a', { expects: ['video', 'audio'] });
    const stateAfter = (ms: number, index: number): string | undefined => {
      clock.advance(ms);
      publisher.write(testFrame(video, index));
      return engine.streams.describe('live/a')?.state;
    };
    expect([stateAfter(0, 0), stateAfter(960, 24), stateAfter(40, 25)]).toEqual(['waiting', 'waiting', 'live']);
  });

  it('decides who before what: the same answer whether the stream exists or not', async () => {
    await start();
    taps.authorize(({ action }) => (action === 'play' ? { allow: false, status: 401 } : undefined));
    await publish('live/a');
    const asked: string[] = [];
    taps.demand(({ path }) => {
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
    taps.authorize(({ path }) => (path === 'live/secret' ? { allow: false, status: 403 } : undefined));
    taps.demand(({ path }) => {
      asked.push(`${path} ${allowed.length}`);
      return Promise.resolve({ served: false, status: 504, code: 'ERR_SILENT', message: 'silent' });
    });
    const attempt = (path: string) =>
      engine.streams.view(path, { protocol: 'test', form: testForm, sink: new MemorySink(), onAllowed: () => allowed.push(path) }).catch(() => {});
    await Promise.all([attempt('live/secret'), attempt('gb/a')]);
    expect(asked).toEqual(['gb/a 1']);
    expect(allowed).toEqual(['gb/a']);
  });

  it('lets nobody in when the one who decides fails', async () => {
    await start();
    taps.authorize(() => {
      throw new Error('no database');
    });
    await expect(view('live/a')).rejects.toMatchObject({ code: 'ERR_HOOK_FAILED', plugin: 'tapper', status: 500 });
  });

  it('rewrites paths, and checks what comes out', async () => {
    await start();
    taps.resolvePath((path) => (path === 'live/bad' ? '../x' : path.replace('alias', 'real')));
    const publisher = await publish('live/alias');
    expect(publisher.path).toBe('live/real');
    await expect(publish('live/bad')).rejects.toMatchObject({ code: 'ERR_STREAM_PATH' });
  });

  it('shows what a demand is being served for as waiting, and can end the wait', async () => {
    await start({ limits: { maxStreams: 1, maxViewers: 100 } });
    const verdicts: ((verdict: DemandVerdict) => void)[] = [];
    const signals: AbortSignal[] = [];
    taps.demand(({ path, signal }) => {
      if (!path.startsWith('gb/')) return undefined;
      signals.push(signal);
      return new Promise((resolve) => verdicts.push(resolve));
    });
    const viewing = [view('gb/a'), view('gb/a')];
    await settled();
    const waiting = { path: 'gb/a', state: 'waiting', publisher: null, tracks: [], viewers: 0 };
    expect(engine.streams.describe('gb/a')).toMatchObject(waiting);
    expect(engine.streams.list()).toMatchObject([waiting]);
    await sweep(5);
    verdicts[0]?.({ served: true });
    await settled();
    expect(engine.streams.describe('gb/a')).toMatchObject(waiting);
    await publish('gb/a');
    await Promise.all(viewing);
    expect(engine.streams.list()).toMatchObject([{ path: 'gb/a', state: 'live', viewers: 2 }]);
    const refused = view('gb/b');
    await settled();
    expect(engine.streams.close('gb/b', { code: 'kicked' })).toBe(true);
    await expect(refused).rejects.toMatchObject({ code: 'ERR_STREAM_NOT_FOUND', status: 404 });
    expect(signals[1]?.aborted).toBe(true);
    expect(engine.streams.describe('gb/b')).toBeUndefined();
    await expect(view('live/none')).rejects.toMatchObject({ status: 404 });
    expect(engine.streams.list()).toHaveLength(1);
    expect(engine.streams.close('gb/b', { code: 'kicked' })).toBe(false);
  });

  it('keeps to its limits, those who wait counted', async () => {
    await start({ limits: { maxStreams: 1, maxViewers: 2 } });
    const publisher = await engine.publish('live/a');
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

  it('asks the idle hook, which may keep or end a stream; one that came by itself stays', async () => {
    await start({ idleSeconds: 3, receiveTimeoutSeconds: 3600 });
    const asked: string[] = [];
    taps.idle(({ path }) => {
      asked.push(path);
      return path === 'live/end' ? 'end' : path === 'live/keep' ? 'keep' : undefined;
    });
    for (const path of ['live/end', 'live/keep', 'live/own']) await publish(path);
    await sweep(5);
    expect(engine.streams.list().map(({ path }) => path)).toEqual(['live/keep', 'live/own']);
    expect(asked).toEqual(['live/end', 'live/keep', 'live/own']);
    await sweep(5);
    expect(asked.filter((path) => path === 'live/own').length).toBeGreaterThan(1);
  });

  it('asks for a key frame where a joiner has no group, at most once in two seconds', async () => {
    await start();
    let asked = 0;
    const publisher = await publish('live/a', { controls: { keyFrame: () => void asked++ } });
    for (let i = 0; i < 5; i++) await view('live/a');
    expect(asked).toBe(1);
    await sweep(1);
    await view('live/a');
    expect(asked).toBe(1);
    await sweep(2);
    expect(asked).toBe(2);
    publisher.write(testFrame(video, 0));
    await sweep(5);
    await view('live/a');
    expect(asked).toBe(2);
  });

  it('ends subscriptions by signal and leaves no listener behind', async () => {
    await start();
    await publish('live/a');
    const abort = new AbortController();
    const added: string[] = [];
    const removed: string[] = [];
    const { signal } = abort;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      added.push(args[0]);
      add(...args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      removed.push(args[0]);
      remove(...args);
    };
    for (let i = 0; i < 3; i++) (await engine.subscribe('live/a', { signal })).close();
    await view('live/a', new MemorySink(), signal);
    expect(added.length).toBe(removed.length);
    const frames = await engine.subscribe('live/a', { signal });
    abort.abort();
    for await (const _ of frames) throw new Error('nothing comes');
    expect(engine.streams.describe('live/a')?.viewers).toBe(1);
    await expect(engine.subscribe('live/a', { signal })).rejects.toMatchObject({ code: 'ERR_ABORTED' });
  });

  it('moves a slow subscriber to a key frame and bounds its queue', async () => {
    await start();
    const publisher = await publish('live/a');
    publisher.write(testFrame(video, 0));
    const frames = await engine.subscribe('live/a', { maxQueued: 10 });
    for (let i = 1; i < 53; i++) publisher.write(testFrame(video, i));
    frames.close();
    const seen: number[] = [];
    for await (const frame of frames) seen.push(frame.dts / 3600);
    expect(seen).toEqual([50, 51, 52]);
  });

  describe('demand', () => {
    it('waits for a publisher that is on its way, and gives up in time', async () => {
      await start({ streamWaitSeconds: 5 });
      taps.demand(() => ({ served: true }));
      const sink = new MemorySink();
      const viewing = view('gb/1', sink);
      const late = view('gb/2').catch((error) => error);
      await settled();
      const publisher = await publish('gb/1');
      publisher.write(testFrame(video, 0));
      await viewing;
      expect(sink.bytes[0]).toBe(0x48);
      await sweep(6);
      expect(await late).toMatchObject({ code: 'ERR_STREAM_NOT_FOUND', status: 404 });
    });

    it('is given up when the last one who waits has gone, not before', async () => {
      await start();
      let signal: AbortSignal | undefined;
      let asked = 0;
      taps.demand((request) => {
        asked++;
        signal = request.signal;
        return new Promise<DemandVerdict>(() => {});
      });
      const aborts = [new AbortController(), new AbortController()];
      const viewing = aborts.map((abort) => view('gb/1', new MemorySink(), abort.signal).catch((error) => error));
      await settled();
      aborts[0]?.abort();
      await viewing[0];
      expect([asked, signal?.aborted]).toEqual([1, false]);
      aborts[1]?.abort();
      await viewing[1];
      expect(signal?.aborted).toBe(true);
    });

    it('ends with 504 after the wait, and with the engine', async () => {
      await start({ streamWaitSeconds: 2 });
      taps.demand(() => new Promise<DemandVerdict>(() => {}));
      const timed = view('gb/1').catch((error) => error);
      await sweep(3);
      expect(await timed).toMatchObject({ code: 'ERR_DEMAND_TIMEOUT', status: 504 });
      const stopped = view('gb/2').catch((error) => error);
      await settled();
      await engine.stop();
      expect(await stopped).toMatchObject({ status: 504 });
      await expect(publish('live/a')).rejects.toMatchObject({ code: 'ERR_SHUTTING_DOWN', status: 503 });
    });

    it('does not count a stream idle before its tracks are known', async () => {
      await start({ idleSeconds: 2, trackWaitMs: 5000, receiveTimeoutSeconds: 60 });
      taps.idle(() => 'end');
      const publisher = await engine.publish('gb/1');
      publisher.write(testFrame(video, 0));
      await sweep(5);
      expect(engine.streams.describe('gb/1')?.state).toBe('live');
      await sweep(1);
      expect(engine.streams.describe('gb/1')?.state).toBe('live');
      await sweep(2);
      expect(engine.streams.describe('gb/1')).toBeUndefined();
    });

    it('does not end a stream for idleness while somebody waits for its tracks', async () => {
      await start({ idleSeconds: 1, receiveTimeoutSeconds: 60 });
      taps.demand(async ({ path }) => {
        await engine.publish(path);
        return { served: true };
      });
      const viewing = view('gb/1').catch((error) => error);
      await sweep(5);
      expect(engine.streams.describe('gb/1')?.state).toBe('waiting');
      await sweep(17);
      expect(await viewing).toMatchObject({ status: 504 });
      await sweep(2);
      expect(engine.streams.list()).toEqual([]);
    });
  });
});
