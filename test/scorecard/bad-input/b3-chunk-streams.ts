import { setTimeout as sleep } from 'node:timers/promises';
import { handshake } from '../../e2e/support/rtmp-bytes.js';
import { megabytes, metered, mustNotGrow } from '../meter.js';
import { stranger } from '../strangers.js';
import type { ScorecardTest, Site } from '../types.js';

const CONNECTIONS = 40;
const CHUNK_STREAMS = 60;
const ALLOWED = 32;
const GROWN_BYTES = 30e6;

/** The first chunk, of 128 bytes, of a message that declares more. */
function firstChunk(chunkStream: number, declares: number): Buffer {
  const chunk = Buffer.alloc(12 + 128);
  chunk[0] = chunkStream;
  chunk.writeUIntBE(declares, 4, 3);
  chunk[7] = 8;
  return chunk;
}

/** The number of the chunk stream at which the connection is closed, of those that are sent one after another. */
async function closedAt(site: Site): Promise<number> {
  const connection = site.tcp(site.ports.rtmp, { from: '127.0.0.2' });
  await connection.send(handshake);
  for (let index = 1; index <= CHUNK_STREAMS; index++) {
    await connection.send(firstChunk(2 + index, 9_000_000));
    if (await connection.closesWithin(index > ALLOWED ? 1000 : 20)) return index;
  }
  connection.close();
  return Number.POSITIVE_INFINITY;
}

/** B3: memory follows what came, not what was declared. */
export const b3: ScorecardTest = {
  id: 'B3',
  title: '40 connections × 60 chunk streams declare 16 MB, send 128 bytes',
  async run(site) {
    const at = await closedAt(site);
    if (at !== ALLOWED + 1) throw new Error(`closed at chunk stream ${at}`);
    let open = 0;
    const spent = await metered(site, async () => {
      for (const declares of [16_000_000, 9_000_000]) {
        const all = Array.from({ length: CHUNK_STREAMS }, (_, index) => firstChunk(3 + index, declares));
        const connections = Array.from({ length: CONNECTIONS }, (_, index) => site.tcp(site.ports.rtmp, { from: stranger(index) }));
        await Promise.all(connections.map((connection) => connection.send(Buffer.concat([handshake, ...all]))));
        const closed = await Promise.all(connections.map((connection) => connection.closesWithin(2000)));
        open += closed.filter((isClosed) => !isClosed).length;
        for (const connection of connections) connection.close();
      }
      // As many as are allowed, and all of them held.
      const held = Array.from({ length: ALLOWED }, (_, index) => firstChunk(3 + index, 9_000_000));
      const connections = Array.from({ length: CONNECTIONS }, (_, index) => site.tcp(site.ports.rtmp, { from: stranger(index) }));
      await Promise.all(connections.map((connection) => connection.send(Buffer.concat([handshake, ...held]))));
      await sleep(1000);
      for (const connection of connections) connection.close();
    });
    if (open > 0) throw new Error(`${open} of ${CONNECTIONS * 2} still open`);
    mustNotGrow(spent, GROWN_BYTES);
    return `closed at chunk stream ${at}, RSS +${megabytes(spent.grownBytes)} MB`;
  },
};
