import { definePlugin, SluiceError, type Viewer, type ViewOptions } from '@sluice/core';
import { FakeClock, MemorySink, startTestEngine, type TestEngine, testAudioTrack, testForm, testFrame, testVideoTrack } from '@sluice/core/testing';

const video = testVideoTrack();
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

describe('streams', () => {
  let clock: FakeClock;
  let engine: TestEngine;

  beforeEach(async () => {
    clock = new FakeClock();
    engine = await startTestEngine({ clock });
  });
  afterEach(() => engine.dispose());

  const view = (sink: MemorySink, change: Partial<ViewOptions> = {}): Promise<Viewer> =>
    engine.streams.view('live/a', { protocol: 'test', form: testForm, sink, ...change });
  const indexes = (sink: MemorySink, size = 100): number[] => {
    const bytes = sink.bytes.subarray(2);
    return Array.from({ length: bytes.length / size }, (_, i) => bytes.readUInt32BE(i * size));
  };

  it('gives a joiner header and newest group in one write, then every frame', async () => {
    const publisher = await engine.publish('live/a', { tracks: [video] });
    for (let i = 0; i < 30; i++) publisher.write(testFrame(video, i));
    const sink = new MemorySink();
    await view(sink);
    expect(sink.writes).toHaveLength(1);
    expect(indexes(sink)).toEqual([25, 26, 27, 28, 29]);
    publisher.write(testFrame(video, 30));
    await settled();
    expect(sink.writes).toHaveLength(2);
    expect(indexes(sink).at(-1)).toBe(30);
  });

  it('joins a picture and the sound before it into one write', async () => {
    const audio = testAudioTrack();
    const publisher = await engine.publish('live/a', { tracks: [video, audio] });
    publisher.write(testFrame(video, 0));
    const sink = new MemorySink();
    await view(sink);
    publisher.write(testFrame(audio, 1));
    await settled();
    expect(sink.writes).toHaveLength(1);
    publisher.write(testFrame(video, 1));
    await settled();
    expect(sink.writes).toHaveLength(2);
    publisher.write(testFrame(audio, 2));
    // The next picture is late.
    clock.advance(101);
    expect(sink.writes).toHaveLength(3);
  });

  it('refuses a second publisher, and lets one take over from a silent one without a jump in time', async () => {
    const first = await engine.publish('live/a', { tracks: [video] });
    first.write(testFrame(video, 0));
    await expect(engine.publish('live/a', { tracks: [video] })).rejects.toMatchObject({ code: 'ERR_STREAM_BUSY', status: 409 });
    const frames = await engine.subscribe('live/a');
    clock.advance(2000);
    const second = await engine.publish('live/a', { tracks: [video] });
    expect(first.closed).toBe(true);
    second.write(testFrame(video, 1));
    second.write(testFrame(video, 100_000 * 25));
    frames.close();
    const dts: number[] = [];
    for await (const frame of frames) dts.push(frame.dts / 90);
    expect(dts).toEqual([0, 2000]);
    expect(engine.streams.describe('live/a')?.health).toEqual({ beforeKey: 1 });
  });

  it('keeps the stream of a lost publisher for a while, then ends it with its viewers', async () => {
    const publisher = await engine.publish('live/a', { tracks: [video] });
    publisher.write(testFrame(video, 0));
    const sink = new MemorySink();
    await view(sink);
    await publisher.close({ code: 'lost' });
    clock.advance(14_000);
    expect(engine.streams.describe('live/a')?.state).toBe('lingering');
    expect(sink.ended).toBeUndefined();
    clock.advance(2000);
    expect(engine.streams.describe('live/a')).toBeUndefined();
    expect(sink.ended?.code).toBe('stream-closed');
  });

  it('skips a viewer that does not read to the next key frame, then drops it; others get every frame', async () => {
    const publisher = await engine.publish('live/a', { tracks: [video] });
    publisher.write(testFrame(video, 0));
    const slow = new MemorySink();
    const good = new MemorySink();
    slow.full = true;
    await view(slow);
    await view(good);
    for (let i = 1; i < 25 * 30; i++) {
      publisher.write(testFrame(video, i));
      clock.advance(40);
      await settled();
    }
    expect(indexes(good)).toEqual(Array.from({ length: 25 * 30 }, (_, i) => i));
    expect(slow.writes.length).toBe(1);
    expect(slow.ended?.code).toBe('slow');
    const ended = engine.reports.find((event) => event.type === 'session.ended');
    expect((ended?.data as { session: { drops: number } } | undefined)?.session.drops).toBeGreaterThan(100);
  });

  it('lets a viewer that was slow go on at the newest key frame it was not given', async () => {
    const publisher = await engine.publish('live/a', { tracks: [video] });
    publisher.write(testFrame(video, 0));
    const sink = new MemorySink();
    const viewer = await view(sink);
    clock.advance(11_000);
    sink.full = true;
    for (let i = 1; i <= 110; i++) publisher.write(testFrame(video, i));
    await settled();
    for (let i = 111; i <= 170; i++) {
      publisher.write(testFrame(video, i));
      await settled();
    }
    sink.full = false;
    viewer.drained();
    for (let i = 171; i <= 177; i++) {
      publisher.write(testFrame(video, i));
      await settled();
    }
    const after = indexes(sink).filter((index) => index > 110);
    expect(after).toEqual(Array.from({ length: 28 }, (_, i) => 150 + i));
  });

  it('answers 404 for a missing stream at once, and 403 before that where a plugin says so', async () => {
    await expect(view(new MemorySink())).rejects.toMatchObject({ code: 'ERR_STREAM_NOT_FOUND', status: 404 });
    await expect(engine.streams.view('live/../x', { protocol: 'test', form: testForm, sink: new MemorySink() })).rejects.toMatchObject({ status: 400 });
    const guard = definePlugin({
      name: 'guard',
      version: '1.0.0',
      setup: (ctx) => ctx.hooks.authorize((request) => (request.action === 'play' ? { allow: false, status: 403 } : undefined)),
    });
    const guarded = await startTestEngine({ plugins: [guard] });
    const attempt = guarded.streams.view('live/a', { protocol: 'test', form: testForm, sink: new MemorySink() });
    await expect(attempt).rejects.toMatchObject({ code: 'ERR_NOT_ALLOWED', status: 403 });
    await guarded.dispose();
  });
});

describe('demand', () => {
  it('is made once for many viewers, and its stream ends when the last one has gone', async () => {
    const clock = new FakeClock();
    let asked = 0;
    const closed: string[] = [];
    const source = definePlugin({
      name: 'source',
      version: '1.0.0',
      setup: (ctx) =>
        ctx.hooks.demand(async ({ path }) => {
          if (!path.startsWith('gb/')) return undefined;
          if (path === 'gb/off') return { served: false, status: 502, code: 'ERR_OFF', message: 'refused' };
          asked++;
          await settled();
          const publisher = await ctx.streams.publish(path, {
            trusted: true,
            tracks: [video],
            onClose: (reason) => closed.push(reason.code),
            receiveTimeoutSeconds: 0,
          });
          publisher.write(testFrame(video, 0));
          return { served: true };
        }),
    });
    const engine = await startTestEngine({ clock, plugins: [source] });
    const view = (path: string) => engine.streams.view(path, { protocol: 'test', form: testForm, sink: new MemorySink() });
    // Asked about before it is viewed.
    const located = engine.streams.locate('gb/1', { protocol: 'test' });
    const viewers = await Promise.all([view('gb/1'), view('gb/1'), view('gb/1')]);
    expect(await located).toEqual({ path: 'gb/1', tracks: [video] });
    await expect(engine.streams.locate('gb/off', { protocol: 'test' })).rejects.toMatchObject({ code: 'ERR_OFF', status: 502 });
    await expect(engine.streams.locate('live/none', { protocol: 'test' })).rejects.toMatchObject({ status: 404 });
    expect(asked).toBe(1);
    await expect(view('gb/off')).rejects.toMatchObject({ code: 'ERR_OFF', status: 502 });
    await expect(view('live/none')).rejects.toBeInstanceOf(SluiceError);
    for (const viewer of viewers) viewer.close({ code: 'lost' });
    await clock.advanceAsync(29_000, 1000);
    expect(closed).toEqual([]);
    await clock.advanceAsync(3000, 1000);
    expect(closed).toEqual(['idle']);
    expect(engine.streams.list()).toEqual([]);
    await engine.dispose();
  });
});
