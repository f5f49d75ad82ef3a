import { handshake, message, publishing } from '../../e2e/support/rtmp-bytes.js';
import { megabytes, metered } from '../meter.js';
import type { ScorecardTest, Site } from '../types.js';
import { ping } from './rtmp-control.js';

const ENDED_MS = 1000;
const CPU_SECONDS = 1;
const GROWN_BYTES = 5e6;
/** What 24 bits of length can hold, and the command's name with it. */
const LONGEST = 0xff_ff00;

const string = (text: string): Buffer => Buffer.concat([Buffer.from([2, text.length >> 8, text.length & 0xff]), Buffer.from(text)]);
const connectCommand = Buffer.concat([string('connect'), Buffer.from([0, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0])]);

/** `{ a: { a: { a: …` or `[ [ [ …`, as deep as it says. */
const nested = (depth: number, level: readonly number[]): Buffer => Buffer.alloc(Math.min(depth * level.length, LONGEST), Buffer.from(level));
const OBJECT = [3, 0, 1, 0x61];
const ARRAY = [10, 0, 0, 0, 1];

/** The count of an ECMA array is a hint and nothing more (AMF0 2.10): it may be read to its end. */
const HINT = 'an ECMA array of 2^32';

const BODIES: readonly (readonly [name: string, body: Buffer])[] = [
  ...[1_000, 20_000, 200_000, 4_000_000].flatMap((depth) => [
    [`objects ${depth} deep`, nested(depth, OBJECT)] as const,
    [`arrays ${depth} deep`, nested(depth, ARRAY)] as const,
  ]),
  ['a strict array of 2^32', Buffer.from([10, 0xff, 0xff, 0xff, 0xff, 5, 5, 5])],
  [HINT, Buffer.from([8, 0xff, 0xff, 0xff, 0xff, 0, 1, 0x61, 5])],
  ['a long string of 2^32', Buffer.from([12, 0xff, 0xff, 0xff, 0xff, 0x61])],
];

/** The message in chunks of `chunkBytes`; other than 128 they are announced. */
function inChunks(type: number, streamId: number, body: Buffer, chunkBytes: number): Buffer {
  if (chunkBytes === 128) return message(type, body, streamId);
  const size = Buffer.alloc(4);
  size.writeUInt32BE(chunkBytes);
  const head = message(type, Buffer.alloc(0), streamId);
  head.writeUIntBE(Math.min(body.length, 0xff_ffff), 4, 3);
  const parts = [message(1, size), head];
  for (let at = 0; at < body.length; at += chunkBytes) {
    if (at > 0) parts.push(Buffer.from([0xc3]));
    parts.push(body.subarray(at, at + chunkBytes));
  }
  return Buffer.concat(parts);
}

/** Sends it and pings: milliseconds until the connection is closed or, where it may stay, the ping answered. */
async function ends(site: Site, bytes: Buffer, mayStay: boolean): Promise<number> {
  const connection = site.tcp(site.ports.rtmp, { from: '127.0.0.2' });
  const startedMs = performance.now();
  void connection.send(Buffer.concat([handshake, bytes, ping(0x5ca1ab1e)]));
  const pong = Buffer.from([0, 7, 0x5c, 0xa1, 0xab, 0x1e]);
  const ended = mayStay ? await connection.gets((received) => received.includes(pong), 10_000) : await connection.closesWithin(10_000);
  const ms = performance.now() - startedMs;
  const closed = connection.isClosed();
  connection.close();
  return ended || closed ? ms : Number.POSITIVE_INFINITY;
}

/** B2: what an AMF0 parser that recurses, or believes counts, dies of. A command ends its connection; metadata that cannot be read is read over. */
export const b2: ScorecardTest = {
  id: 'B2',
  title: 'AMF0 nested 1k to 4M, arrays of 2^32',
  async run(site) {
    let slowestMs = 0;
    let mostCpu = 0;
    let most = 0;
    for (const [name, body] of BODIES) {
      for (const chunkBytes of [128, 65_536]) {
        const sent: readonly (readonly [string, Buffer])[] = [
          ['command', inChunks(20, 0, Buffer.concat([connectCommand, body]), chunkBytes)],
          ['metadata', Buffer.concat([publishing('b2', 'amf0'), inChunks(18, 1, Buffer.concat([string('onMetaData'), body]), chunkBytes)])],
        ];
        for (const [kind, bytes] of sent) {
          const what = `${kind} of ${name} in chunks of ${chunkBytes}`;
          let ms = 0;
          const spent = await metered(site, async () => {
            ms = await ends(site, bytes, kind === 'metadata' || name === HINT);
          });
          if (ms > ENDED_MS) throw new Error(`${what}: not over after ${Math.round(ms)} ms`);
          if (spent.cpuSeconds > CPU_SECONDS) throw new Error(`${what}: ${spent.cpuSeconds.toFixed(2)} s of CPU`);
          if (spent.grownBytes > GROWN_BYTES) throw new Error(`${what}: RSS +${megabytes(spent.grownBytes)} MB`);
          slowestMs = Math.max(slowestMs, ms);
          mostCpu = Math.max(mostCpu, spent.cpuSeconds);
          most = Math.max(most, spent.grownBytes);
        }
      }
    }
    return `${BODIES.length * 4} over in ≤ ${Math.round(slowestMs)} ms, CPU ≤ ${mostCpu.toFixed(2)} s, RSS ≤ +${megabytes(most)} MB each`;
  },
};
