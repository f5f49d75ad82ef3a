import { randomUUID } from 'node:crypto';
import { type PluginContext, type RateLimitedLog, rateLimited } from '@sluice/core';
import { Courier, type Message, post } from '@sluice/plugin-delivery';
import type { GatewayControlConfig } from '../config.js';
import type { ReportFields, ReportKind } from '../proto/reports.js';

/** Requests to cc at a time. */
const MAX_IN_FLIGHT = 4;
/** A report that cc refuses as wrong (4xx) does not get better. */
const MAX_REFUSALS = 5;

/** A report on its way to cc. */
interface QueuedReport extends Message {
  /** The same on every retry. */
  readonly id: string;
  readonly kind: ReportKind;
  readonly body: string;
}

/** Sends reports to cc: in order per lane, again until they arrive, in bounded memory. */
export class ReportSender {
  readonly #ctx: PluginContext;
  readonly #config: GatewayControlConfig['report'];
  readonly #gatewayId: string;
  readonly #courier: Courier<QueuedReport>;
  readonly #log: RateLimitedLog;
  #dropped = 0;

  constructor(ctx: PluginContext, config: GatewayControlConfig['report'], gatewayId: string) {
    this.#ctx = ctx;
    this.#config = config;
    this.#gatewayId = gatewayId;
    this.#log = rateLimited(ctx.log, ctx.clock, 60_000);
    this.#courier = new Courier<QueuedReport>({
      ...config,
      clock: ctx.clock,
      maxMessages: config.maxQueued,
      maxBytes: config.maxQueuedBytes,
      maxInFlight: MAX_IN_FLIGHT,
      timeoutMs: config.timeoutSeconds * 1000,
      givesUp: ({ failures }, { refused }) => refused && failures + 1 >= MAX_REFUSALS,
      send: ({ kind, id, body }, signal) => {
        const headers = { 'content-type': 'application/json', 'x-sluice-id': id };
        return post(config[kind] ?? '', { headers, body, signal });
      },
      onFailed: ({ kind }, { reason }) =>
        this.#log('failed', { report: kind, reason, queued: this.#courier.size }, 'cc did not take a report; it is tried again'),
      onGivenUp: ({ kind }, { reason }) => this.#log('refused', { report: kind, reason }, 'cc refuses a report; it is given up', 'error'),
      onDropped: () => this.#log('dropped', { dropped: ++this.#dropped }, 'cc does not take reports: the oldest are given up'),
    });
  }

  /** Reports not arrived yet. */
  get size(): number {
    return this.#courier.size;
  }

  /** True where cc wants to be told of this. */
  wants(kind: ReportKind): boolean {
    return this.#config[kind] !== undefined;
  }

  /** Tells cc. `lane`: what comes in one lane arrives in order; default the kind. */
  send<K extends ReportKind>(kind: K, fields: ReportFields[K], lane: string = kind): void {
    if (!this.wants(kind)) return;
    const time = new Date(this.#ctx.clock.wallMs()).toISOString();
    const body = JSON.stringify({ gatewayId: this.#gatewayId, time, ...fields });
    // The totals of a flow report are in the next one.
    this.#courier.push({ id: randomUUID(), kind, lane, body, bytes: body.length, expendable: kind === 'flow', failures: 0 });
  }

  /** Resolves when all arrived that can within `waitMs`. Nothing is sent afterwards. */
  close(waitMs: number): Promise<void> {
    return this.#courier.close(waitMs);
  }
}
