import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { FakeClock } from '@sluice/core/testing';
import { writeQueueSize } from '../src/transport/socket-handle.js';
import { watchUnsent } from '../src/transport/unsent.js';

const TIMEOUT_MS = 1000;
/** More than the system holds for a peer that reads nothing, several times over. */
const LARGE = 64 * 1024 * 1024;

describe('what watches a socket that waits to send', () => {
  let server: Server;
  let client: Socket;
  let socket: Socket;
  let clock: FakeClock;
  let told: number;

  beforeEach(async () => {
    server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const accepted = once(server, 'connection') as Promise<[Socket]>;
    client = connect((server.address() as AddressInfo).port, '127.0.0.1').pause();
    [socket] = await accepted;
    clock = new FakeClock();
    told = 0;
    watchUnsent(socket, clock, TIMEOUT_MS, () => told++);
  });
  afterEach(async () => {
    client.destroy();
    socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });

  /** The peer reads until the system took some of what waits. */
  const takeSome = async (): Promise<void> => {
    const before = writeQueueSize(socket);
    while (writeQueueSize(socket) === before) {
      client.resume();
      await once(client, 'data');
      client.pause();
      await new Promise((resolve) => setImmediate(resolve));
    }
  };

  it('tells once of a peer that takes nothing', () => {
    socket.write(Buffer.alloc(LARGE));
    clock.advance(TIMEOUT_MS);
    expect(told).toBe(0);
    clock.advance(TIMEOUT_MS);
    expect(told).toBe(1);
    clock.advance(10 * TIMEOUT_MS);
    expect(told).toBe(1);
    expect(clock.pending).toBe(0);
  });

  it('tells nothing of a peer that takes a long write slowly, until it takes no more', async () => {
    socket.write(Buffer.alloc(LARGE));
    for (let look = 0; look < 6; look++) {
      await takeSome();
      // All of it is one write, which the stream counts until its end.
      expect(socket.writableLength).toBe(LARGE);
      clock.advance(TIMEOUT_MS * 0.75);
    }
    expect(told).toBe(0);
    clock.advance(TIMEOUT_MS);
    expect(told).toBe(1);
  });

  it('tells nothing where nothing waits', async () => {
    clock.advance(10 * TIMEOUT_MS);
    socket.write('a little');
    expect(String((await Promise.all([once(client, 'data'), client.resume()]))[0][0])).toBe('a little');
    clock.advance(10 * TIMEOUT_MS);
    expect(told).toBe(0);
  });
});
