import { readFlv, type SourceTag } from './support/flv-sender.js';
import { type Output, type Packet, type Placed, packetsOf, place } from './support/packet-times.js';
import { media } from './support/paths.js';
import { describeWith, killAll, start } from './support/programs.js';
import { type RewriteTimestamp, rewriteRtp } from './support/rtp-rewriter.js';
import { type Server, startServer, streamState } from './support/server.js';

const FILE = media('avatar.flv');
const SECONDS = 12;
const READ_SECONDS = 7;
/** Of picture and sound in the file, in the order they are set up. */
const CLOCK_RATES = [90_000, 44_100];
const OUTPUTS: readonly Output[] = ['HTTP-FLV', 'HLS', 'RTSP'];

interface StreamBody {
  readonly state: string;
  readonly tracks: readonly unknown[];
  readonly health: Readonly<Record<string, number>>;
}

interface Fault {
  /** What the camera says for so many ticks since its first time stamp. */
  readonly says: (ticks: number, clockRate: number) => number;
  /** Kinds of repair that the stream's health must show; where there are none, no others either. */
  readonly kinds: readonly string[];
  /** Before that much of the stream, pictures are not in their order: nothing shows yet what the clock counts. */
  readonly foundMs?: number;
}

const FAULTS: Readonly<Record<string, Fault>> = {
  clean: { says: (ticks) => ticks + 1_000_000, kinds: [] },
  'round-after-4-s': { says: (ticks, clockRate) => (ticks + 2 ** 32 - 4 * clockRate) % 2 ** 32, kinds: [] },
  milliseconds: { says: (ticks, clockRate) => Math.round((ticks * 1000) / clockRate) + 1_000_000, kinds: ['timestampsInMilliseconds'], foundMs: 1500 },
};

/** A clock for each channel that begins with the first time stamp seen there. */
function clocks({ says }: Fault): RewriteTimestamp {
  const firsts = new Map<number, number>();
  return (timestamp, channel) => {
    const first = firsts.get(channel) ?? timestamp;
    firsts.set(channel, first);
    return says((timestamp - first) | 0, CLOCK_RATES[channel / 2] as number);
  };
}

describeWith({ programs: ['ffmpeg', 'ffprobe'], files: [FILE] }, 'a camera over RTSP whose time stamps', () => {
  let server: Server;
  const source: readonly SourceTag[] = readFlv(FILE, SECONDS);
  const read = new Map<string, readonly Packet[]>();
  const health = new Map<string, Readonly<Record<string, number>>>();

  async function observe(name: string): Promise<void> {
    const path = `live/${name}`;
    const camera = await rewriteRtp(server.ports.rtsp, clocks(FAULTS[name] as Fault));
    const url = `rtsp://127.0.0.1:${camera.port}/${path}`;
    const pushing = start('ffmpeg', ['-v', 'error', '-re', '-i', FILE, '-c', 'copy', '-f', 'rtsp', '-rtsp_transport', 'tcp', url]);
    await streamState<StreamBody>(server, path, ({ state, tracks }) => state === 'live' && tracks.length === 2);
    await Promise.all(OUTPUTS.map(async (output) => read.set(`${name} ${output}`, await packetsOf(server, output, path, READ_SECONDS))));
    health.set(name, (await server.api<StreamBody>(`/streams/${path}`)).body.health);
    await pushing.stop();
    camera.close();
  }

  beforeAll(async () => {
    server = await startServer('server', ['hls.segmentSeconds=1']);
    await Promise.all(Object.keys(FAULTS).map(observe));
  }, 90_000);
  afterAll(async () => {
    await server.stop();
    await killAll();
  }, 30_000);

  const placed = (name: string, output: Output, kind: string): Placed[] => {
    const packets = (read.get(`${name} ${output}`) ?? []).filter((packet) => packet.kind === kind);
    return place(packets, kind, source).sort((one, other) => one.trueMs - other.trueMs);
  };

  describe.each(Object.keys(FAULTS).flatMap((name) => OUTPUTS.map((output) => [name, output] as const)))('are %s, seen over %s', (name, output) => {
    it('shows pictures in their order, and sound', () => {
      for (const kind of ['video', 'audio']) {
        const packets = placed(name, output, kind).filter(({ trueMs }) => trueMs >= (FAULTS[name]?.foundMs ?? 0));
        expect(packets.length).toBeGreaterThan(60);
        expect(packets.filter(({ ptsMs }, i) => i > 0 && ptsMs <= (packets[i - 1] as Placed).ptsMs)).toEqual([]);
      }
    });

    it('keeps sound and picture within 100 ms', () => {
      const pictures = placed(name, output, 'video');
      const apart = placed(name, output, 'audio')
        .filter(({ trueMs }) => trueMs > 2000)
        .map(({ trueMs, byMs }) => byMs - (pictures.findLast((picture) => picture.trueMs <= trueMs)?.byMs ?? Number.NaN))
        .filter((ms) => !Number.isNaN(ms));
      expect(apart.length).toBeGreaterThan(50);
      expect(Math.max(...apart.map(Math.abs))).toBeLessThan(100);
    });
  });

  it.each(Object.entries(FAULTS))('%s: shows in the API what was repaired', (name, { kinds }) => {
    const repairs = Object.keys(health.get(name) ?? {}).filter((kind) => /timestamp/.test(kind) && kind !== 'timestampRepairs');
    expect(repairs).toEqual(expect.arrayContaining([...kinds]));
    if (kinds.length === 0) expect(repairs).toEqual([]);
  });
});
