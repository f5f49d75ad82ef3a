import { definePlugin, type PluginContext } from '@sluice/core';
import { FakeClock, startTestEngine, type TestEngine } from '@sluice/core/testing';
import gatewayControl from '../src/index.js';
import { type FakeReceiver, fakeRtpPs } from './fake-rtp-ps.js';
import { MockCc } from './mock-cc.js';

const KEYS = [{ id: 'r', key: 'read-key', role: 'read' }];

/** Settings of the engine's other parts, and how many ports there are. */
export interface BenchOptions {
  readonly ports?: number;
  readonly engine?: object;
  readonly report?: object;
  readonly relay?: object;
}

/** What the API answered. */
export type Answer = Record<string, unknown> & { error?: { code: string } };

/** A gateway between a cc and senders that a test plays. */
export class Bench {
  readonly cc: MockCc;
  readonly clock = new FakeClock();
  /** Of the engine that was started last, as all that follows. */
  receivers: FakeReceiver[] = [];
  #engine: TestEngine | undefined;
  #held: ReadonlySet<string> = new Set();
  #context: PluginContext | undefined;

  private constructor(cc: MockCc) {
    this.cc = cc;
  }

  /** A cc; the engine is not started yet. */
  static async open(): Promise<Bench> {
    return new Bench(await MockCc.open());
  }

  get engine(): TestEngine {
    if (this.#engine === undefined) throw new Error('not started');
    return this.#engine;
  }

  /** A plugin's view of the engine. */
  get context(): PluginContext {
    if (this.#context === undefined) throw new Error('not started');
    return this.#context;
  }

  /** SSRCs given out. */
  get held(): ReadonlySet<string> {
    return this.#held;
  }

  async start(config: Record<string, unknown> = {}, more: BenchOptions = {}): Promise<void> {
    const { cc, clock } = this;
    this.receivers = [];
    const fake = fakeRtpPs(this.receivers, more.ports);
    this.#held = fake.rtpPs.held;
    const spy = definePlugin({
      name: 'spy',
      version: '1.0.0',
      setup: (ctx) => {
        this.#context = ctx;
      },
    });
    const report = { gateWayStart: cc.url('start'), streamStateChange: cc.url('state'), blackSsrc: cc.url('black'), flow: cc.url('flow'), ...more.report };
    this.#engine = await startTestEngine({
      plugins: [gatewayControl, fake.plugin, spy],
      clock,
      config: {
        http: { port: 0 },
        rtmp: { port: 0 },
        relay: { ...more.relay },
        api: { key: 'admin-key', keys: KEYS },
        'gateway-control': { gatewayId: 'gw-1', report, ...config },
        ...(more.engine === undefined ? {} : { engine: more.engine }),
      },
    });
  }

  async close(): Promise<void> {
    await this.whileTimePasses(this.engine.dispose());
    this.cc.close();
  }

  /** The listener waits for its connections by the clock. */
  async whileTimePasses<T>(done: Promise<T>): Promise<T> {
    let over = false;
    const end = (): void => {
      over = true;
    };
    done.then(end, end);
    while (!over) await this.clock.advanceAsync(100, 10);
    return done;
  }

  async call(name: string, body?: unknown, key = 'admin-key'): Promise<{ status: number; body: Answer }> {
    const { port } = this.engine.addresses.find(({ name: address }) => address === 'http') ?? { port: 0 };
    const headers = { authorization: `Bearer ${key}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) };
    const init = body === undefined ? { headers } : { method: 'POST', headers, body: JSON.stringify(body) };
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/${name}`, init);
    return { status: answer.status, body: (await answer.json()) as Answer };
  }

  create(streamId: string, more: object = {}): Promise<{ status: number; body: Answer }> {
    return this.call('create_pullChannel', { streamId, transport: 'udp', port: 'single', ...more });
  }

  async channels(): Promise<Answer[]> {
    return (await this.call('get_pushChannels')).body.items as Answer[];
  }

  /** All that was to be told was told, and cc's answer has come back: time may jump. */
  async told(...paths: string[]): Promise<void> {
    for (const path of paths) await this.cc.find(path);
    await this.channels();
  }
}
