import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { megabytes, metered } from '../meter.js';
import type { ScorecardTest, Site } from '../types.js';

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

async function post(site: Site, body: Buffer): Promise<string> {
  const connection = site.tcp(site.ports.http, { from: '127.0.0.2' });
  const head = `POST /api/v1/pulls HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${site.apiKey}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
  await connection.send(head);
  for (let at = 0; at < body.length && connection.receivedBytes() === 0 && !connection.isClosed(); at += PIECE)
    await connection.send(body.subarray(at, at + PIECE));
  await connection.gets((received) => received.includes('\r\n\r\n'), 5000);
  connection.close();
  return (
    connection
      .received()
      .toString('latin1')
      .match(/^HTTP\/1\.1 (\d+)/)?.[1] ?? 'nothing'
  );
}

async function json(site: Site): Promise<void> {
  for (const [name, body, status] of BODIES) {
    const answered = await post(site, body());
    if (answered !== String(status)) throw new Error(`JSON, ${name}: ${answered}, not ${status}`);
  }
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
    return `${BODIES.length} bodies 400 or 413, ws 1009, no deflate, ${FRAMES} frames; RSS +${megabytes(spent.grownBytes)} MB`;
  },
};
