import { createFrame, type DerivedOutput, type Frame, type Track } from '@sluice/core';
import { testAudioTrack, testVideoTrack } from '@sluice/core/testing';
import { makeOpusHead, parseOpusHead } from '@sluice/plugin-codec-opus';
import { transcodeConfig } from '../src/config.js';
import { createAudioDeriver } from '../src/map/audio-deriver.js';
import { SoundPool } from '../src/net/sound-pool.js';
import type { ThreadListener } from '../src/net/sound-thread.js';
import type { Order } from '../src/worker/messages.js';

const config = Buffer.from([0x14, 0x08]);
const g711 = testAudioTrack({ codec: 'g711a', clockRate: 1000 });
const aac = testAudioTrack({
  codec: 'aac',
  clockRate: 1000,
  parameters: { config, objectType: 2, sampleRate: 16_000, channels: 1 },
  info: { sampleRate: 16_000, channels: 1 },
});
const everything = { accepts: () => true };
const browser = { accepts: () => true, plays: (track: Track) => track.codec === 'aac' };
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function setUp(audio: Record<string, unknown> = {}, decodesAac = true, hasOpus = true) {
  const orders: Order[] = [];
  const notes: string[] = [];
  let thread: ThreadListener | undefined;
  const pool = new SoundPool({
    threads: 1,
    start: (listener) => {
      thread = listener;
      return { post: (batch) => void orders.push(...batch.orders), close: async () => {} };
    },
    now: () => 0,
    crashed: () => {},
  });
  const deriver = createAudioDeriver({
    config: transcodeConfig.parse({ audio }).audio,
    pool,
    parts: { encodesAac: true, decodesAac, hasOpus },
    missed: (part) => void notes.push(part),
    failed: (message) => void notes.push(message),
    full: () => void notes.push('full'),
  });
  return { deriver, orders, notes, thread: () => thread };
}

describe('createAudioDeriver', () => {
  const offered = (audio: Record<string, unknown>, track: Track, output: typeof browser | typeof everything, query: Record<string, string> = {}): boolean => {
    const { deriver } = setUp(audio);
    return deriver.offer(track, output, deriver.choiceOf(query)) !== undefined;
  };

  it('offers AAC of 11025 Hz mono where an output does not play the original', () => {
    const { deriver } = setUp();
    expect(deriver.offer(g711, browser, '')?.track).toMatchObject({
      id: 1,
      codec: 'aac',
      clockRate: 11_025,
      parameters: { config: Buffer.from('1508', 'hex'), sampleRate: 11_025, channels: 1 },
      info: { sampleRate: 11_025, channels: 1 },
    });
    expect(offered({}, g711, everything)).toBe(false);
    expect(offered({}, aac, browser)).toBe(false);
    expect(offered({}, testVideoTrack(), browser)).toBe(false);
    expect(offered({}, testAudioTrack({ codec: 'unknown' }), browser)).toBe(false);
    expect(deriver.offer(g711, { accepts: ({ codec }) => codec !== 'aac', plays: () => false }, '')).toBeUndefined();
  });

  it('does as policy and query say', () => {
    expect(offered({}, g711, browser, { audio: 'original' })).toBe(false);
    expect(offered({}, g711, everything, { audio: 'aac' })).toBe(true);
    expect(offered({}, aac, everything, { audio: 'aac' })).toBe(false);
    expect(offered({ policy: 'always' }, g711, everything)).toBe(true);
    expect(offered({ policy: 'always' }, aac, everything)).toBe(true);
    expect(offered({ policy: 'always', sampleRate: 16_000 }, aac, everything)).toBe(false);
    expect(offered({ policy: 'always' }, g711, everything, { audio: 'original' })).toBe(false);
    expect(offered({ policy: 'never' }, g711, browser, { audio: 'aac' })).toBe(false);
  });

  it('makes AAC anew whose samples run at another rate than it says, and says so where it cannot', () => {
    const mistimed = { ...aac, info: { sampleRate: 32_000, channels: 1 } };
    expect(offered({}, mistimed, everything)).toBe(true);
    const { deriver, notes } = setUp({}, false);
    expect(deriver.offer(mistimed, everything, '')).toBeUndefined();
    expect(notes).toEqual(['decodesAac']);
  });

  describe('of Opus', () => {
    const opus = testAudioTrack({ codec: 'opus', clockRate: 48_000, parameters: parseOpusHead(makeOpusHead({ channels: 2 })) });
    const conference = { accepts: () => true, plays: (track: Track) => track.codec === 'opus' };
    const flv = { accepts: () => true, plays: (track: Track) => track.codec === 'opus' || track.codec === 'aac' };
    const ts = { accepts: (track: Track) => track.codec !== 'opus' };
    const codecOf = (track: Track, output: typeof conference | typeof ts, audio?: string, policy = 'needed'): string | undefined => {
      const { deriver } = setUp({ policy });
      return deriver.offer(track, output, deriver.choiceOf(audio === undefined ? {} : { audio }))?.track.codec;
    };

    it('makes AAC for outputs that do not play or carry it, for those who ask, and for all under `always`', () => {
      expect(codecOf(opus, browser)).toBe('aac');
      expect(codecOf(opus, ts)).toBe('aac');
      expect(codecOf(opus, flv)).toBeUndefined();
      expect(codecOf(opus, flv, 'aac')).toBe('aac');
      expect(codecOf(opus, flv, undefined, 'always')).toBe('aac');
      expect(codecOf(opus, flv, 'original', 'always')).toBeUndefined();
    });

    it('makes it for outputs that play nothing else, and for those who ask and carry it', () => {
      expect(codecOf(g711, conference)).toBe('opus');
      expect(codecOf(aac, conference)).toBe('opus');
      expect(codecOf(opus, conference)).toBeUndefined();
      expect(codecOf(g711, everything, 'opus')).toBe('opus');
      expect(codecOf(opus, everything, 'opus')).toBeUndefined();
      expect(codecOf(aac, ts, 'opus')).toBeUndefined();
      expect(codecOf(g711, flv)).toBe('aac');
    });

    it('makes a track of 48 kHz with as many channels as there are, for conferences under `always` too', () => {
      const { deriver } = setUp();
      const head = (channels: number) => ({ clockRate: 48_000, parameters: parseOpusHead(makeOpusHead({ channels })), info: { sampleRate: 48_000, channels } });
      expect(deriver.offer(g711, conference, '')?.track).toMatchObject({ id: 1, codec: 'opus', ...head(1) });
      expect(deriver.offer({ ...aac, info: { sampleRate: 16_000, channels: 2 } }, conference, '')?.track).toMatchObject(head(2));
      expect(codecOf(g711, { ...conference, accepts: ({ codec }) => codec === 'opus' }, undefined, 'always')).toBe('opus');
    });

    it('lets the original pass and says so where the part is missing', () => {
      const { deriver, notes } = setUp({}, true, false);
      expect(deriver.offer(opus, browser, '')).toBeUndefined();
      expect(deriver.offer(g711, conference, '')).toBeUndefined();
      expect(notes).toEqual(['hasOpus', 'hasOpus']);
    });

    it('is sent as it comes, at its times', async () => {
      const { deriver, orders } = setUp();
      const derivation = deriver.offer(opus, browser, '')?.start({ emit: () => {}, end: () => {}, count: () => {} });
      derivation?.push(createFrame(opus, 960, 960, true, [Buffer.from([0x78, 1, 2])]));
      await turn();
      expect(orders.slice(1)).toEqual([
        { kind: 'source', id: 1, source: { codec: 'opus', sampleRate: 48_000, channels: 2 } },
        { kind: 'unit', id: 1, seconds: 0.02, length: 3 },
      ]);
    });
  });

  describe('a derivation', () => {
    const outputOf = () => {
      const frames: Frame[] = [];
      const counts: string[] = [];
      let ended = 0;
      const output: DerivedOutput = { emit: (frame) => void frames.push(frame), end: () => void ended++, count: (kind) => void counts.push(kind) };
      return { output, frames, counts, ended: () => ended };
    };
    const unitsOf = (track: Track, bytes: number, count: number): Frame[] =>
      Array.from({ length: count }, (_, i) => createFrame(track, i * 40, i * 40, true, [Buffer.alloc(bytes)]));

    it('sends units at their times once their rate is known, and brings frames of the derived track', async () => {
      const { deriver, orders, thread } = setUp();
      const taker = outputOf();
      const offer = deriver.offer(g711, browser, '');
      const derivation = offer?.start(taker.output);
      for (const frame of unitsOf(g711, 640, 20)) derivation?.push(frame);
      await turn();
      expect(orders.slice(0, 2)).toEqual([
        { kind: 'open', id: 1, target: { codec: 'aac', sampleRate: 11_025, channels: 1, bitrate: 24_000 } },
        { kind: 'source', id: 1, source: { codec: 'g711a', sampleRate: 16_000, channels: 1 } },
      ]);
      expect(orders.slice(2).map((order) => (order.kind === 'unit' ? order.seconds : undefined))).toEqual(Array.from({ length: 20 }, (_, i) => i * 0.04));
      expect(taker.counts).toEqual(['audioRateFixed']);
      thread()?.results({ results: [{ kind: 'unit', id: 1, ticks: 1024, length: 3 }], bytes: Buffer.from('abc') });
      expect(taker.frames).toMatchObject([{ track: offer?.track, dts: 1024, pts: 1024, key: true, units: [Buffer.from('abc')] }]);
      derivation?.close();
    });

    it('does not wait for ever for a rate that cannot be measured', async () => {
      const { deriver, orders } = setUp();
      const derivation = deriver.offer(g711, browser, '')?.start(outputOf().output);
      for (let i = 0; i < 60; i++) derivation?.push(createFrame(g711, 0, 0, true, [Buffer.alloc(320)]));
      await turn();
      expect(orders.filter(({ kind }) => kind === 'unit').length).toBe(60);
    });

    it('that fails is not offered again for this track; no more are made than are allowed', async () => {
      const { deriver, thread, notes } = setUp({ maxTracks: 1 });
      const taker = outputOf();
      const derivation = deriver.offer(g711, browser, '')?.start(taker.output);
      expect(deriver.offer(g711, browser, '')?.start(taker.output)).toBeUndefined();
      for (const frame of unitsOf(g711, 320, 20)) derivation?.push(frame);
      await turn();
      thread()?.results({ results: [{ kind: 'failed', id: 1, message: 'no encoder' }], bytes: new Uint8Array(0) });
      expect(taker.ended()).toBe(1);
      expect(notes).toEqual(['full', 'no encoder']);
      expect(deriver.offer(g711, browser, '')).toBeUndefined();
      expect(deriver.offer({ ...g711, epoch: 1 }, browser, '')).toBeDefined();
    });
  });
});
