import type { DemandVerdict } from '@sluice/core';
import { MemorySink, testFrame } from '@sluice/core/testing';
import { settled, startsRegistries, video } from './support/registry-site.js';

describe('streams on demand, and idle ones', () => {
  const site = startsRegistries();
  const { publish, start, sweep, view } = site;

  it('shows what a demand is being served for as waiting, and can end the wait', async () => {
    await start({ limits: { maxStreams: 1, maxViewers: 100 } });
    const verdicts: ((verdict: DemandVerdict) => void)[] = [];
    const signals: AbortSignal[] = [];
    site.taps.demand(({ path, signal }) => {
      if (!path.startsWith('gb/')) return undefined;
      signals.push(signal);
      return new Promise((resolve) => verdicts.push(resolve));
    });
    const viewing = [view('gb/a'), view('gb/a')];
    await settled();
    const waiting = { path: 'gb/a', state: 'waiting', publisher: null, tracks: [], viewers: 0 };
    expect(site.engine.streams.describe('gb/a')).toMatchObject(waiting);
    expect(site.engine.streams.list()).toMatchObject([waiting]);
    await sweep(5);
    verdicts[0]?.({ served: true });
    await settled();
    expect(site.engine.streams.describe('gb/a')).toMatchObject(waiting);
    await publish('gb/a');
    await Promise.all(viewing);
    expect(site.engine.streams.list()).toMatchObject([{ path: 'gb/a', state: 'live', viewers: 2 }]);
    const refused = view('gb/b');
    await settled();
    expect(site.engine.streams.close('gb/b', { code: 'kicked' })).toBe(true);
    await expect(refused).rejects.toMatchObject({ code: 'ERR_STREAM_NOT_FOUND', status: 404 });
    expect(signals[1]?.aborted).toBe(true);
    expect(site.engine.streams.describe('gb/b')).toBeUndefined();
    await expect(view('live/none')).rejects.toMatchObject({ status: 404 });
    expect(site.engine.streams.list()).toHaveLength(1);
    expect(site.engine.streams.close('gb/b', { code: 'kicked' })).toBe(false);
  });

  it('asks the idle hook, which may keep or end a stream; one that came by itself stays', async () => {
    await start({ idleSeconds: 3, receiveTimeoutSeconds: 3600 });
    const asked: string[] = [];
    site.taps.idle(({ path }) => {
      asked.push(path);
      return path === 'live/end' ? 'end' : path === 'live/keep' ? 'keep' : undefined;
    });
    for (const path of ['live/end', 'live/keep', 'live/own']) await publish(path);
    await sweep(5);
    expect(site.engine.streams.list().map(({ path }) => path)).toEqual(['live/keep', 'live/own']);
    expect(asked).toEqual(['live/end', 'live/keep', 'live/own']);
    await sweep(5);
    expect(asked.filter((path) => path === 'live/own').length).toBeGreaterThan(1);
  });

  it('waits for a publisher that is on its way, and gives up in time', async () => {
    await start({ streamWaitSeconds: 5 });
    site.taps.demand(() => ({ served: true }));
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
    site.taps.demand((request) => {
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
    site.taps.demand(() => new Promise<DemandVerdict>(() => {}));
    const timed = view('gb/1').catch((error) => error);
    await sweep(3);
    expect(await timed).toMatchObject({ code: 'ERR_DEMAND_TIMEOUT', status: 504 });
    const stopped = view('gb/2').catch((error) => error);
    await settled();
    await site.engine.stop();
    expect(await stopped).toMatchObject({ status: 504 });
    await expect(publish('live/a')).rejects.toMatchObject({ code: 'ERR_SHUTTING_DOWN', status: 503 });
  });

  it('does not count a stream idle before its tracks are known', async () => {
    await start({ idleSeconds: 2, trackWaitMs: 5000, receiveTimeoutSeconds: 60 });
    site.taps.idle(() => 'end');
    const publisher = await site.engine.publish('gb/1');
    publisher.write(testFrame(video, 0));
    await sweep(5);
    expect(site.engine.streams.describe('gb/1')?.state).toBe('live');
    await sweep(1);
    expect(site.engine.streams.describe('gb/1')?.state).toBe('live');
    await sweep(2);
    expect(site.engine.streams.describe('gb/1')).toBeUndefined();
  });

  it('does not end a stream for idleness while somebody waits for its tracks', async () => {
    await start({ idleSeconds: 1, receiveTimeoutSeconds: 60 });
    site.taps.demand(async ({ path }) => {
      await site.engine.publish(path);
      return { served: true };
    });
    const viewing = view('gb/1').catch((error) => error);
    await sweep(5);
    expect(site.engine.streams.describe('gb/1')?.state).toBe('waiting');
    await sweep(17);
    expect(await viewing).toMatchObject({ status: 504 });
    await sweep(2);
    expect(site.engine.streams.list()).toEqual([]);
  });
});
