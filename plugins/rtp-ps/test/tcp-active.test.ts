import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { closeReason } from '@sluice/core';
import { closing, ending, framed, freeRange, Sender, startBench, until, watch } from './support.js';

const SSRC = '0200000001';

/** A camera that waits to be connected to. */
class Camera implements AsyncDisposable {
  readonly #server: Server;
  readonly connections: Socket[] = [];

  constructor() {
    this.#server = createServer((socket) => {
      socket.on('error', () => {});
      this.connections.push(socket);
    });
  }

  async listen(port = 0): Promise<number> {
    this.#server.listen(port, '127.0.0.1');
    await once(this.#server, 'listening');
    return (this.#server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.connections) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

const OPTIONS = { path: 'gb/cam', ssrc: SSRC, transport: 'tcp-active' } as const;

describe('TCP active', () => {
  it('connects, by name too, and takes what comes there whatever its SSRC', async () => {
    await using camera = new Camera();
    await using bench = await startBench();
    const receiver = await bench.service.open(OPTIONS);
    await receiver.connect('localhost', await camera.listen());
    await until(() => camera.connections.length === 1);
    camera.connections[0]?.write(framed(new Sender('0000000077').pictures(8)));
    await receiver.live;
    const seen = await watch(bench.engine, 'gb/cam', 2);
    expect(seen).toEqual([seen[0], (seen[0] ?? 0) + 1]);
    const closed = ending(camera.connections[0] as Socket);
    await receiver.close(closeReason('ended'));
    await closed;
  });

  it('tries again while the camera is not there yet', async () => {
    await using camera = new Camera();
    await using bench = await startBench();
    const port = await freeRange(1);
    const receiver = await bench.service.open(OPTIONS);
    const connecting = receiver.connect('127.0.0.1', port);
    // After the first try was refused: that one takes no time.
    setTimeout(() => void camera.listen(port), 300);
    await connecting;
    await until(() => camera.connections.length === 1);
  });

  it('connects again when the connection is lost', async () => {
    await using camera = new Camera();
    await using bench = await startBench();
    const receiver = await bench.service.open(OPTIONS);
    const sender = new Sender(SSRC);
    await receiver.connect('127.0.0.1', await camera.listen());
    await until(() => camera.connections.length === 1);
    camera.connections[0]?.write(framed(sender.pictures(3)));
    await receiver.live;
    const watching = watch(bench.engine, 'gb/cam', 5);
    camera.connections[0]?.destroy();
    await until(() => camera.connections.length === 2);
    camera.connections[1]?.write(framed(sender.pictures(8)));
    expect(await watching).toEqual([0, 1, 2, 5, 6]);
  });

  it('gives up with the last error, and the receiver ends', async () => {
    await using bench = await startBench();
    const { onClose, closed } = closing();
    const receiver = await bench.service.open({ ...OPTIONS, onClose });
    const startedMs = performance.now();
    await expect(receiver.connect('127.0.0.1', await freeRange(1))).rejects.toMatchObject({
      code: 'ERR_RTP_CONNECT',
      message: expect.stringContaining('ECONNREFUSED'),
      status: 502,
    });
    // Four tries, a second and more apart.
    expect(performance.now() - startedMs).toBeGreaterThan(3000);
    expect(await closed).toMatchObject({ code: 'lost', message: expect.stringContaining('ECONNREFUSED') });
  }, 20_000);

  it('a receiver that is closed stops trying', async () => {
    await using bench = await startBench();
    const receiver = await bench.service.open(OPTIONS);
    const connecting = receiver.connect('127.0.0.1', await freeRange(1));
    await receiver.close(closeReason('ended'));
    await expect(connecting).rejects.toMatchObject({ code: 'ERR_RTP_ENDED' });
    await expect(receiver.connect('127.0.0.1', 9)).rejects.toMatchObject({ code: 'ERR_RTP_ENDED' });
  });
});
