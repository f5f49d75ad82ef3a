import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { socketSink } from '@sluice/core';

const LARGE = 8 * 1024 * 1024;
const sha = (bytes: readonly Buffer[]): string => createHash('sha256').update(Buffer.concat(bytes)).digest('hex');
const piece = (index: number, length = 1 + ((index * 7919) % 60_000)): Buffer => Buffer.alloc(length, index);

describe('a sink of a socket', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-sink-'));
  let server: Server;
  const sockets: Socket[] = [];

  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** Both ends of a connection, of which the client reads nothing yet. */
  const pair = async (path?: string): Promise<{ client: Socket; socket: Socket }> => {
    server = createServer({ noDelay: true });
    server.listen(path === undefined ? { port: 0, host: '127.0.0.1' } : { path });
    await once(server, 'listening');
    const accepted = once(server, 'connection') as Promise<[Socket]>;
    const client = path === undefined ? connect((server.address() as AddressInfo).port, '127.0.0.1') : connect(path);
    const [socket] = await accepted;
    sockets.push(client, socket);
    return { client, socket };
  };
  const all = async (client: Socket): Promise<Buffer[]> => {
    const came: Buffer[] = [];
    client.on('data', (bytes) => came.push(bytes));
    await once(client, 'end');
    return came;
  };

  it('takes what goes at once past the stream', async () => {
    const { client, socket } = await pair();
    const sink = socketSink(socket);
    sink.write(piece(0));
    const write = socket.write.bind(socket) as (bytes: Buffer) => boolean;
    let past = 0;
    socket.write = (bytes: Buffer) => {
      past++;
      return write(bytes);
    };
    for (let index = 1; index < 5; index++) expect(sink.write(piece(index, 100))).toBe(true);
    expect(past).toBe(0);
    expect(sink.queued).toBe(0);
    socket.end();
    expect(sha(await all(client))).toBe(sha([piece(0), ...[1, 2, 3, 4].map((index) => piece(index, 100))]));
  });

  it.each(['TCP', 'a local socket'])('keeps the order with what others write, over %s to a reader that is slow', async (kind) => {
    const { client, socket } = await pair(kind === 'TCP' ? undefined : join(folder, 'socket'));
    const sink = socketSink(socket);
    const sent = Array.from({ length: 600 }, (_, index) => piece(index));
    let index = 0;
    let mostQueued = 0;
    const go = (): void => {
      for (let round = 0; round < 60 && index < sent.length; round++, index++) {
        if (index % 5 === 3) socket.write(sent[index] as Buffer);
        else sink.write(sent[index] as Buffer);
      }
      mostQueued = Math.max(mostQueued, sink.queued ?? 0);
      if (index === sent.length) socket.end();
      else setImmediate(go);
    };
    go();
    expect(sha(await all(client))).toBe(sha(sent));
    expect(mostQueued).toBeGreaterThan(0);
  });

  it('says when the system did not take all, and drains once it has', async () => {
    const { client, socket } = await pair();
    const sink = socketSink(socket);
    sink.write(piece(0, 1));
    expect(sink.write(piece(1, LARGE))).toBe(false);
    expect(sink.queued).toBe(LARGE);
    const drained = once(socket, 'drain');
    client.resume();
    await drained;
    expect(sink.queued).toBe(0);
    expect(sink.write(piece(2, 100))).toBe(true);
  });

  it('sends what waits before the end', async () => {
    const { client, socket } = await pair();
    const sink = socketSink(socket);
    sink.write(piece(0, 1));
    sink.write(piece(1, LARGE));
    socket.end();
    expect(sha(await all(client))).toBe(sha([piece(0, 1), piece(1, LARGE)]));
  });

  it.each(['while something waits', 'before a write'])('closes when the peer goes %s', async (when) => {
    const { client, socket } = await pair();
    socket.on('error', () => {});
    client.on('error', () => {});
    const sink = socketSink(socket);
    sink.write(piece(0, 1));
    const closed = new Promise((resolve) => socket.once('close', resolve));
    if (when === 'while something waits') sink.write(piece(1, LARGE));
    client.resetAndDestroy();
    await once(client, 'close');
    sink.write(piece(2, LARGE));
    sink.write(piece(3, LARGE));
    await closed;
    expect(socket.destroyed).toBe(true);
  });
});
