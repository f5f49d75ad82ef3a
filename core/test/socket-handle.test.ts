import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, Socket, type SocketConstructorOpts } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';
import { eventually } from '@sluice/core/testing';
import { leaveHandle, readingHandle, writeQueueSize, writingHandle } from '../src/transport/socket-handle.js';

const LARGE = 32 * 1024 * 1024;

describe('the handle of a socket', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-handle-'));
  const servers: Server[] = [];
  const sockets: Socket[] = [];

  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** Both ends of a connection, of which neither reads yet. */
  const pair = async (path?: string): Promise<{ server: Server; client: Socket; accepted: Socket }> => {
    const server = createServer({ pauseOnConnect: true });
    servers.push(server);
    server.listen(path === undefined ? { port: 0, host: '127.0.0.1' } : { path });
    await once(server, 'listening');
    const came = once(server, 'connection') as Promise<[Socket]>;
    const client = path === undefined ? connect((server.address() as AddressInfo).port, '127.0.0.1') : connect(path);
    const [accepted] = await came;
    sockets.push(client, accepted);
    return { server, client, accepted };
  };
  const closed = (socket: Socket): Promise<unknown> => once(socket.destroy(), 'close');

  it('is written to where it is one of TCP', async () => {
    const { client, accepted } = await pair();
    expect(writingHandle(accepted)).toBeDefined();
    expect(writingHandle(client)).toBeDefined();
    expect(writingHandle(new TLSSocket(client))).toBeUndefined();
    expect(writingHandle((await pair(join(folder, 'socket'))).accepted)).toBeUndefined();
  });

  it('is none where the socket is closed, or was never connected', async () => {
    const { accepted } = await pair();
    await closed(accepted);
    for (const socket of [accepted, new Socket()]) {
      expect([writingHandle(socket), readingHandle(socket), writeQueueSize(socket)]).toEqual([undefined, undefined, 0]);
    }
  });

  it('is asked for nothing that this Node does not have', async () => {
    const { accepted } = await pair();
    for (const name of ['writeBuffer', 'writeQueueSize', 'useUserBuffer']) {
      const handle = { constructor: { name: 'TCP' }, writeBuffer() {}, writeQueueSize: 7, useUserBuffer() {}, [name]: undefined };
      const socket = { _handle: handle } as unknown as Socket;
      expect(writingHandle(socket) === undefined).toBe(name !== 'useUserBuffer');
      expect(readingHandle(socket) === undefined).toBe(name === 'useUserBuffer');
      expect(writeQueueSize(socket)).toBe(name === 'writeQueueSize' ? 0 : 7);
    }
    expect(readingHandle(accepted)).toBeDefined();
  });

  it('says what the system did not take of a write, as it takes it', async () => {
    const { client, accepted } = await pair();
    expect(writeQueueSize(accepted)).toBe(0);
    accepted.write(Buffer.alloc(LARGE));
    const atFirst = writeQueueSize(accepted);
    expect(atFirst).toBeGreaterThan(0);
    expect(atFirst).toBeLessThanOrEqual(LARGE);
    let least = atFirst;
    client.on('data', () => {
      const now = writeQueueSize(accepted);
      if (now > 0) least = Math.min(least, now);
    });
    await once(accepted, 'drain');
    expect(least).toBeLessThan(atFirst);
    expect(writeQueueSize(accepted)).toBe(0);
  });

  it('is left to another socket: what is sent goes there, and the server counts it once', async () => {
    const { server, client, accepted } = await pair();
    const connections = (): Promise<number> => new Promise((resolve) => server.getConnections((_error, count) => resolve(count)));
    const socket = new Socket({ handle: readingHandle(accepted), pauseOnCreate: true, readable: true, writable: true } as SocketConstructorOpts);
    sockets.push(socket);
    leaveHandle(accepted, socket);
    await closed(accepted);
    expect(await connections()).toBe(1);
    client.write('hello');
    socket.resume();
    expect(String((await once(socket, 'data'))[0])).toBe('hello');
    await closed(socket);
    await eventually('the server to count it as gone', async () => (await connections()) === 0);
  });
});
