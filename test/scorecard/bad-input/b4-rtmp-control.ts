import { handshake, message, publishing } from '../../e2e/support/rtmp-bytes.js';
import { megabytes, metered, mustNotGrow } from '../meter.js';
import type { ScorecardTest, Site } from '../types.js';
import { ping, setChunkSize, windowAck } from './rtmp-control.js';

const GROWN_BYTES = 20e6;
const SOON_MS = 1000;
const PINGS = 10_000;
/** A ping's answer: a head of 12 bytes at most, and 6 of body. */
const isStarted = (received: Buffer): boolean => received.includes('NetStream.Publish.Start');

/** Sends it after a handshake; true where `holds` of the connection within a second. */
async function sends(site: Site, bytes: Buffer, wants: 'closed' | 'publishing'): Promise<void> {
  const connection = site.tcp(site.ports.rtmp, { from: '127.0.0.2' });
  void connection.send(Buffer.concat([handshake, bytes]));
  const holds = wants === 'closed' ? await connection.closesWithin(SOON_MS) : await connection.gets(isStarted, SOON_MS);
  connection.close();
  if (!holds) throw new Error(`not ${wants} within ${SOON_MS} ms`);
}

/** A publish in chunks of one byte, after Set Chunk Size said so. */
function inBytes(bytes: Buffer): Buffer {
  // Only the connect command of it: 12 bytes of head, then a byte and a head of one byte alternate.
  const length = bytes.readUIntBE(4, 3);
  const body: number[] = [];
  for (let at = 12; body.length < length; at++) if ((at - 12) % 129 !== 128) body.push(bytes[at] ?? 0);
  return Buffer.concat([setChunkSize(1), bytes.subarray(0, 12), Buffer.from(body.flatMap((byte, index) => (index === 0 ? [byte] : [0xc3, byte])))]);
}

const CASES: readonly (readonly [name: string, bytes: () => Buffer, wants: 'closed' | 'publishing'])[] = [
  ['chunks of 0', () => setChunkSize(0), 'closed'],
  ['chunks of 2^31-1', () => setChunkSize(0x7fff_ffff), 'closed'],
  ['chunks with bit 31', () => setChunkSize(0x8000_1000), 'closed'],
  ['a window of 0', () => Buffer.concat([windowAck(0), publishing('b4', 'window')]), 'publishing'],
  ['a window of 2^32-1', () => Buffer.concat([windowAck(0xffff_ffff), publishing('b4', 'window')]), 'publishing'],
  ...[1, 2, 3, 4, 5, 6].map((i) => [`command ${i} of 16 MB`, () => message(20, Buffer.alloc(16_000_000, 2)), 'closed'] as const),
];

async function pings(site: Site): Promise<string> {
  const connection = site.tcp(site.ports.rtmp, { from: '127.0.0.2', keepBytes: 8192 });
  await connection.send(Buffer.concat([handshake, publishing('b4', 'pings')]));
  if (!(await connection.gets(isStarted, SOON_MS))) throw new Error('pings: no publish');
  const before = connection.receivedBytes();
  const startedMs = performance.now();
  for (let sent = 0; sent < PINGS; sent += 100) {
    await connection.send(Buffer.concat(Array.from({ length: 100 }, (_, index) => ping(sent + index))));
  }
  // An answer has 6 bytes and a head of at least one.
  await connection.gets(() => connection.receivedBytes() - before >= PINGS * 7, 3000);
  const ms = performance.now() - startedMs;
  const answered = connection.receivedBytes() - before >= PINGS * 7;
  const closed = connection.isClosed();
  connection.close();
  if (!answered && !closed) throw new Error(`${PINGS} pings: ${connection.receivedBytes() - before} bytes of answers`);
  return closed ? 'pings: closed' : `${PINGS} pings answered in ${Math.round(ms)} ms`;
}

/** B4: the protocol's own knobs. */
export const b4: ScorecardTest = {
  id: 'B4',
  title: 'chunk sizes 0, 1, 2^31-1, bit 31; 16 MB commands; window 0; 10k pings',
  async run(site) {
    let answer = '';
    const spent = await metered(site, async () => {
      for (const [name, bytes, wants] of CASES) {
        await sends(site, bytes(), wants).catch((error: Error) => Promise.reject(new Error(`${name}: ${error.message}`)));
      }
      const connection = site.tcp(site.ports.rtmp, { from: '127.0.0.2' });
      await connection.send(Buffer.concat([handshake, inBytes(publishing('b4', 'bytes'))]));
      if (!(await connection.gets((received) => received.includes('NetConnection.Connect.Success'), SOON_MS)))
        throw new Error('chunks of 1: connect is not answered');
      connection.close();
      answer = await pings(site);
    });
    mustNotGrow(spent, GROWN_BYTES);
    return `${CASES.length + 2} by the book, ${answer}, RSS +${megabytes(spent.grownBytes)} MB`;
  },
};
