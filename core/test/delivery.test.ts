import { closeReason, createFrame, type Frame, type Publisher, type Track, type Viewer, type ViewOptions, type WireForm } from '@sluice/core';
import { FakeClock, MemorySink, startTestEngine, type TestEngine, testAudioTrack, testForm, testFrame, testVideoTrack } from '@sluice/core/testing';
import { engineSchema } from '../src/config/engine-schema.js';
import { Derivations } from '../src/stream/derivations.js';
import { Rendition } from '../src/stream/rendition.js';
import { TrackSelection } from '../src/stream/track-selection.js';

const video = testVideoTrack();
const audio = testAudioTrack();
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

/** Text that tells what a viewer was sent: `H0.0` header with epochs, `C0.1` a change, `k12`/`p12` frames, `a12` sound. */
const textForm: WireForm = {
  name: 'text',
  accepts: (track) => track.kind !== 'data',
  createMuxer: () => ({
    header: (tracks) => Buffer.from(`H${tracks.map(({ id, epoch }) => `${id}.${epoch}`).join('+')} `),
    changed: (track, _dts, out) => out.append(Buffer.from(`C${track.id}.${track.epoch} `)),
    mux: (frame, out) => {
      const number = Math.round((frame.dts * 25) / frame.track.clockRate);
      out.append(Buffer.from(`${frame.track.kind === 'audio' ? 'a' : frame.key ? 'k' : 'p'}${number} `));
    },
  }),
};
const text = (sink: MemorySink): string => sink.bytes.toString().trim();
const frameOf = (track: Track, index: number, key: boolean): Frame => {
  const dts = (index * track.clockRate) / 25;
  return createFrame(track, dts, dts, key, [Buffer.alloc(100)]);
};

describe('Rendition', () => {
  const settings = engineSchema.parse({ gop: { maxBytes: 20_000 }, delivery: { maxLagBytes: 65_536 } });
  const owner = { group: [], derived: () => {}, withdrawn: () => {}, count: () => {}, failed: () => {} };
  const make = (tracks: Track[], form = testForm): Rendition => {
    const selection = new TrackSelection(new Derivations(() => [], owner), form, []);
    return new Rendition(form, selection, settings, tracks, []);
  };

  it('stays bounded without key frames, with sound alone, and when nobody flushes', () => {
    const limit = 20_000 + 65_536;
    const noKey = make([video]);
    const sound = make([audio]);
    const unflushed = make([video]);
    for (let i = 0; i < 5000; i++) {
      noKey.push(frameOf(video, i, false));
      sound.push(frameOf(audio, i, true));
      unflushed.push(frameOf(video, 0, false));
      if (i % 3 === 0) {
        noKey.flush(0);
        sound.flush(0);
      }
      expect(Math.max(noKey.log.bytes, sound.log.bytes)).toBeLessThan(limit);
    }
    expect(sound.log.end - sound.log.start).toBeLessThan(100);
    expect(unflushed.log.bytes).toBeLessThan(2 * limit + 200);
    unflushed.flush(0);
    expect(unflushed.log.bytes).toBeLessThanOrEqual(limit);
  });

  it('gives no group beyond its limits', () => {
    const rendition = make([video]);
    for (let i = 0; i < 190; i++) rendition.push(frameOf(video, i, i === 0));
    rendition.flush(0);
    expect(rendition.snapshot(true).pieces.at(-1)?.length).toBe(19_000);
    for (let i = 190; i < 210; i++) rendition.push(frameOf(video, i, false));
    rendition.flush(0);
    expect(rendition.snapshot(true).hasGroup).toBe(false);
  });
});

describe('delivery', () => {
  let clock: FakeClock;
  let engine: TestEngine;
  let publisher: Publisher;

  beforeEach(async () => {
    clock = new FakeClock();
    engine = await startTestEngine({ clock });
    publisher = await engine.publish('live/a', { tracks: [video, audio] });
  });
  afterEach(() => engine.dispose());

  const view = (sink: MemorySink, change: Partial<ViewOptions> = {}): Promise<Viewer> =>
    engine.streams.view('live/a', { protocol: 'test', form: textForm, sink, ...change });
  const write = async (track: Track, index: number, key = false): Promise<void> => {
    publisher.write(frameOf(track, index, key));
    await settled();
  };
  const sessionOf = (viewer: Viewer) => engine.streams.sessions('live/a').find(({ id }) => id === viewer.sessionId);

  describe('after the last viewer left', () => {
    let made: number;
    beforeEach(async () => {
      made = 0;
      await write(video, 0, true);
    });
    const visit = async (keptWarm = true): Promise<string> => {
      const createMuxer: WireForm['createMuxer'] = (tracks) => {
        made++;
        return textForm.createMuxer(tracks);
      };
      const sink = new MemorySink();
      const viewer = await view(sink, { form: { ...textForm, keptWarm, createMuxer } });
      viewer.close(closeReason('lost'));
      return text(sink);
    };

    it('goes on making a form that is kept warm, for a while', async () => {
      expect(await visit()).toBe('H0.0+1.0 k0');
      await clock.advanceAsync(4000, 1000);
      await write(audio, 1);
      expect(await visit()).toBe('H0.0+1.0 k0');
      await clock.advanceAsync(4000, 1000);
      await write(video, 2);
      expect(await visit()).toBe('H0.0+1.0 k0 a1 p2');
      expect(made).toBe(1);
      await clock.advanceAsync(6000, 1000);
      await write(video, 3);
      expect(await visit()).toBe('H0.0+1.0 k0 a1 p2 p3');
      expect(made).toBe(2);
    });

    it('makes others no more', async () => {
      await visit(false);
      await write(video, 1);
      expect(await visit(false)).toBe('H0.0+1.0 k0 p1');
      expect(made).toBe(2);
    });

    it('makes none beyond a change of the tracks', async () => {
      await visit();
      await write(testAudioTrack({ epoch: 1 }), 1);
      expect(await visit()).toBe('H0.0+1.1 k0 a1');
      expect(made).toBe(2);
    });

    it('makes none of a stream that is over, nor beyond', async () => {
      await visit();
      await publisher.close();
      publisher = await engine.publish('live/a', { tracks: [video, audio] });
      await write(video, 1, true);
      expect(await visit()).toBe('H0.0+1.0 k1');
      expect(made).toBe(2);
    });
  });

  it('tells a joiner of the tracks as they were at its group, and of changes after it', async () => {
    await write(video, 0, true);
    const first = new MemorySink();
    await view(first);
    const changed = testAudioTrack({ epoch: 1 });
    await write(changed, 1);
    await write(video, 1);
    expect(text(first)).toBe('H0.0+1.0 k0 C1.1 a1 p1');
    const joiner = new MemorySink();
    await view(joiner);
    expect(text(joiner)).toBe('H0.0+1.0 k0 C1.1 a1 p1');
    const later = new MemorySink();
    await view(later, { start: 'key' });
    expect(text(later)).toBe('H0.0+1.1');
    await write(testVideoTrack({ epoch: 1 }), 2, true);
    expect(text(first)).toBe('H0.0+1.0 k0 C1.1 a1 p1 C0.1 k2');
    expect(text(later)).toBe('H0.0+1.1 C0.1 k2');
    const newest = new MemorySink();
    await view(newest);
    expect(text(newest)).toBe('H0.1+1.1 k2');
  });

  it('begins, in a form that cannot tell of a change, with the pictures behind it', async () => {
    const form: WireForm = { ...textForm, name: 'fixed', follows: (before, after) => before.epoch === after.epoch };
    const changed = testAudioTrack({ epoch: 1 });
    await write(video, 0, true);
    await write(audio, 0);
    await write(changed, 1);
    await write(video, 1);
    const joiner = new MemorySink();
    await view(joiner, { form });
    expect(text(joiner)).toBe('H0.0+1.1');
    await write(video, 2);
    await write(video, 3, true);
    await write(changed, 3);
    await write(video, 4);
    expect(text(joiner)).toBe('H0.0+1.1 k3 a3 p4');
  });

  it('begins at once, in such a form, where what changed is not carried in it; and not where it changed to and fro', async () => {
    const follows = (before: Track, after: Track): boolean => before.epoch === after.epoch;
    const picture: WireForm = { ...textForm, name: 'picture', follows, accepts: ({ kind }) => kind === 'video' };
    const changed = testAudioTrack({ epoch: 1 });
    await write(video, 0, true);
    await write(audio, 0);
    await write(changed, 1);
    await write(audio, 1);
    await write(video, 1);
    const [alone, both] = [new MemorySink(), new MemorySink()];
    await view(alone, { form: picture });
    await view(both, { form: { ...textForm, name: 'both', follows } });
    expect(text(alone)).toBe('H0.0 k0 p1');
    expect(text(both)).toBe('H0.0+1.0');
    await write(video, 2, true);
    expect([text(alone), text(both)]).toEqual(['H0.0 k0 p1 k2', 'H0.0+1.0 k2']);
  });

  it('tells a viewer that skipped what changed meanwhile', async () => {
    await write(video, 0, true);
    const sink = new MemorySink();
    const viewer = await view(sink);
    clock.advance(11_000);
    sink.full = true;
    await write(video, 1);
    for (let i = 2; i < 60; i++) await write(video, i);
    const next = testVideoTrack({ epoch: 1 });
    await write(next, 60, true);
    await write(next, 61);
    expect(sessionOf(viewer)?.drops).toBeGreaterThan(50);
    sink.full = false;
    viewer.drained();
    await write(next, 62);
    expect(text(sink)).toBe('H0.0+1.0 k0 p1 C0.1 k60 p61 p62');
    // 2 to 59, and the change that was told apart.
    expect(sessionOf(viewer)).toMatchObject({ drops: 59, lagMs: 0 });
  });

  it('begins late sound with a change, and a joiner has it in its header', async () => {
    const other = await engine.publish('live/b', { tracks: [video] });
    other.write(frameOf(video, 0, true));
    const sink = new MemorySink();
    await engine.streams.view('live/b', { protocol: 'test', form: textForm, sink });
    other.write(frameOf(audio, 1, true));
    other.write(frameOf(video, 1, false));
    await settled();
    expect(text(sink)).toBe('H0.0 k0 C1.0 a1 p1');
    const joiner = new MemorySink();
    await engine.streams.view('live/b', { protocol: 'test', form: textForm, sink: joiner });
    expect(text(joiner)).toBe('H0.0+1.0 k0 C1.0 a1 p1');
  });

  it('forgets the tracks that the publisher which takes over has not', async () => {
    await write(video, 0, true);
    const first = new MemorySink();
    await view(first);
    await publisher.close({ code: 'lost' });
    publisher = await engine.publish('live/a', {});
    for (let i = 0; i < 60; i++) {
      publisher.write(frameOf(audio, i, true));
      clock.advance(40);
    }
    expect(engine.streams.describe('live/a')?.tracks.map(({ kind }) => kind)).toEqual(['audio']);
    const sink = new MemorySink();
    await view(sink);
    publisher.write(frameOf(audio, 60, true));
    clock.advance(41);
    expect(text(sink)).toMatch(/^H1\.0 a\d+$/);
  });

  it('gives a viewer ten seconds for what it was sent on joining', async () => {
    await write(video, 0, true);
    const sink = new MemorySink();
    sink.full = true;
    const viewer = await view(sink);
    for (let i = 1; i < 25 * 9; i++) {
      publisher.write(frameOf(video, i, i % 25 === 0));
      await settled();
      clock.advance(40);
    }
    expect(sessionOf(viewer)?.drops).toBe(0);
    sink.full = false;
    viewer.drained();
    expect(sessionOf(viewer)?.lagMs).toBe(0);
    expect(text(sink).endsWith('p224')).toBe(true);
  });

  it('disconnects instead of skipping where that was asked for', async () => {
    await write(video, 0, true);
    const sink = new MemorySink();
    const viewer = await view(sink, { onLag: 'disconnect' });
    clock.advance(11_000);
    sink.full = true;
    for (let i = 1; i < 100; i++) await write(video, i, i % 25 === 0);
    expect(sink.ended).toEqual({ code: 'slow', message: 'lagging' });
    expect(sessionOf(viewer)).toBeUndefined();
  });

  it('ends a viewer whose sink throws, and no other', async () => {
    await write(video, 0, true);
    const bad = new MemorySink();
    await view(bad);
    const good = new MemorySink();
    await view(good);
    bad.write = () => {
      throw new Error('broken');
    };
    bad.end = () => {
      throw new Error('broken too');
    };
    await write(video, 1);
    await write(video, 2);
    expect(text(good)).toBe('H0.0+1.0 k0 p1 p2');
    expect(engine.streams.describe('live/a')?.viewers).toBe(1);
  });

  it('ends the viewers of a form that cannot carry a frame, not the publisher', async () => {
    await write(video, 0, true);
    const form: WireForm = {
      ...textForm,
      name: 'fragile',
      createMuxer: (tracks) => ({
        ...textForm.createMuxer(tracks),
        mux: (frame) => {
          if (!frame.key) throw new Error('cannot');
        },
      }),
    };
    const bad = new MemorySink();
    await view(bad, { form });
    const good = new MemorySink();
    await view(good);
    await write(video, 1);
    expect(bad.ended).toEqual({ code: 'protocol-error', message: 'cannot' });
    expect(text(good)).toBe('H0.0+1.0 k0 p1');
    expect(publisher.closed).toBe(false);
  });

  it('makes nothing for a viewer that could not be begun', async () => {
    await write(video, 0, true);
    const failing = view(new MemorySink(), {
      preamble: () => {
        throw new Error('no head');
      },
    });
    await expect(failing).rejects.toThrow('no head');
    expect(engine.streams.describe('live/a')?.viewers).toBe(0);
  });

  it('shows the head of a viewer what comes after it', async () => {
    await write(video, 0, true);
    const sink = new MemorySink();
    await view(sink, { preamble: (_tracks, first) => Buffer.from(`${first.map(({ length }) => length)}:`) });
    expect(text(sink)).toBe('9,3:H0.0+1.0 k0');
  });

  it('puts batches into the envelope once each', async () => {
    await write(video, 0, true);
    const form: WireForm = { ...textForm, name: 'enveloped', envelope: (length) => Buffer.from(`[${length}]`) };
    const sink = new MemorySink();
    await view(sink, { form, preamble: () => Buffer.from('HEAD ') });
    await write(video, 1);
    expect(sink.writes.map(String)).toEqual(['HEAD [12]H0.0+1.0 k0 ', '[3]p1 ']);
  });

  it('bounds counters and tracks that inputs name', () => {
    for (let i = 0; i < 500; i++) {
      publisher.count(`kind${i}`);
      publisher.write(testFrame(testAudioTrack({ id: i }), 0));
    }
    publisher.count('__proto__');
    const info = engine.streams.describe('live/a');
    expect(Object.keys(info?.health ?? {}).length).toBeLessThanOrEqual(65);
    expect(info?.health.other).toBeGreaterThan(400);
    expect(info?.tracks.length).toBe(16);
  });
});
