import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { closeReason, type PluginContext, SluiceError } from '@sluice/core';
import { FakeClock } from '@sluice/core/testing';
import { Connector } from '../src/net/connector.js';
import { closing, ending, framed, freeRange, passing, Sender, startBench, until, watch } from './support.js';

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

describe('Connector', () => {
  it('makes four tries, 1, 2 and 4 s apart; on coming again it pauses first', async () => {
    for (const [pauseFirst, times] of [
      [false, [0, 1000, 3000, 7000]],
      [true, [1000, 2000, 4000, 8000]],
    ] as const) {
      const clock = new FakeClock();
      const tries: number[] = [];
      const connectTcp = (): Promise<never> => {
        tries.push(clock.now());
        return Promise.reject(new SluiceError('ERR_CONNECT', 'refused'));
      };
      const connecting = new Connector({ clock, transport: { connectTcp } } as unknown as PluginContext, '192.0.2.1', 9).connect(pauseFirst);
      const refused = expect(connecting).rejects.toMatchObject({ code: 'ERR_RTP_CONNECT' });
      await new Promise((resolve) => setImmediate(resolve));
      await clock.advanceAsync(10_000);
      await refused;
      expect(tries).toEqual(times);
    }
  });
});

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
    const clock = new FakeClock();
    await using bench = await startBench({}, { clock });
    const port = await freeRange(1);
    const receiver = await bench.service.open(OPTIONS);
    const { pending } = clock;
    const connecting = receiver.connect('127.0.0.1', port);
    // After the first try was refused, a pause is waited for.
    await until(() => clock.pending > pending);
    await camera.listen(port);
    await passing(clock, connecting);
    await until(() => camera.connections.length === 1);
  });

  it('connects again when the connection is lost', async () => {
    await using camera = new Camera();
    const clock = new FakeClock();
    await using bench = await startBench({}, { clock });
    const receiver = await bench.service.open(OPTIONS);
    const sender = new Sender(SSRC);
    await receiver.connect('127.0.0.1', await camera.listen());
    await until(() => camera.connections.length === 1);
    camera.connections[0]?.write(framed(sender.pictures(3)));
    await receiver.live;
    const watching = watch(bench.engine, 'gb/cam', 5);
    camera.connections[0]?.destroy();
    const back = until(() => camera.connections.length === 2);
    await passing(clock, back);
    camera.connections[1]?.write(framed(sender.pictures(8)));
    expect(await watching).toEqual([0, 1, 2, 5, 6]);
  });

  it('gives up with the last error, and the receiver ends', async () => {
    const clock = new FakeClock();
    await using bench = await startBench({}, { clock });
    const { onClose, closed } = closing();
    const receiver = await bench.service.open({ ...OPTIONS, onClose });
    await expect(passing(clock, receiver.connect('127.0.0.1', await freeRange(1)))).rejects.toMatchObject({
      code: 'ERR_RTP_CONNECT',
      message: expect.stringMatching(/4 tries: .*ECONNREFUSED/),
      status: 502,
    });
    expect(await closed).toMatchObject({ code: 'lost', message: expect.stringContaining('ECONNREFUSED') });
  });

  it('a receiver that is closed stops trying', async () => {
    await using bench = await startBench();
    const receiver = await bench.service.open(OPTIONS);
    const connecting = receiver.connect('127.0.0.1', await freeRange(1));
    await receiver.close(closeReason('ended'));
    await expect(connecting).rejects.toMatchObject({ code: 'ERR_RTP_ENDED' });
    await expect(receiver.connect('127.0.0.1', 9)).rejects.toMatchObject({ code: 'ERR_RTP_ENDED' });
  });
});
