import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { joinSound, type Rewrite, readFlv, type SourceTag, sendFlv } from './support/flv-sender.js';
import { OUTPUTS, type Output, type Packet, type Placed, packetsOf, place } from './support/packet-times.js';
import { media } from './support/paths.js';
import { describeWith, killAll, run, start } from './support/programs.js';
import { type Server, startServer, streamState } from './support/server.js';

const FILE = media('avatar.flv');
const SECONDS = 11;
const READ_SECONDS = 7;
/** So many are published at once. */
const AT_ONCE = 5;
const HOUR_MS = 3_600_000;
/** The first picture, and with B frames two more. */
const MAX_UNTIMED = 3;
/** How long a frame of the AAC is that is made of G.711. */
const MADE_AAC_MS = 1_024_000 / 11_025;

interface StreamBody {
  readonly state: string;
  readonly tracks: readonly { readonly kind: string; readonly sampleRate?: number }[];
  readonly health: Readonly<Record<string, number>>;
}

interface TimesBody {
  readonly frames: readonly unknown[];
  readonly repaired: readonly { readonly dts: number; readonly outDts: number }[];
}

const late = (tag: SourceTag): boolean => tag.dtsMs > 4000;
const onlyOf =
  (kind: string, rewrite: Rewrite): Rewrite =>
  (tag) =>
    tag.kind === kind ? rewrite(tag) : tag.dtsMs;
const roundAt =
  (wrapMs: number): Rewrite =>
  ({ dtsMs }) =>
    (dtsMs + wrapMs - 4000) % wrapMs;

/** The picture of the file, with its sound or another. */
type Material = 'plain' | 'slow' | 'double' | 'g711';

interface Fault {
  /** What is wrong with the times; without it, ffmpeg publishes. */
  readonly rewrite?: Rewrite;
  /** Kinds of repair that the stream's health must show, and no others. */
  readonly kinds: readonly string[];
  readonly material?: Material;
}

const FAULTS: Record<string, Fault> = {
  clean: { rewrite: ({ dtsMs }) => dtsMs, kinds: [] },
  'leap-forth': { rewrite: (tag) => tag.dtsMs + (late(tag) ? HOUR_MS : 0), kinds: ['timestampJumps'] },
  'leap-back': { rewrite: (tag) => tag.dtsMs + (late(tag) ? 10_000 : 20_000), kinds: ['timestampJumps'] },
  hops: { rewrite: ({ dtsMs }) => dtsMs + (Math.floor(dtsMs / 1500) % 2) * 7000, kinds: ['timestampJumps'] },
  'picture-alone': { rewrite: onlyOf('video', (tag) => tag.dtsMs + (late(tag) ? HOUR_MS : 0)), kinds: ['timestampJumps'] },
  'sound-ahead': { rewrite: onlyOf('audio', ({ dtsMs }) => dtsMs + 5000), kinds: ['timestampSkews'] },
  'zero-deltas': {
    rewrite: onlyOf('video', ({ dtsMs, index }) => (index % 8 < 4 ? Math.floor(index / 8) * 320 : dtsMs)),
    kinds: ['timestampZeroDeltas'],
  },
  'steps-back': { rewrite: onlyOf('video', ({ dtsMs, index }) => (index % 10 === 5 ? dtsMs - 100 : dtsMs)), kinds: ['timestampsBackward'] },
  'wrap-24': { rewrite: roundAt(2 ** 24), kinds: ['timestampWraps'] },
  'wrap-32': { rewrite: roundAt(2 ** 32), kinds: [] },
  // In milliseconds, as what came from MPEG with a clock of 90 kHz is sent on.
  'wrap-32-of-90-khz': { rewrite: roundAt(2 ** 32 / 90), kinds: ['timestampWraps'] },
  'wrap-33-of-90-khz': { rewrite: roundAt(2 ** 33 / 90), kinds: ['timestampWraps'] },
  drift: { rewrite: onlyOf('audio', ({ dtsMs }) => dtsMs * 1.03), kinds: ['timestampsOffSamples'] },
  frozen: { rewrite: () => 0, kinds: ['timestampZeroDeltas', 'timestampsFrozen', 'timestampsOffSamples'] },
  'sound-frozen': { rewrite: onlyOf('audio', () => 0), kinds: ['timestampZeroDeltas', 'timestampsOffSamples'] },
  'steps-of-92': {
    material: 'slow',
    rewrite: onlyOf('audio', ({ dtsMs, index }) => index * 92 + Math.floor((dtsMs - index * 92) / 60) * 60),
    kinds: [],
  },
  'double-steps-of-92': {
    material: 'double',
    rewrite: onlyOf('audio', ({ dtsMs, index }) => index * 92 - Math.floor((index * 92 - dtsMs) / 2000) * 2000),
    kinds: ['sampleRateFound', 'timestampsOffSamples'],
  },
  'g711-counted-at-8-khz': { material: 'g711', rewrite: onlyOf('audio', ({ dtsMs }) => (dtsMs * 8) / 90), kinds: ['timestampsOffSamples'] },
  'ffmpeg-as-it-should': { kinds: [] },
};

describeWith({ programs: ['ffmpeg', 'ffprobe'], files: [FILE] }, 'broken timestamps', () => {
  let server: Server;
  let folder: string;
  const sources = new Map<Material, readonly SourceTag[]>();
  const read = new Map<string, readonly Packet[]>();
  const streams = new Map<string, StreamBody>();
  const times = new Map<string, TimesBody>();

  const fileOf = (material: Material): string => (material === 'plain' ? FILE : join(folder, `${material}.flv`));
  const materialOf = (name: string): Material => FAULTS[name]?.material ?? 'plain';
  const sourceOf = (name: string): readonly SourceTag[] => sources.get(materialOf(name)) ?? [];

  /** Sound of G.711 is made AAC for HLS. */
  const isMade = (name: string, output: Output): boolean => materialOf(name) === 'g711' && output === 'HLS';

  async function make(material: Material, codecs: readonly string[]): Promise<void> {
    await run('ffmpeg', ['-v', 'error', '-i', FILE, '-t', '12', ...codecs, fileOf(material)]);
    sources.set(material, readFlv(fileOf(material), SECONDS));
  }
  const aacOf = (sampleRate: number): readonly string[] => ['-c:v', 'copy', '-c:a', 'aac', '-ar', String(sampleRate), '-ac', '1'];

  /** Lets the AudioSpecificConfig say 11,025 Hz: frequency index 10 in place of 7 (ISO/IEC 14496-3 1.6.2.1). */
  function claim11025(tags: readonly SourceTag[]): SourceTag[] {
    return tags.map((tag) => {
      if (tag.kind !== 'audio' || !tag.isConfig) return tag;
      const body = Buffer.from(tag.body);
      body.writeUInt16BE((body.readUInt16BE(2) & ~0x0780) | (10 << 7), 2);
      return { ...tag, body };
    });
  }

  function publish(name: string): { stop(): unknown } {
    const { rewrite } = FAULTS[name] as Fault;
    if (rewrite !== undefined) return sendFlv(server.ports.rtmp, `live/${name}`, sourceOf(name), rewrite);
    return start('ffmpeg', ['-v', 'error', '-re', '-i', FILE, '-c', 'copy', '-f', 'flv', server.url('rtmp', `live/${name}`)]);
  }

  /** Starting a program holds this process up, and with it the publishers: one goes on between two starts, as arrival is all that frozen times have. */
  let turn: Promise<unknown> = Promise.resolve();
  function myTurn(): Promise<unknown> {
    turn = turn.then(() => setImmediate());
    return turn;
  }

  async function observe(name: string): Promise<void> {
    const publisher = publish(name);
    await streamState<StreamBody>(server, `live/${name}`, ({ state, tracks }) => state === 'live' && tracks.length === 2);
    const readFrom = async (output: Output): Promise<void> => {
      await myTurn();
      read.set(`${name} ${output}`, await packetsOf(server, output, `live/${name}`, READ_SECONDS, isMade(name, output)));
    };
    const hls = readFrom('HLS');
    await Promise.all(OUTPUTS.filter((output) => output !== 'HLS').map(readFrom));
    streams.set(name, (await server.api<StreamBody>(`/streams/live/${name}`)).body);
    times.set(name, (await server.api<TimesBody>(`/timestamps/live/${name}`)).body);
    // Its segments end with the next key frame.
    await hls;
    publisher.stop();
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-times-'));
    sources.set('plain', readFlv(FILE, SECONDS));
    [server] = await Promise.all([
      startServer('server', ['hls.segmentSeconds=1']),
      make('slow', aacOf(11_025)),
      make('double', aacOf(22_050)),
      make('g711', ['-c:v', 'copy', '-c:a', 'pcm_alaw', '-ar', '8000', '-ac', '1']),
    ]);
    sources.set('g711', joinSound(sources.get('g711') ?? []));
    sources.set('double', claim11025(sources.get('double') ?? []));
    const names = Object.keys(FAULTS);
    for (let at = 0; at < names.length; at += AT_ONCE) await Promise.all(names.slice(at, at + AT_ONCE).map(observe));
  }, 120_000);
  afterAll(async () => {
    await server.stop();
    await killAll();
    rmSync(folder, { recursive: true, force: true });
  }, 30_000);

  const packets = (name: string, output: Output, kind: string): readonly Packet[] =>
    (read.get(`${name} ${output}`) ?? []).filter((packet) => packet.kind === kind);
  /** Sound that is found to be of another rate is another track: in HLS, it goes on with the next segment. */
  const runsOf = (name: string, output: Output, kind: string): number =>
    output === 'HLS' && kind === 'audio' && FAULTS[name]?.kinds.includes('sampleRateFound') === true ? 2 : 1;
  const placed = (name: string, output: Output, kind: string): Placed[] => place(packets(name, output, kind), kind, sourceOf(name), runsOf(name, output, kind));

  /** AAC that is made of the sound lasts as long as its samples do; where it begins is the matter of other tests. */
  function placedMade(made: readonly Packet[], pictures: readonly Placed[]): Placed[] {
    const [first] = made;
    const byMs = pictures[0]?.byMs ?? Number.NaN;
    return made.map((packet, i) => {
      const trueMs = (first?.ptsMs ?? Number.NaN) - byMs + i * MADE_AAC_MS;
      return { ...packet, trueMs, byMs: packet.ptsMs - trueMs };
    });
  }

  describe.each(Object.keys(FAULTS).flatMap((name) => OUTPUTS.map((output) => [name, output] as const)))('%s over %s', (name, output) => {
    it('increases, on both tracks', () => {
      for (const kind of ['video', 'audio']) {
        const all = packets(name, output, kind);
        expect(all.length).toBeGreaterThan(60);
        const timed = all.filter(({ dtsMs }) => !Number.isNaN(dtsMs));
        // RTP has no decoding times: ffprobe guesses those of pictures by their order, and cannot for the first ones.
        const untimed = output === 'RTSP' && kind === 'video' ? all.slice(0, MAX_UNTIMED) : [];
        expect(all.filter((packet) => Number.isNaN(packet.dtsMs) && !untimed.includes(packet))).toEqual([]);
        expect(timed.filter(({ dtsMs }, i) => i > 0 && dtsMs <= (timed[i - 1] as Packet).dtsMs)).toEqual([]);
      }
    });

    it('shows pictures in their order', () => {
      const pictures = placed(name, output, 'video').sort((one, other) => one.trueMs - other.trueMs);
      expect(pictures.filter(({ ptsMs }, i) => i > 0 && ptsMs <= (pictures[i - 1] as Placed).ptsMs)).toEqual([]);
    });

    it('keeps sound and picture within 100 ms', () => {
      const pictures = placed(name, output, 'video').sort((one, other) => one.trueMs - other.trueMs);
      const sound = isMade(name, output) ? placedMade(packets(name, output, 'audio'), pictures) : placed(name, output, 'audio');
      const apart = sound
        .filter(({ trueMs }) => trueMs > 2000)
        .map(({ trueMs, byMs }) => byMs - (pictures.findLast((picture) => picture.trueMs <= trueMs)?.byMs ?? Number.NaN))
        .filter((ms) => !Number.isNaN(ms));
      expect(apart.length).toBeGreaterThan(isMade(name, output) ? 40 : 50);
      expect(Math.max(...apart.map(Math.abs))).toBeLessThan(100);
    });
  });

  it.each(Object.entries(FAULTS))('%s: shows in the API what was repaired', (name, { kinds }) => {
    const { health = {} } = streams.get(name) ?? {};
    const { timestampRepairs, ...others } = health;
    expect(
      Object.keys(others)
        .filter((kind) => /timestamp|sampleRate/.test(kind))
        .sort(),
    ).toEqual(kinds);
    if (kinds.length === 0) expect(timestampRepairs).toBe(0);
    else expect(timestampRepairs).toBeGreaterThan(0);
  });

  it.each(OUTPUTS)('passes clean times as they are over %s', (output) => {
    for (const kind of ['video', 'audio']) {
      const moved = placed('clean', output, kind).map(({ byMs }) => byMs);
      // Those of FLV are the publisher's own, others begin elsewhere.
      if (output === 'HTTP-FLV') expect(Math.max(...moved.map(Math.abs))).toBeLessThan(0.01);
      expect(Math.max(...moved) - Math.min(...moved)).toBeLessThan(1);
    }
  });

  it('says the true rate of the samples', () => {
    const rateOf = (name: string): number | undefined => streams.get(name)?.tracks.find(({ kind }) => kind === 'audio')?.sampleRate;
    expect([rateOf('clean'), rateOf('steps-of-92'), rateOf('double-steps-of-92')]).toEqual([44_100, 11_025, 22_050]);
  });

  it('shows times as they came', async () => {
    expect(times.get('clean')?.repaired).toEqual([]);
    expect(times.get('clean')?.frames).toHaveLength(64);
    const last = times.get('frozen')?.repaired.at(-1);
    expect(last?.dts).toBe(0);
    expect(last?.outDts).toBeGreaterThan(5000);
    expect((await server.api('/timestamps/live/none')).status).toBe(404);
  });
});
