import { definePlugin, type Publisher, type Track, trackDerivers, type WireForm } from '@sluice/core';
import { FakeClock, MemorySink, startTestEngine, type TestEngine, testAudioTrack, testFrame, testVideoTrack } from '@sluice/core/testing';
import { makeOpusHead, parseOpusHead } from '@sluice/plugin-codec-opus';
import { transcodeConfig } from '../src/config.js';
import { offerTranscoding, type TranscodingParts } from '../src/net/offer-transcoding.js';
import type { ThreadListener } from '../src/net/sound-thread.js';

const g711 = testAudioTrack({ codec: 'g711a' });
const config = Buffer.from('1208', 'hex');
const aac = testAudioTrack({ codec: 'aac', parameters: { config, objectType: 2, sampleRate: 44_100, channels: 1 }, info: { sampleRate: 44_100, channels: 1 } });
const video = testVideoTrack();
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

/** Codecs in the header, `C` and the codec at a change, and a letter for each frame. */
const browser: WireForm = {
  name: 'browser',
  accepts: () => true,
  plays: ({ kind, codec }: Track) => kind === 'video' || codec === 'aac',
  createMuxer: () => ({
    header: (tracks) => Buffer.from(`${tracks.map(({ codec }) => codec).join('+')} `),
    changed: (track, _dts, out) => out.append(Buffer.from(`C${track.codec} `)),
    mux: (frame, out) => out.append(Buffer.from(`${frame.track.codec === 'aac' ? 'A' : (frame.track.kind[0] as string)} `)),
  }),
};

describe('the transcode plugin', () => {
  let engine: TestEngine;
  let threads: ThreadListener[];
  let publisher: Publisher;
  const setUp = async (parts: Partial<TranscodingParts>, audio: Record<string, unknown> = {}): Promise<void> => {
    threads = [];
    const start = (listener: ThreadListener) => {
      threads.push(listener);
      return { post: () => {}, close: async () => {} };
    };
    const plugin = definePlugin({
      name: 'transcode',
      version: '1.0.0',
      setup: (ctx) => offerTranscoding(ctx, transcodeConfig.parse({ audio }).audio, { encodesAac: true, decodesAac: true, hasOpus: true, start, ...parts }),
    });
    engine = await startTestEngine({ clock: new FakeClock(), plugins: [plugin] });
  };
  const view = async (sound: Track): Promise<string> => {
    publisher = await engine.publish('live/a', { tracks: [video, sound] });
    publisher.write(testFrame(video, 0));
    publisher.write(testFrame(sound, 1));
    const sink = new MemorySink();
    await engine.streams.view('live/a', { protocol: 'test', form: browser, sink });
    publisher.write(testFrame(video, 1));
    await settled();
    return sink.bytes.toString().trim();
  };
  afterEach(() => engine.dispose());

  it('starts no thread until a viewer needs one', async () => {
    await setUp({});
    expect(engine.extensions(trackDerivers)).toHaveLength(1);
    expect(threads).toHaveLength(0);
    expect(await view(g711)).toBe('test-video+aac v v');
    expect(engine.info.warnings()).toEqual([]);
  });

  it('has a thread ready where a stream has G.711, and none for streams that players play as they are', async () => {
    await setUp({});
    const publish = async (path: string, sound: Track): Promise<number> => {
      await engine.publish(path, { tracks: [video, sound] });
      await settled();
      return threads.length;
    };
    expect([await publish('live/a', aac), await publish('live/b', g711), await publish('live/c', g711)]).toEqual([0, 1, 1]);
  });

  it('lets the original pass and says why where there is no encoder', async () => {
    await setUp({ encodesAac: false });
    expect(await view(g711)).toBe('test-video+g711a v a v');
    expect(engine.info.warnings()).toEqual([expect.stringContaining('@mediabunny/aac-encoder is not installed')]);
  });

  it('says so where Opus can neither be decoded nor made', async () => {
    await setUp({ hasOpus: false });
    expect(await view(testAudioTrack({ codec: 'opus', parameters: parseOpusHead(makeOpusHead({ channels: 1 })) }))).toBe('test-video+opus v a v');
    expect(engine.info.warnings()).toEqual([expect.stringContaining('opusscript is not installed')]);
  });

  it('lets AAC pass and says why where it should be made anew and there is no decoder', async () => {
    await setUp({ decodesAac: false }, { policy: 'always' });
    expect(await view(aac)).toBe('test-video+aac v A v');
    expect(engine.info.warnings()).toEqual([expect.stringContaining('@audio/decode-aac is not installed')]);
  });

  it('lets the original pass when threads do not stay, and counts their crashes', async () => {
    await setUp({}, { threads: 1 });
    await view(g711);
    for (let crash = 0; crash < 5; crash++) {
      threads.at(-1)?.crashed(new Error('out of memory'));
      await settled();
    }
    expect(engine.info.warnings()).toEqual([expect.stringContaining('crashed too often')]);
    expect(engine.info.errors()).toContainEqual(expect.objectContaining({ plugin: 'transcode', kind: 'thread-crash', count: 5 }));
    publisher.write(testFrame(g711, 2));
    const sink = new MemorySink();
    await engine.streams.view('live/a', { protocol: 'test', form: browser, sink });
    publisher.write(testFrame(video, 3, { gop: 3 }));
    publisher.write(testFrame(g711, 3));
    publisher.write(testFrame(video, 4));
    await settled();
    expect(sink.bytes.toString()).toBe('test-video+g711a v a v ');
  });
});
