import { createServer, type IncomingMessage, type Server } from 'node:http';

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
