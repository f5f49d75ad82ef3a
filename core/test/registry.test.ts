import { MemorySink, testAudioTrack, testFrame } from '@sluice/core/testing';
import { startsRegistries, video } from './support/registry-site.js';

describe('the registry', () => {
  const site = startsRegistries();
  const { publish, start, sweep, view } = site;

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
    expect(site.engine.streams.describe('live/a')).toMatchObject({ state: 'live', health: {}, publisher: { sessionId: second.sessionId } });
    expect(sink.ended).toBeUndefined();
    expect(site.engine.reports.filter(({ type }) => type === 'session.ended')).toHaveLength(1);
  });

  it('ends a stream whose publisher calls its own end a replacement', async () => {
    await start();
    const publisher = await publish('live/a');
    await publisher.close({ code: 'replaced' });
    expect(site.engine.streams.list()).toEqual([]);
  });

  it('survives a publisher that throws on being told, and one that closes the stream then', async () => {
    await start({ publisherConflict: 'replace' });
    await publish('live/a', {
      onClose: () => {
        site.engine.streams.close('live/a', { code: 'kicked' });
        throw new Error('broken');
      },
    });
    const second = await publish('live/a');
    expect(site.engine.streams.describe('live/a')?.publisher?.sessionId).toBe(second.sessionId);
  });

  it('ends publisher and viewers at once on DELETE, without lingering', async () => {
    await start();
    const closed: string[] = [];
    const publisher = await publish('live/a', { onClose: (reason) => closed.push(reason.code) });
    publisher.write(testFrame(video, 0));
    const sink = new MemorySink();
    await view('live/a', sink);
    const frames = await site.engine.subscribe('live/a');
    expect(site.engine.streams.close('live/a', { code: 'kicked' })).toBe(true);
    expect(closed).toEqual(['kicked']);
    expect(sink.ended).toEqual({ code: 'kicked' });
    for await (const frame of frames) expect(frame.key).toBe(true);
    expect(site.engine.streams.list()).toEqual([]);
    expect(site.engine.streams.close('live/a', { code: 'kicked' })).toBe(false);
    expect(site.engine.reports.map(({ type }) => type)).not.toContain('stream.lingering');
  });

  it('lists and ends single sessions', async () => {
    await start();
    const publisher = await publish('live/a', { query: { owner: 'x' } });
    publisher.received(10);
    const sink = new MemorySink();
    const viewer = await view('live/a', sink);
    viewer.received(5);
    viewer.sent(7);
    expect(site.engine.streams.sessions()).toMatchObject([
      { id: publisher.sessionId, kind: 'publisher', bytesIn: 10, query: { owner: 'x' } },
      { id: viewer.sessionId, kind: 'viewer', bytesIn: 5, bytesOut: 9 },
    ]);
    expect(site.engine.streams.sessions('live/b')).toEqual([]);
    expect(site.engine.streams.closeSession(viewer.sessionId, { code: 'kicked' })).toBe(true);
    expect(sink.ended?.code).toBe('kicked');
    expect(site.engine.streams.closeSession(viewer.sessionId, { code: 'kicked' })).toBe(false);
    expect(site.engine.streams.closeSession(publisher.sessionId, { code: 'kicked' })).toBe(true);
    expect(site.engine.streams.list()).toEqual([]);
  });

  it('takes the silence limit from the query, at most an hour', async () => {
    await start({ receiveTimeoutSeconds: 5, lingerSeconds: 0 });
    await publish('live/plain');
    await publish('live/short', { query: { receiveTimeoutSeconds: '2' } });
    await publish('live/long', { query: { receiveTimeoutSeconds: '99999' } });
    await publish('live/odd', { query: { receiveTimeoutSeconds: 'x' } });
    const paths = (): string[] => site.engine.streams.list().map(({ path }) => path);
    await sweep(4);
    expect(paths()).toEqual(['live/plain', 'live/long', 'live/odd']);
    await sweep(3);
    expect(paths()).toEqual(['live/long']);
    site.clock.advance(3_590_000);
    expect(paths()).toEqual(['live/long']);
    site.clock.advance(10_000);
    expect(paths()).toEqual([]);
  });

  it('is ready when picture and sound are known, when all that is expected is, or after a while', async () => {
    await start();
    const both = await site.engine.publish('live/both');
    both.write(testFrame(video, 0));
    expect(site.engine.streams.describe('live/both')?.state).toBe('waiting');
    both.write(testFrame(testAudioTrack(), 0));
    expect(site.engine.streams.describe('live/both')?.state).toBe('live');
    const one = await site.engine.publish('live/one');
    one.write(testFrame(video, 0));
    const sink = new MemorySink();
    const viewing = view('live/one', sink);
    await sweep(2);
    await viewing;
    expect(sink.bytes.length).toBe(102);
    expect(site.engine.reports.filter(({ type, data }) => type === 'stream.tracks' && (data as { path: string }).path === 'live/both')).toHaveLength(1);
  });

  it('waits for further tracks no longer than it says, to the frame', async () => {
    await start({ trackWaitMs: 1000 });
    site.clock.advance(100);
    const publisher = await site.engine.publish('live/a', { expects: ['video', 'audio'] });
    const stateAfter = (ms: number, index: number): string | undefined => {
      site.clock.advance(ms);
      publisher.write(testFrame(video, index));
      return site.engine.streams.describe('live/a')?.state;
    };
    expect([stateAfter(0, 0), stateAfter(960, 24), stateAfter(40, 25)]).toEqual(['waiting', 'waiting', 'live']);
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
    for (let i = 0; i < 3; i++) (await site.engine.subscribe('live/a', { signal })).close();
    await view('live/a', new MemorySink(), signal);
    expect(added.length).toBe(removed.length);
    const frames = await site.engine.subscribe('live/a', { signal });
    abort.abort();
    for await (const _ of frames) throw new Error('nothing comes');
    expect(site.engine.streams.describe('live/a')?.viewers).toBe(1);
    await expect(site.engine.subscribe('live/a', { signal })).rejects.toMatchObject({ code: 'ERR_ABORTED' });
  });

  it('moves a slow subscriber to a key frame and bounds its queue', async () => {
    await start();
    const publisher = await publish('live/a');
    publisher.write(testFrame(video, 0));
    const frames = await site.engine.subscribe('live/a', { maxQueued: 10 });
    for (let i = 1; i < 53; i++) publisher.write(testFrame(video, i));
    frames.close();
    const seen: number[] = [];
    for await (const frame of frames) seen.push(frame.dts / 3600);
    expect(seen).toEqual([50, 51, 52]);
  });
});
