import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Rewrite, readFlv, type SourceTag, sendFlv } from './support/flv-sender.js';
import { media } from './support/paths.js';
import { describeWith, killAll, run, start } from './support/programs.js';
import { type Server, startServer, streamState } from './support/server.js';

const FILE = media('avatar.flv');
const SECONDS = 11;
const READ_SECONDS = 8;
/** So many are published at once. */
const AT_ONCE = 5;
const HOUR_MS = 3_600_000;

interface StreamBody {
  readonly state: string;
  readonly tracks: readonly { readonly kind: string; readonly sampleRate?: number }[];
  readonly health: Readonly<Record<string, number>>;
}

interface TimesBody {
  readonly frames: readonly unknown[];
  readonly repaired: readonly { readonly dts: number; readonly outDts: number }[];
}

/** A packet as ffprobe shows it. */
interface Packet {
  readonly kind: string;
  readonly dtsMs: number;
  readonly size: number;
}

const late = (tag: SourceTag): boolean => tag.dtsMs > 4000;
const onlyOf =
  (kind: string, rewrite: Rewrite): Rewrite =>
  (tag) =>
    tag.kind === kind ? rewrite(tag) : tag.dtsMs;

interface Fault {
  readonly rewrite: Rewrite;
  /** Kinds of repair that the stream's health must show, and no others. */
  readonly kinds: readonly string[];
  /** Sound of another rate than the file's. */
  readonly sound?: 'slow' | 'double';
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
  'wrap-24': { rewrite: ({ dtsMs }) => (dtsMs + 2 ** 24 - 4000) % 2 ** 24, kinds: ['timestampWraps'] },
  'wrap-32': { rewrite: ({ dtsMs }) => (dtsMs + 2 ** 32 - 4000) % 2 ** 32, kinds: [] },
  drift: { rewrite: onlyOf('audio', ({ dtsMs }) => dtsMs * 1.03), kinds: ['timestampsOffSamples'] },
  frozen: { rewrite: () => 0, kinds: ['timestampZeroDeltas', 'timestampsFrozen', 'timestampsOffSamples'] },
  'sound-frozen': { rewrite: onlyOf('audio', () => 0), kinds: ['timestampZeroDeltas', 'timestampsOffSamples'] },
  'steps-of-92': { sound: 'slow', rewrite: onlyOf('audio', ({ dtsMs, index }) => index * 92 + Math.floor((dtsMs - index * 92) / 60) * 60), kinds: [] },
  'double-steps-of-92': {
    sound: 'double',
    rewrite: onlyOf('audio', ({ dtsMs, index }) => index * 92 - Math.floor((index * 92 - dtsMs) / 2000) * 2000),
    kinds: ['sampleRateFound', 'timestampsOffSamples'],
  },
};

/** Where the packets stand among the source's frames: by their sizes. */
function placeIn(packets: readonly Packet[], source: readonly SourceTag[]): number {
  const headBytes = source[0]?.kind === 'video' ? 5 : 2;
  const sizes = source.map(({ body }) => body.length - headBytes);
  for (let at = 0; at + packets.length <= sizes.length; at++) if (packets.every(({ size }, i) => size === sizes[at + i])) return at;
  return -1;
}

async function packetsOf(url: string): Promise<Packet[]> {
  const read = ['-read_intervals', `%+${READ_SECONDS}`, '-show_entries', 'packet=codec_type,dts,size', '-of', 'csv=p=0', url];
  const { stdout } = await run('ffprobe', ['-v', 'error', '-rw_timeout', '3000000', ...read]);
  return stdout
    .toString()
    .trim()
    .split('\n')
    .map((line) => {
      const [kind = '', dts = '', size = ''] = line.split(',');
      return { kind, dtsMs: Number(dts), size: Number(size) };
    });
}

describeWith({ programs: ['ffmpeg', 'ffprobe'], files: [FILE] }, 'broken timestamps over RTMP come out of HTTP-FLV', () => {
  let server: Server;
  let folder: string;
  const sources = new Map<string, readonly SourceTag[]>();
  const read = new Map<string, readonly Packet[]>();
  const streams = new Map<string, StreamBody>();
  const times = new Map<string, TimesBody>();

  /** The picture of the file with sound of another rate. */
  async function withSound(sampleRate: number): Promise<SourceTag[]> {
    const file = join(folder, `${sampleRate}.flv`);
    await run('ffmpeg', ['-v', 'error', '-i', FILE, '-t', '12', '-c:v', 'copy', '-c:a', 'aac', '-ar', String(sampleRate), '-ac', '1', file]);
    return readFlv(file, SECONDS);
  }

  /** Lets the AudioSpecificConfig say 11,025 Hz: frequency index 10 in place of 7 (ISO/IEC 14496-3 1.6.2.1). */
  function claim11025(tags: readonly SourceTag[]): SourceTag[] {
    return tags.map((tag) => {
      if (tag.kind !== 'audio' || !tag.isConfig) return tag;
      const body = Buffer.from(tag.body);
      body.writeUInt16BE((body.readUInt16BE(2) & ~0x0780) | (10 << 7), 2);
      return { ...tag, body };
    });
  }

  async function observe(name: string): Promise<void> {
    const sender = sendFlv(server.ports.rtmp, `live/${name}`, sources.get(name) ?? [], (FAULTS[name] as Fault).rewrite);
    await streamState<StreamBody>(server, `live/${name}`, ({ state }) => state === 'live');
    // Not what is made for players of HTTP-FLV, but what came.
    read.set(name, await packetsOf(server.url('http', `live/${name}.flv?audio=original`)));
    streams.set(name, (await server.api<StreamBody>(`/streams/live/${name}`)).body);
    times.set(name, (await server.api<TimesBody>(`/timestamps/live/${name}`)).body);
    sender.stop();
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-times-'));
    server = await startServer('server');
    const plain = readFlv(FILE, SECONDS);
    const slow = await withSound(11_025);
    const double = claim11025(await withSound(22_050));
    const names = Object.keys(FAULTS);
    for (const name of names) sources.set(name, { plain, slow, double }[FAULTS[name]?.sound ?? 'plain']);
    for (let at = 0; at < names.length; at += AT_ONCE) await Promise.all(names.slice(at, at + AT_ONCE).map(observe));
  }, 90_000);
  afterAll(async () => {
    await server.stop();
    await killAll();
    rmSync(folder, { recursive: true, force: true });
  }, 30_000);

  describe.each(Object.entries(FAULTS))('%s', (name, { kinds }) => {
    const of = (kind: string): Packet[] => (read.get(name) ?? []).filter((packet) => packet.kind === kind);
    /** How far each packet was moved, in ms. */
    const moves = (kind: string): { readonly trueMs: number; readonly byMs: number }[] => {
      const source = (sources.get(name) ?? []).filter((tag) => tag.kind === kind && !tag.isConfig);
      const packets = of(kind);
      const at = placeIn(packets, source);
      expect(at).toBeGreaterThanOrEqual(0);
      return packets.map(({ dtsMs }, i) => ({ trueMs: (source[at + i] as SourceTag).dtsMs, byMs: dtsMs - (source[at + i] as SourceTag).dtsMs }));
    };

    it('increases, on both tracks', () => {
      for (const kind of ['video', 'audio']) {
        const packets = of(kind);
        expect(packets.length).toBeGreaterThan(60);
        expect(packets.filter(({ dtsMs }, i) => i > 0 && dtsMs <= (packets[i - 1] as Packet).dtsMs)).toEqual([]);
      }
    });

    it('keeps sound and picture within 100 ms', () => {
      const pictures = moves('video');
      const apart = moves('audio')
        .filter(({ trueMs }) => trueMs > 2000)
        .map(({ trueMs, byMs }) => byMs - (pictures.findLast((picture) => picture.trueMs <= trueMs)?.byMs ?? Number.NaN))
        .filter((ms) => !Number.isNaN(ms));
      expect(apart.length).toBeGreaterThan(50);
      expect(Math.max(...apart.map(Math.abs))).toBeLessThan(100);
    });

    it('shows in the API what was repaired', () => {
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
  });

  it('passes clean times as they are', () => {
    const [first] = read.get('clean') ?? [];
    expect(first).toBeDefined();
    const source = (sources.get('clean') ?? []).filter(({ kind, isConfig }) => kind === 'video' && !isConfig);
    const packets = (read.get('clean') ?? []).filter(({ kind }) => kind === 'video');
    const at = placeIn(packets, source);
    expect(packets.map(({ dtsMs }) => dtsMs)).toEqual(source.slice(at, at + packets.length).map(({ dtsMs }) => dtsMs));
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

describeWith({ programs: ['ffmpeg', 'ffprobe'], files: [FILE] }, 'ffmpeg publishes', () => {
  let server: Server;
  beforeAll(async () => {
    server = await startServer('server');
  }, 60_000);
  afterAll(async () => {
    await server.stop();
    await killAll();
  }, 30_000);

  const publish = (name: string, ...filters: readonly string[]): void =>
    void start('ffmpeg', ['-v', 'error', '-re', '-i', FILE, '-c', 'copy', ...filters, '-f', 'flv', server.url('rtmp', `live/${name}`)]);

  it('as it should: nothing is repaired', async () => {
    publish('fine');
    await streamState<StreamBody>(server, 'live/fine', ({ state }) => state === 'live');
    const packets = await packetsOf(server.url('http', 'live/fine.flv'));
    expect(packets.length).toBeGreaterThan(300);
    expect((await server.api<StreamBody>('/streams/live/fine')).body.health.timestampRepairs).toBe(0);
  }, 60_000);

  it('pictures of one time, and a leap (by its own bitstream filter)', async () => {
    publish('setts', '-bsf:v', "setts=ts='if(lt(mod(N,8),4),floor(N/8)*320,TS)+if(gt(N,100),60000,0)'");
    await streamState<StreamBody>(server, 'live/setts', ({ state }) => state === 'live');
    const pictures = (await packetsOf(server.url('http', 'live/setts.flv'))).filter(({ kind }) => kind === 'video');
    const steps = pictures.slice(1).map(({ dtsMs }, i) => dtsMs - (pictures[i] as Packet).dtsMs);
    expect(Math.min(...steps)).toBeGreaterThan(0);
    expect((pictures.at(-1)?.dtsMs ?? 0) - (pictures[0]?.dtsMs ?? 0)).toBeLessThan(20_000);
    const { health } = (await server.api<StreamBody>('/streams/live/setts')).body;
    expect(health.timestampZeroDeltas).toBeGreaterThan(20);
  }, 60_000);
});
