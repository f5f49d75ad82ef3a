import { definePlugin, type Frame, type IngestFilterFactory, ingestFilters, shiftFrame } from '../src/index.js';
import { startTestEngine, type TestEngine, testAudioTrack, testFrame, testVideoTrack } from '../src/testing/index.js';

const video = testVideoTrack();
const audio = testAudioTrack();

async function engineWith(...factories: readonly IngestFilterFactory[]): Promise<TestEngine> {
  const plugin = definePlugin({
    name: 'filters',
    version: '1.0.0',
    setup: (ctx) => {
      for (const factory of factories) ctx.extend(ingestFilters, factory);
    },
  });
  return startTestEngine({ plugins: [plugin] });
}

/** What a subscriber gets of a video of so many frames. */
async function pass(engine: TestEngine, frames: readonly Frame[], wanted: number): Promise<Frame[]> {
  const publisher = await engine.publish('live/a', { tracks: [video, audio] });
  const subscription = await engine.subscribe('live/a');
  for (const frame of frames) publisher.write(frame);
  const got: Frame[] = [];
  for await (const frame of subscription) if (got.push(frame) === wanted) break;
  await publisher.close();
  return got;
}

describe('filters on the way in', () => {
  let engine: TestEngine | undefined;
  afterEach(() => engine?.dispose());
  const frames = [0, 1, 2].map((index) => testFrame(video, index));

  it('are composed in order and may keep a frame back; one that changes nothing hands on the same object', async () => {
    const closed: string[] = [];
    engine = await engineWith(
      ({ path, protocol }) => ({ write: (frame) => frame, close: () => closed.push(`${path} ${protocol}`) }),
      () => ({ write: (frame) => (frame === frames[1] ? undefined : frame) }),
      () => ({ write: (frame) => (frame === frames[2] ? shiftFrame(frame, 7) : frame) }),
      () => undefined,
    );
    const got = await pass(engine, frames, 2);
    expect(got[0]).toBe(frames[0]);
    expect(got[1]?.dts).toBe((frames[2]?.dts as number) + 7);
    expect(closed).toEqual(['live/a internal']);
  });

  it('are made anew for each publisher and count under its stream', async () => {
    let made = 0;
    engine = await engineWith((source) => {
      made++;
      const write = (frame: Frame): Frame => {
        source.count('seen');
        return frame;
      };
      return { write };
    });
    const first = await engine.publish('live/a', { tracks: [video, audio] });
    first.write(frames[0] as Frame);
    first.write(frames[1] as Frame);
    expect(engine.streams.describe('live/a')?.health).toEqual({ seen: 2 });
    await first.close();
    await engine.publish('live/a');
    expect(made).toBe(2);
  });

  it('harm nobody where they throw', async () => {
    let asked = 0;
    engine = await engineWith(
      () => {
        throw new Error('no filter');
      },
      () => ({
        write: () => {
          asked++;
          throw new Error('no frame');
        },
      }),
    );
    expect(await pass(engine, frames, 3)).toEqual(frames);
    expect(asked).toBe(1);
  });
});
