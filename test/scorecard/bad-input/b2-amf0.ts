import { handshake, message, publishing } from '../../e2e/support/rtmp-bytes.js';
import type { ScorecardTest, Site } from '../types.js';

const CLOSED_MS = 1000;
const CPU_SECONDS = 1;
const GROWN_BYTES = 5e6;

const string = (text: string): Buffer => Buffer.concat([Buffer.from([2, text.length >> 8, text.length & 0xff]), Buffer.from(text)]);
const connectCommand = Buffer.concat([string('connect'), Buffer.from([0, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0])]);

/** `{ a: { a: { a: …` or `[ [ [ …`, as deep as it says. */
const nested = (depth: number, level: readonly number[]): Buffer => Buffer.alloc(depth * level.length, Buffer.from(level));
const OBJECT = [3, 0, 1, 0x61];
const ARRAY = [10, 0, 0, 0, 1];

const BODIES: readonly (readonly [name: string, body: Buffer])[] = [
  ...[1_000, 20_000, 200_000, 4_000_000].flatMap((depth) => [
    [`objects ${depth} deep`, nested(depth, OBJECT)] as const,
    [`arrays ${depth} deep`, nested(depth, ARRAY)] as const,
  ]),
  ['a strict array of 2^32', Buffer.from([10, 0xff, 0xff, 0xff, 0xff, 5, 5, 5])],
  ['an ECMA array of 2^32', Buffer.from([8, 0xff, 0xff, 0xff, 0xff, 0, 1, 0x61, 5])],
  ['a long string of 2^32', Buffer.from([12, 0xff, 0xff, 0xff, 0xff, 0x61])],
];

/** The message in chunks of `chunkBytes`; beyond 128 they are announced. */
function inChunks(type: number, streamId: number, body: Buffer, chunkBytes: number): Buffer {
  if (chunkBytes === 128) return message(type, body, streamId);
  const size = Buffer.alloc(4);
  size.writeUInt32BE(chunkBytes);
  const [first = Buffer.alloc(0)] = [message(type, Buffer.alloc(0), streamId)];
  first.writeUIntBE(Math.min(body.length, 0xffffff), 4, 3);
  const parts = [message(1, size), first];
  for (let at = 0; at < body.length; at += chunkBytes) {
    if (at > 0) parts.push(Buffer.from([0xc3]));
    parts.push(body.subarray(at, at + chunkBytes));
  }
  return Buffer.concat(parts);
}

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);

/** How long the connection that sends it lasts, in milliseconds. */
async function lasts(site: Site, bytes: Buffer): Promise<number> {
  const connection = site.tcp(site.ports.rtmp);
  const startedMs = performance.now();
  void connection.send(Buffer.concat([handshake, bytes]));
  const closed = await connection.closesWithin(10_000);
  const ms = performance.now() - startedMs;
  connection.close();
  return closed ? ms : Number.POSITIVE_INFINITY;
}

/** B2: what an AMF0 parser that recurses, or believes counts, dies of. */
export const b2: ScorecardTest = {
  id: 'B2',
  title: 'AMF0 nested, arrays of 2^32',
  async run(site) {
    let slowestMs = 0;
    let mostCpu = 0;
    let grown = 0;
    const before = site.usage().rssBytes;
    for (const [name, body] of BODIES) {
      for (const chunkBytes of [128, 65_536]) {
        const sent: readonly (readonly [string, Buffer])[] = [
          ['command', inChunks(20, 0, Buffer.concat([connectCommand, body]), chunkBytes)],
          ['metadata', Buffer.concat([publishing('b2', 'amf0'), inChunks(18, 1, Buffer.concat([string('onMetaData'), body]), chunkBytes)])],
        ];
        for (const [kind, bytes] of sent) {
          const what = `${kind} of ${name} in chunks of ${chunkBytes}`;
          const cpu = site.usage().cpuSeconds;
          const ms = await lasts(site, bytes);
          const usage = site.usage();
          slowestMs = Math.max(slowestMs, ms);
          mostCpu = Math.max(mostCpu, usage.cpuSeconds - cpu);
          grown = Math.max(grown, usage.rssBytes - before);
          if (ms > CLOSED_MS) throw new Error(`${what}: closed after ${Math.round(ms)} ms`);
          if (usage.cpuSeconds - cpu > CPU_SECONDS) throw new Error(`${what}: ${(usage.cpuSeconds - cpu).toFixed(2)} s of CPU`);
          if (grown > GROWN_BYTES) throw new Error(`${what}: RSS +${megabytes(grown)} MB`);
        }
      }
    }
    return `${BODIES.length * 4} closed in ≤ ${Math.round(slowestMs)} ms, CPU ≤ ${mostCpu.toFixed(2)} s, RSS +${megabytes(grown)} MB`;
  },
};
