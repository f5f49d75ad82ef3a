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
  if (output === 'HLS') return [server.url('http', `${path}.m3u8${isMade ? '' : ORIGINAL}`)];
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

/**
 * Where the packets of one kind stand among the source's frames; -1 where they are no run of them. They are known by their sizes, to which each form
 * adds the same for all (an ADTS header, an access unit delimiter); key frames, which parameter sets go with, are passed over.
 */
function placeIn(packets: readonly Packet[], source: readonly SourceTag[]): number {
  for (let at = 0; at + packets.length <= source.length; at++) {
    const added = new Set<number>();
    for (const [i, { isKey, size }] of packets.entries()) {
      const tag = source[at + i] as SourceTag;
      if (tag.kind === 'audio' || !isKey) added.add(size - frameBytes(tag));
      if (added.size > 1) break;
    }
    if (added.size <= 1) return at;
  }
  return -1;
}

/** The packets of one kind beside the frames of the source that they are. Those without a time are left out. */
export function place(packets: readonly Packet[], kind: string, source: readonly SourceTag[]): Placed[] {
  const own = packets.filter((packet) => packet.kind === kind);
  const frames = source.filter((tag) => tag.kind === kind && !tag.isConfig);
  const at = placeIn(own, frames);
  if (at < 0) throw new Error(`${kind} is no run of the source`);
  return own
    .map((packet, i) => ({ ...packet, trueMs: (frames[at + i] as SourceTag).ptsMs, byMs: packet.ptsMs - (frames[at + i] as SourceTag).ptsMs }))
    .filter(({ ptsMs }) => !Number.isNaN(ptsMs));
}
