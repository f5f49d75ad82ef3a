import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { whileConnected } from '../src/service.js';

describe('work for a request', () => {
  let server: Server;
  let client: Socket;
  let request: IncomingMessage;

  beforeEach(async () => {
    server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const came = once(server, 'request') as Promise<[IncomingMessage]>;
    client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    [request] = await came;
  });
  afterEach(async () => {
    client.destroy();
    await new Promise((resolve) => server.close(resolve));
  });

  it('is told when the client goes away, and before it began', async () => {
    await whileConnected(request, async (signal) => {
      expect(signal.aborted).toBe(false);
      client.destroy();
      await once(signal, 'abort');
    });
    expect(await whileConnected(request, async (signal) => signal.aborted)).toBe(true);
  });

  it('leaves nothing at the connection, whether it ends well or not', async () => {
    const listeners = request.socket.listenerCount('close');
    expect(await whileConnected(request, async () => 7)).toBe(7);
    await expect(whileConnected(request, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(request.socket.listenerCount('close')).toBe(listeners);
  });
});
