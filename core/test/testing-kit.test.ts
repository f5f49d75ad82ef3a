import { createServer } from 'node:net';
import { z } from 'zod';
import type { Frame } from '../src/index.js';
import { definePlugin } from '../src/index.js';
import {
  checkConfig,
  checkLifecycle,
  FrameQueue,
  memoryConnections,
  type ProtocolPlayer,
  protocolSuite,
  TestCamera,
  type TestEngine,
  testPictures,
  testSound,
} from '../src/testing/index.js';

/** A protocol without a network. `pass` may lose or change frames. */
function playWith(pass: (frame: Frame, index: number) => Frame | undefined) {
  return async (engine: TestEngine, path: string): Promise<ProtocolPlayer> => {
    const subscription = await engine.subscribe(path);
    const frames = new FrameQueue();
    const read = async (): Promise<void> => {
      let index = 0;
      for await (const frame of subscription) {
        const passed = pass(frame, index++);
        if (passed !== undefined) frames.push(passed);
      }
    };
    void read().finally(() => frames.end());
    return { frames, pause: () => {}, resume: () => {}, close: () => subscription.close() };
  };
}

function caseOf(pass: (frame: Frame, index: number) => Frame | undefined, name: string): Promise<void> {
  const found = protocolSuite({ plugins: [], play: playWith(pass) }).find((one) => one.name === name);
  if (found === undefined) throw new Error(`no case '${name}'`);
  return found.run();
}

describe('protocolSuite', () => {
  const EVERY_UNIT = 'play: every access unit arrives, byte for byte and in order';
  const TIMES = 'play: times are those of the source';

  it('passes what passes everything on', async () => {
    for (const name of [EVERY_UNIT, TIMES, 'play: who joins begins with the newest key frame', 'play: new parameters reach who plays already']) {
      await caseOf((frame) => frame, name);
    }
  });

  it('sees a frame that is lost, one that is damaged, and one that is late', async () => {
    await expect(caseOf((frame, index) => (index === 15 ? undefined : frame), EVERY_UNIT)).rejects.toThrow(/came where/);
    await expect(caseOf((frame, index) => (index === 15 ? { ...frame, units: [Buffer.from('?')] } : frame), EVERY_UNIT)).rejects.toThrow(/none that was sent/);
    await expect(caseOf((frame, index) => (index === 15 ? { ...frame, dts: frame.dts + 900 } : frame), TIMES)).rejects.toThrow(/ms from its time/);
    await expect(caseOf((frame, index) => (index < 3 ? undefined : frame), 'play: who joins begins with the newest key frame')).rejects.toThrow(/no key frame/);
  });

  it('has cases for each way alone', () => {
    const names = protocolSuite({ plugins: [], publish: () => Promise.reject(new Error('never')) }).map(({ name }) => name);
    expect(names.every((name) => name.startsWith('publish: '))).toBe(true);
    expect(names.length).toBeGreaterThan(8);
  });
});

describe('checkLifecycle', () => {
  const plugin = (setup: Parameters<typeof definePlugin>[0]['setup']) => definePlugin({ name: 'tried', version: '1.0.0', setup });
  const undo: (() => void)[] = [];
  afterEach(() => {
    for (const step of undo.splice(0)) step();
  });

  it('passes what tidies up, and timers of the context', async () => {
    await checkLifecycle({
      plugins: [
        plugin((ctx) => {
          ctx.clock.every(60_000, () => {});
          ctx.onListen(async () => void (await ctx.transport.listenTcp({ name: 'main', port: 0 }, () => {})));
        }),
      ],
    });
  });

  it('names a timer, a socket and a listener that are left', async () => {
    const leak = (open: () => () => void) => checkLifecycle({ rounds: 1, settleMs: 300, plugins: [plugin(() => void undo.push(open()))] });
    const timer = leak(() => {
      const running = setInterval(() => {}, 60_000).unref();
      return () => clearInterval(running);
    });
    await expect(timer).rejects.toThrow(/a timer opened .*testing-kit\.test/);
    const socket = leak(() => {
      const server = createServer().listen(0, '127.0.0.1');
      return () => server.close();
    });
    await expect(socket).rejects.toMatchObject({ code: 'ERR_TEST_LEAK', message: expect.stringContaining('a listening socket') });
    const listener = leak(() => {
      const handler = (): void => {};
      process.on('SIGUSR2', handler);
      return () => process.off('SIGUSR2', handler);
    });
    await expect(listener).rejects.toThrow("a listener on process 'SIGUSR2'");
  });

  it('names a handler that threw', async () => {
    const thrower = plugin((ctx) =>
      ctx.hooks.published(() => {
        throw new Error('oh');
      }),
    );
    const check = checkLifecycle({ settleMs: 300, plugins: [thrower], use: async (engine) => (await engine.publish('live/a')).close() });
    await expect(check).rejects.toMatchObject({ code: 'ERR_TEST_FAULT', message: expect.stringContaining('tried is faulty') });
  });
});

describe('checkConfig', () => {
  const plugin = (config: z.ZodType) => definePlugin({ name: 'tried', version: '1.0.0', config, setup: () => {} });

  it('passes a config that holds', () => {
    const nested = z.strictObject({ password: z.string().default('').describe('p').meta({ secret: true }) }).prefault({});
    checkConfig(plugin(z.strictObject({ port: z.int().default(1).describe('a port'), login: nested.describe('l') })));
    checkConfig(plugin(z.strictObject({ url: z.string().describe('a URL') })), { url: 'http://a' });
    checkConfig(definePlugin({ name: 'tried', version: '1.0.0', setup: () => {} }));
  });

  it('names what is wrong', () => {
    const mistake =
      (config: z.ZodType, sample = {}) =>
      () =>
        checkConfig(plugin(config), sample);
    expect(mistake(z.strictObject({ url: z.string().describe('a URL') }))).toThrow(/is refused with \{\}/);
    expect(
      mistake(
        z.strictObject({
          a: z
            .strictObject({ b: z.string().default('') })
            .prefault({})
            .describe('a'),
        }),
      ),
    ).toThrow(/a\.b has no description/);
    expect(mistake(z.strictObject({ password: z.string().default('').describe('p') }))).toThrow(/password is not marked as a secret/);
    expect(mistake(z.looseObject({}))).toThrow(/an unknown key is not refused/);
    const seconds = z.strictObject({ s: z.string().transform(Number).describe('s') });
    expect(mistake(seconds, { s: '5' })).toThrow(/cannot be read again/);
  });
});

describe('memoryConnections', () => {
  it('carries bytes both ways in pieces, and says when it is full', async () => {
    const [one, other] = memoryConnections({ pieceBytes: 2, highWaterMark: 8 });
    const got: string[] = [];
    const ended = new Promise<void>((resolve) => void other.socket.on('end', resolve));
    other.read((bytes) => got.push(bytes.toString()));
    one.socket.write('abcde');
    one.socket.end();
    await ended;
    expect(got).toEqual(['ab', 'cd', 'e']);
    const full = other.socket.write(Buffer.alloc(100));
    expect(full).toBe(false);
    const drained = new Promise<void>((resolve) => void other.socket.on('drain', resolve));
    let back = 0;
    one.read((bytes) => {
      back += bytes.length;
    });
    await drained;
    expect(back).toBe(100);
  });

  it('tells the other side of a cut', async () => {
    const [one, other] = memoryConnections();
    const closed = new Promise<void>((resolve) => void other.socket.on('close', () => resolve()));
    one.admit();
    expect([one.admitted, other.admitted]).toEqual([true, false]);
    one.socket.destroy();
    await closed;
  });
});

describe('TestCamera', () => {
  it('sends its tracks in the order of their times, each frame once', () => {
    const camera = new TestCamera({ materials: [testPictures, testSound], startMs: 1000 });
    for (let i = 0; i < 60; i++) camera.next();
    const times = camera.sent.map(({ frame }) => frame.dts / frame.track.clockRate);
    expect(times[0]).toBe(1);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(new Set(camera.sentOf('video').map(({ essence }) => essence.toString())).size).toBe(camera.sentOf('video').length);
    expect(camera.sentOf('video').map(({ frame }) => frame.key)).toEqual(camera.sentOf('video').map((_, index) => index % testPictures.gop === 0));
  });

  it('changes its parameters with a key frame', () => {
    const camera = new TestCamera({ materials: [testPictures] });
    camera.next();
    camera.changeParameters();
    const frames = Array.from({ length: 2 * testPictures.gop }, () => camera.next());
    const first = frames.find(({ track }) => track.epoch === 1);
    expect(first).toMatchObject({ key: true, track: { parameters: { variant: 1 } } });
    expect(frames.filter(({ track }) => track.epoch === 1)).toHaveLength(testPictures.gop + 1);
  });
});
