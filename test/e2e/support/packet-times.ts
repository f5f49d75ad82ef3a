import { frameBytes, type SourceTag } from './flv-sender.js';
import { run } from './programs.js';
import type { Server } from './server.js';

/** What ffprobe reads a stream from. */
export const OUTPUTS = ['HTTP-FLV', 'HLS', 'RTSP'] as const;
export type Output = (typeof OUTPUTS)[number];

/** A packet as ffprobe shows it. Times are NaN where it knows none. */
export interface Packet {
  readonly kind: string;
  readonly ptsMs: number;
  readonly dtsMs: number;
  readonly size: number;
  readonly isKey: boolean;
}

/** A packet, and when its frame was in the source. */
export interface Placed extends Packet {
  readonly trueMs: number;
  /** How much later, by the output's times, it is shown. */
  readonly byMs: number;
}

/** What came, not what is made for players: AAC of another rate. Transport streams have no G.711, so that it is made AAC there. */
const ORIGINAL = '?audio=original';

function addressOf(server: Server, output: Output, path: string, isMade: boolean): readonly string[] {
  if (output === 'RTSP') return ['-rtsp_transport', 'tcp', '-timeout', '5000000', server.url('rtsp', `${path}${ORIGINAL}`)];
  // As they are written: ffprobe guesses decoding times again where they are the presentation times.
  if (output === 'HLS') return ['-fflags', 'nofillin', server.url('http', `${path}.m3u8${isMade ? '' : ORIGINAL}`)];
  return ['-rw_timeout', '3000000', server.url('http', `${path}.flv${ORIGINAL}`)];
}

/** What ffprobe shows of so many seconds; of sound that is made for the output where `isMade`. */
export async function packetsOf(server: Server, output: Output, path: string, seconds: number, isMade = false): Promise<Packet[]> {
  const entries = 'packet=codec_type,pts_time,dts_time,size,flags';
  const read = ['-read_intervals', `%+${seconds}`, '-show_packets', '-show_entries', entries, '-of', 'compact=p=0'];
  const { stdout, stderr } = await run('ffprobe', ['-v', 'error', ...read, ...addressOf(server, output, path, isMade)], { timeoutMs: 20_000 });
  const lines = stdout.toString().split('\n');
  const packets = lines.filter((line) => line.startsWith('codec_type=')).map(packetOf);
  if (packets.length === 0) throw new Error(`ffprobe read nothing of ${path} over ${output}: ${stderr}`);
  return packets;
}

function packetOf(line: string): Packet {
  const fields = new Map(line.split('|').map((field) => [field.slice(0, field.indexOf('=')), field.slice(field.indexOf('=') + 1)]));
  const ms = (name: string): number => Number(fields.get(name)) * 1000;
  return {
    kind: fields.get('codec_type') ?? '',
    ptsMs: ms('pts_time'),
    dtsMs: ms('dts_time'),
    size: Number(fields.get('size')),
    isKey: fields.get('flags')?.startsWith('K') === true,
  };
}

/** What is made of one frame of a form may be larger than in another, by as much for all (an ADTS header, an access unit delimiter); parameter sets go with key frames. */
function addedTo({ kind, isKey, size }: Packet, tag: SourceTag | undefined): number | undefined {
  if (tag === undefined) return Number.NaN;
  return kind === 'video' && isKey ? undefined : size - frameBytes(tag);
}

/** How many packets, from the first on, are the frames of the source from `at` on. */
function runLength(packets: readonly Packet[], source: readonly SourceTag[], at: number): number {
  let known: number | undefined;
  for (const [i, packet] of packets.entries()) {
    const added = addedTo(packet, source[at + i]);
    if (added !== undefined && added !== (known ?? added)) return i;
    known ??= added;
  }
  return packets.length;
}

/** The number of each packet's frame in the source: the packets are so many runs of it, one behind the other. Frames are known by their sizes. */
function placeIn(packets: readonly Packet[], source: readonly SourceTag[], runs: number): number[] {
  const numbers: number[] = [];
  for (let run = 0, from = 0; numbers.length < packets.length; run++) {
    const rest = packets.slice(numbers.length);
    let [best, length] = [-1, 0];
    for (let at = from; at < source.length && length < rest.length; at++) {
      const here = runLength(rest, source, at);
      if (here > length) [best, length] = [at, here];
    }
    if (run === runs || length === 0) throw new Error(`${packets[0]?.kind} is no run of the source`);
    for (let i = 0; i < length; i++) numbers.push(best + i);
    from = best + length;
  }
  return numbers;
}

/**
 * The packets of one kind beside the frames of the source that they are. Those without a time are left out. `runs`: how often frames of the source may be left
 * out between them, and once.
 */
export function place(packets: readonly Packet[], kind: string, source: readonly SourceTag[], runs = 1): Placed[] {
  const own = packets.filter((packet) => packet.kind === kind);
  const frames = source.filter((tag) => tag.kind === kind && !tag.isConfig);
  const numbers = placeIn(own, frames, runs);
  return own
    .map((packet, i) => ({ packet, trueMs: (frames[numbers[i] as number] as SourceTag).ptsMs }))
    .map(({ packet, trueMs }) => ({ ...packet, trueMs, byMs: packet.ptsMs - trueMs }))
    .filter(({ ptsMs }) => !Number.isNaN(ptsMs));
}
