import {
  createFrame,
  type DerivedOutput,
  definePlugin,
  type Frame,
  type Publisher,
  type Track,
  type TrackDeriver,
  trackDerivers,
  type Viewer,
  type WireForm,
} from '@sluice/core';
import { FakeClock, MemorySink, startTestEngine, type TestEngine, testAudioTrack, testFrame, testVideoTrack } from '@sluice/core/testing';

const video = testVideoTrack();
const audio = testAudioTrack();
const played: Track = Object.freeze({ ...audio, codec: 'played-audio' });
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

/** `H` with the codecs, `C` a change, `k1` pictures, `s1` original and `d1` derived sound. */
function textForm(plays?: WireForm['plays']): WireForm {
  return {
    name: plays === undefined ? 'text' : 'picky',
    accepts: (track) => track.codec !== 'no-audio',
    ...(plays === undefined ? {} : { plays }),
    createMuxer: () => ({
      header: (tracks) => Buffer.from(`H${tracks.map(({ codec }) => codec.split('-')[0]).join('+')} `),
      changed: (track, _dts, out) => out.append(Buffer.from(`C${track.codec.split('-')[0]} `)),
      mux: (frame, out) => {
        const letter = frame.track.kind === 'video' ? 'k' : frame.track.codec === played.codec ? 'd' : 's';
        out.append(Buffer.from(`${letter}${Math.round((frame.dts * 25) / frame.track.clockRate)} `));
      },
    }),
  };
}
const picky = textForm((track) => track.codec !== audio.codec);

/** Derives at once, or at the next `release` where the test sets `late`. */
class Deriving {
  readonly taken: Frame[] = [];
  started = 0;
  closed = 0;
  offers = true;
  late = false;
  readonly #held: (() => void)[] = [];
  output: DerivedOutput | undefined;

  readonly deriver: TrackDeriver = {
    name: 'test',
    choiceOf: (query) => query.audio ?? '',
    offer: (track, output, choice) => {
      if (!this.offers || track.codec !== audio.codec || choice === 'original') return undefined;
      if (choice !== 'played' && (output.plays?.(track) ?? true)) return undefined;
      return { key: 'played', track: played, start: (taker) => this.#start(taker) };
    },
  };

  release(): void {
    for (const emit of this.#held.splice(0)) emit();
  }

  #start(output: DerivedOutput) {
    this.started++;
    this.output = output;
    return {
      push: (frame: Frame) => {
        this.taken.push(frame);
        const emit = () => output.emit(createFrame(played, frame.dts, frame.pts, true, frame.units));
        if (this.late) this.#held.push(emit);
        else emit();
      },
      close: () => {
        this.closed++;
      },
    };
  }
}

describe('derived tracks', () => {
  let engine: TestEngine;
  let deriving: Deriving;
  let publisher: Publisher;

  beforeEach(async () => {
    deriving = new Deriving();
    const plugin = definePlugin({ name: 'deriver', version: '1.0.0', setup: (ctx) => ctx.extend(trackDerivers, deriving.deriver) });
    engine = await startTestEngine({ clock: new FakeClock(), plugins: [plugin] });
    publisher = await engine.publish('live/a', { tracks: [video, audio] });
    publisher.write(testFrame(video, 0));
    publisher.write(testFrame(audio, 1));
  });
  afterEach(() => engine.dispose());

  const view = (sink: MemorySink, form: WireForm, audioChoice?: string): Promise<Viewer> =>
    engine.streams.view('live/a', { protocol: 'test', form, sink, query: audioChoice === undefined ? {} : { audio: audioChoice } });
  const next = async (index: number): Promise<void> => {
    publisher.write(testFrame(audio, index));
    publisher.write(testFrame(video, index, { gop: 100 }));
    await settled();
  };
  const text = (sink: MemorySink): string => sink.bytes.toString().trim();

  it('are made once for all outputs that need them, with the sound of the group, and not for others', async () => {
    const [first, second, other, original] = [new MemorySink(), new MemorySink(), new MemorySink(), new MemorySink()];
    const viewers = [await view(first, picky), await view(other, textForm()), await view(original, picky, 'original')];
    await next(2);
    viewers.push(await view(second, picky));
    expect(text(first)).toBe('Htest+played k0 d1 d2 k2');
    expect(text(second)).toBe(text(first));
    expect(text(other)).toBe('Htest+test k0 s1 s2 k2');
    expect(text(original)).toBe(text(other));
    expect(deriving.started).toBe(1);
    for (const viewer of viewers) viewer.close({ code: 'lost' });
    expect(deriving.closed).toBe(1);
    await next(3);
    expect(deriving.taken).toHaveLength(2);
  });

  it('are told to those who ask first what they are going to get, and not made for it', async () => {
    const peer = { protocol: 'test', remote: '127.0.0.1:1' };
    const located = async (options: object) => (await engine.streams.locate('live/a', { ...peer, ...options })).tracks.map(({ codec }) => codec);
    expect(await located({})).toEqual([video.codec, audio.codec]);
    expect(await located({ output: picky })).toEqual([video.codec, played.codec]);
    expect(await located({ output: picky, query: { audio: 'original' } })).toEqual([video.codec, audio.codec]);
    expect(await located({ output: textForm(), query: { audio: 'played' } })).toEqual([video.codec, played.codec]);
    expect(await located({ output: { accepts: ({ kind }: Track) => kind === 'video' } })).toEqual([video.codec]);
    expect(deriving.started).toBe(0);
  });

  it('are shared by forms, and a joiner of another form gets what was derived of the group', async () => {
    await view(new MemorySink(), picky);
    await next(2);
    const sink = new MemorySink();
    await view(sink, { ...picky, name: 'other' });
    expect(text(sink)).toBe('Htest+played k0 d1 k2 d2');
    expect(deriving.started).toBe(1);
  });

  it('are chosen by a query where the form would do without', async () => {
    const sink = new MemorySink();
    await view(sink, textForm(), 'played');
    await next(2);
    expect(text(sink)).toBe('Htest+played k0 d1 d2 k2');
  });

  it('give way to the original when they end, and to a track that needs none', async () => {
    const sink = new MemorySink();
    await view(sink, picky);
    deriving.offers = false;
    deriving.output?.end();
    await next(2);
    expect(text(sink)).toBe('Htest+played k0 d1 Ctest s2 k2');
    deriving.output?.emit(createFrame(played, 0, 0, true, [Buffer.alloc(1)]));
    deriving.offers = true;
    publisher.write(testFrame({ ...played, epoch: 1 }, 3));
    publisher.write(testFrame(video, 3));
    await settled();
    expect(text(sink)).toBe('Htest+played k0 d1 Ctest s2 k2 Cplayed d3 k3');
  });

  it('that take the place of the original on the way go on where it stopped', async () => {
    const sink = new MemorySink();
    deriving.offers = false;
    await view(sink, picky);
    await next(2);
    deriving.offers = true;
    deriving.late = true;
    publisher.write(testFrame({ ...audio, epoch: 1 }, 3));
    publisher.write(testFrame(video, 3));
    deriving.release();
    await settled();
    // All sound of the group is derived again, and only what is new is given.
    expect(deriving.taken.length).toBe(3);
    expect(text(sink)).toBe('Htest+test k0 s1 s2 k2 Cplayed k3 d3');
  });

  it('are not joined within the group they took over in: who came then begins at the next key frame, with them alone', async () => {
    const [before, during, after] = [new MemorySink(), new MemorySink(), new MemorySink()];
    deriving.offers = false;
    await view(before, picky);
    await next(2);
    deriving.offers = true;
    deriving.late = true;
    publisher.write(testFrame({ ...audio, epoch: 1 }, 3));
    publisher.write(testFrame(video, 3, { gop: 100 }));
    deriving.release();
    await settled();
    await view(during, picky);
    publisher.write(testFrame({ ...audio, epoch: 1 }, 4));
    publisher.write(testFrame(video, 4, { gop: 4 }));
    deriving.release();
    await settled();
    await view(after, picky);
    expect(text(before)).toBe('Htest+test k0 s1 s2 k2 Cplayed k3 d3 k4 d4');
    expect(text(during)).toBe('Htest+played k4 d4');
    expect(text(after)).toBe('Htest+played k4 d4');
  });

  it('follow a source whose parameters change without a word to viewers', async () => {
    const sink = new MemorySink();
    await view(sink, picky);
    publisher.write(testFrame({ ...audio, epoch: 1 }, 2));
    publisher.write(testFrame(video, 2));
    await settled();
    expect(text(sink)).toBe('Htest+played k0 d1 d2 k2');
  });

  it('are what a subscription gets that says what it plays', async () => {
    const frames = await engine.subscribe('live/a', { output: picky });
    await next(2);
    expect(frames.tracks.map(({ codec }) => codec)).toEqual(['test-video', 'played-audio']);
    frames.close();
    const codecs: string[] = [];
    for await (const frame of frames) codecs.push(frame.track.codec);
    expect(codecs).toEqual(['test-video', 'played-audio', 'played-audio', 'test-video']);
    expect(deriving.closed).toBe(1);
  });

  it('fail alone: the original passes', async () => {
    deriving.deriver.offer = () => {
      return {
        key: 'x',
        track: played,
        start: () => {
          throw new Error('no');
        },
      };
    };
    const sink = new MemorySink();
    await view(sink, picky);
    await next(2);
    expect(text(sink)).toBe('Htest+test k0 s1 s2 k2');
  });
});
