import { definePlugin, type HookTaps, type Publisher, type PublishOptions, type Viewer } from '@sluice/core';
import { FakeClock, MemorySink, startTestEngine, type TestEngine, testForm, testVideoTrack } from '@sluice/core/testing';

/** The track of `publish`. */
export const video = testVideoTrack();

/** What was begun has gone as far as it can without time. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

/** An engine with a clock of its own for each test, and the hooks of one plugin. */
export interface RegistrySite {
  readonly clock: FakeClock;
  readonly engine: TestEngine;
  readonly taps: HookTaps;
  readonly start: (settings?: Record<string, unknown>) => Promise<void>;
  readonly publish: (path: string, options?: PublishOptions) => Promise<Publisher>;
  readonly view: (path: string, sink?: MemorySink, signal?: AbortSignal) => Promise<Viewer>;
  readonly sweep: (seconds: number) => Promise<void>;
}

/** To be called where tests are described; a test calls `start` before anything else. */
export function startsRegistries(): RegistrySite {
  let clock: FakeClock;
  let engine: TestEngine;
  let taps: HookTaps;
  afterEach(() => engine.dispose());
  return {
    get clock() {
      return clock;
    },
    get engine() {
      return engine;
    },
    get taps() {
      return taps;
    },
    start: async (settings = {}) => {
      clock = new FakeClock();
      const tapper = definePlugin({
        name: 'tapper',
        version: '1.0.0',
        setup: (ctx) => {
          taps = ctx.hooks;
        },
      });
      engine = await startTestEngine({ clock, plugins: [tapper], config: { engine: settings } });
    },
    publish: (path, options = {}) => engine.publish(path, { tracks: [video], ...options }),
    view: (path, sink = new MemorySink(), signal?) =>
      engine.streams.view(path, { protocol: 'test', form: testForm, sink, ...(signal === undefined ? {} : { signal }) }),
    sweep: (seconds) => clock.advanceAsync(seconds * 1000, 1000),
  };
}
