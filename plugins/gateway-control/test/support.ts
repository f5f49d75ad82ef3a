import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type CloseReason, closeReason, definePlugin, SluiceError } from '@sluice/core';
import { type Receiver, type ReceiverOptions, type ReceiverStats, type RtpPsService, rtpPsService } from '@sluice/plugin-rtp-ps/service';

/** A report as it came to cc. */
export interface Told {
  readonly path: string;
  readonly id: string;
  readonly body: Record<string, unknown>;
}

/** A cc that notes what it is told, and answers as a test says. */
export class MockCc {
  readonly told: Told[] = [];
  /** Requests, the refused ones with them. */
  readonly tried: Told[] = [];
  status = 200;
  #server: Server;
  #port = 0;
  #wake: (() => void)[] = [];

  private constructor() {
    this.#server = this.#create();
  }

  static async open(): Promise<MockCc> {
    const cc = new MockCc();
    await cc.#listen();
    return cc;
  }
  url(path: string): string {
    return `http://127.0.0.1:${this.#port}/api/stream/${path}`;
  }
  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
  /** Comes back after `close`, at its old address. */
  async reopen(): Promise<void> {
    this.#server = this.#create();
    await this.#listen();
  }

  #create(): Server {
    return createServer((request, response) => {
      this.#take(request).then(
        () => response.writeHead(this.status).end('{}'),
        () => response.destroy(),
      );
    });
  }
  async #listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (this.#server.address() as { port: number }).port;
  }
  of(path: string): Told[] {
    return this.told.filter((told) => told.path === `/api/stream/${path}`);
  }
  states(channelId: unknown): unknown[] {
    return this.of('state')
      .filter(({ body }) => body.channelId === channelId)
      .map(({ body }) => body.state);
  }
  /** Resolves with the first report, told or to come, that is wanted. */
  async find(path: string, wanted: (body: Record<string, unknown>) => boolean = () => true): Promise<Told> {
    for (;;) {
      const found = this.of(path).find(({ body }) => wanted(body));
      if (found !== undefined) return found;
      await this.next();
    }
  }
  /** Resolves with the next request. */
  next(): Promise<void> {
    return new Promise<void>((resolve) => this.#wake.push(resolve));
  }

  async #take(request: IncomingMessage): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const told = { path: request.url ?? '', id: String(request.headers['x-sluice-id']), body: JSON.parse(Buffer.concat(parts).toString()) };
    this.tried.push(told);
    // A report that came twice is known by its id.
    if (this.status === 200 && !this.told.some(({ id }) => id === told.id)) this.told.push(told);
    const wake = this.#wake;
    this.#wake = [];
    setImmediate(() => {
      for (const each of wake) each();
    });
  }
}

/** A receiver that a test plays the sender of. */
export class FakeReceiver implements Receiver {
  readonly host = '192.0.2.1';
  readonly port = 30_000;
  readonly live = new Promise<void>(() => {});
  readonly connected: [string, number][] = [];
  held = false;
  closed: CloseReason | undefined;
  counts: ReceiverStats = { packets: 0, bytes: 0, lost: 0, reordered: 0, duplicate: 0, resyncs: 0, damaged: 0, foreign: 0, jitterMs: 0 };

  constructor(
    readonly options: ReceiverOptions,
    readonly onRelease: () => void,
  ) {}
  get ssrc(): string {
    return this.options.ssrc;
  }
  rekey(): void {}
  relearn(): void {}
  expectFrom(): void {}
  setPayloads(): void {}
  hold(on: boolean): void {
    this.held = on;
  }
  async connect(host: string, port: number): Promise<void> {
    this.connected.push([host, port]);
    if (port !== 9) return;
    this.end(closeReason('lost', 'no connection'));
    throw new SluiceError('ERR_RTP_CONNECT', 'no connection', { status: 502 });
  }
  stats(): ReceiverStats {
    return this.counts;
  }
  async close(reason: CloseReason): Promise<void> {
    if (this.closed !== undefined) return;
    this.closed = reason;
    this.onRelease();
  }
  /** The first packet came from `remote`. */
  first(remote: string): void {
    this.counts = { ...this.counts, packets: 1, bytes: 1000, source: remote };
    this.options.onFirstPacket?.(remote);
  }
  /** It ends by itself. */
  end(reason: CloseReason): void {
    this.closed = reason;
    this.onRelease();
    this.options.onClose?.(reason);
  }
}

/** An rtp-ps without sockets. `ports`: how many streams it has room for. */
export function fakeRtpPs(receivers: FakeReceiver[], ports = 100) {
  const held = new Set<string>();
  const open = new Set<FakeReceiver>();
  const rtpPs: RtpPsService & { readonly held: Set<string> } = {
    held,
    allocateSsrc(domain) {
      const ssrc = `0${domain.slice(3, 8)}${String(held.size + 1).padStart(4, '0')}`;
      held.add(ssrc);
      return ssrc;
    },
    releaseSsrc: (ssrc) => void held.delete(ssrc),
    async open(options) {
      if (open.size >= ports) throw new SluiceError('ERR_RTP_NO_PORT', 'no port is free', { status: 503 });
      const receiver: FakeReceiver = new FakeReceiver(options, () => {
        open.delete(receiver);
        held.delete(options.ssrc);
      });
      open.add(receiver);
      receivers.push(receiver);
      return receiver;
    },
  };
  const plugin = definePlugin({ name: 'rtp-ps', version: '1.0.0', provides: [rtpPsService], setup: (ctx) => ctx.provide(rtpPsService, rtpPs) });
  return { plugin, rtpPs };
}
