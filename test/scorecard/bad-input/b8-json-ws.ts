import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { megabytes, metered } from '../meter.js';
import type { Connection, ScorecardTest, Site } from '../types.js';

const FRAMES = 10_000;
/** Who sends all at once does not hear the answer before the connection is reset. */
const PIECE = 64 * 1024;

/** Bodies of `POST /pulls`, and how they are answered. */
const BODIES: readonly (readonly [name: string, body: () => Buffer, status: number])[] = [
  ['50 MB', () => Buffer.alloc(50e6, 0x20), 413],
  ['nested 100,000 deep', () => Buffer.from('['.repeat(100_000)), 400],
  ['objects 100,000 deep', () => Buffer.from('{"a":'.repeat(100_000)), 400],
  ['a name twice, the last one wrong', () => Buffer.from('{"path":"live/x","path":"..","url":"rtmp://192.0.2.1/a/b"}'), 400],
  ['__proto__', () => Buffer.from('{"path":"live/x","url":"rtmp://192.0.2.1/a/b","__proto__":{"polluted":true}}'), 400],
  ['constructor.prototype', () => Buffer.from('{"path":"live/x","url":"rtmp://192.0.2.1/a/b","constructor":{"prototype":{"polluted":true}}}'), 400],
  ['bad UTF-8', () => Buffer.concat([Buffer.from('{"path":"live/'), Buffer.from([0xff, 0xfe, 0xc0]), Buffer.from('"}')]), 400],
  ['cut off', () => Buffer.from('{"path":'), 400],
];

const statusOf = (connection: Connection): string =>
  connection
    .received()
    .toString('latin1')
    .match(/^HTTP\/1\.1 (\d+)/)?.[1] ?? 'nothing';

/** Opens a request and waits a moment: one that declares too much is answered before its body. */
async function begin(site: Site, ...headers: readonly string[]): Promise<Connection> {
  const connection = site.tcp(site.ports.http, { from: '127.0.0.2' });
  const lines = ['POST /api/v1/pulls HTTP/1.1', 'Host: a', `Authorization: Bearer ${site.apiKey}`, 'Content-Type: application/json', ...headers, '', ''];
  await connection.send(lines.join('\r\n'));
  await connection.gets((received) => received.length > 0, 200);
  return connection;
}

async function sendAll(connection: Connection, pieces: Iterable<Uint8Array>): Promise<void> {
  for (const piece of pieces) {
    if (connection.receivedBytes() > 0 || connection.isClosed()) break;
    await connection.send(piece);
  }
  await connection.gets((received) => received.includes('\r\n\r\n'), 5000);
  connection.close();
}

function* piecesOf(body: Buffer): Iterable<Buffer> {
  for (let at = 0; at < body.length; at += PIECE) yield body.subarray(at, at + PIECE);
}

async function post(site: Site, body: Buffer): Promise<string> {
  const connection = await begin(site, `Content-Length: ${body.length}`);
  await sendAll(connection, piecesOf(body));
  return statusOf(connection);
}

/** 50 MB without a declared length: 413, or a reset that is quicker than the answer. */
async function chunked(site: Site): Promise<void> {
  const connection = await begin(site, 'Transfer-Encoding: chunked');
  const chunk = Buffer.concat([Buffer.from(`${PIECE.toString(16)}\r\n`), Buffer.alloc(PIECE, 0x20), Buffer.from('\r\n')]);
  let sent = 0;
  function* chunks(): Iterable<Buffer> {
    for (; sent < 50e6; sent += PIECE) yield chunk;
  }
  await sendAll(connection, chunks());
  const status = statusOf(connection);
  if (sent >= 50e6 || (status !== '413' && !connection.isClosed())) throw new Error(`JSON, 50 MB in chunks: ${status} after ${megabytes(sent)} MB`);
}

async function json(site: Site): Promise<void> {
  for (const [name, body, status] of BODIES) {
    const answered = await post(site, body());
    if (answered !== String(status)) throw new Error(`JSON, ${name}: ${answered}, not ${status}`);
  }
  await chunked(site);
  const { body } = await site.api<Record<string, unknown>>('/pulls');
  if (body.polluted !== undefined || (body.items as unknown[]).length > 0) throw new Error(`JSON: something was taken: ${JSON.stringify(body)}`);
}

async function open(site: Site, perMessageDeflate = false): Promise<WebSocket> {
  const socket = new WebSocket(site.url('ws', `${site.reference}.flv`), { perMessageDeflate });
  socket.on('error', () => {});
  await Promise.race([
    new Promise<void>((resolve) => socket.once('message', () => resolve())),
    sleep(5000).then(() => Promise.reject(new Error('WebSocket: nothing came'))),
  ]);
  return socket;
}

const closeCode = (socket: WebSocket): Promise<number> =>
  Promise.race([new Promise<number>((resolve) => socket.once('close', resolve)), sleep(3000).then(() => Promise.reject(new Error('WebSocket: not closed')))]);

async function webSockets(site: Site): Promise<void> {
  const offering = await open(site, true);
  if (offering.extensions !== '') throw new Error(`WebSocket: agreed on ${offering.extensions}`);
  offering.send(Buffer.alloc(64 * 1024 + 1));
  const tooBig = await closeCode(offering);
  if (tooBig !== 1009) throw new Error(`WebSocket: closed with ${tooBig}, not 1009`);
  const declaring = await open(site);
  const { _socket: raw } = declaring as unknown as { readonly _socket: { write(bytes: Buffer): void } };
  raw.write(Buffer.from([0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4]));
  const huge = await closeCode(declaring);
  if (huge !== 1009 && huge !== 1006) throw new Error(`WebSocket, 2^63: closed with ${huge}`);
  const busy = await open(site);
  for (let sent = 0; sent < FRAMES; sent += 100) {
    for (let index = 0; index < 100; index++) busy.send('x');
    await sleep(10);
  }
  busy.terminate();
}

/** B8: what clients of HTTP and WebSocket may send. */
export const b8: ScorecardTest = {
  id: 'B8',
  title: 'JSON 50 MB, 100k deep, __proto__, bad UTF-8; ws frame of 2^63, 10k frames/s, deflate',
  async run(site) {
    const spent = await metered(site, async () => {
      await json(site);
      await webSockets(site);
    });
    return `${BODIES.length + 1} bodies 400 or 413, ws 1009, no deflate, ${FRAMES} frames; RSS +${megabytes(spent.grownBytes)} MB`;
  },
};
