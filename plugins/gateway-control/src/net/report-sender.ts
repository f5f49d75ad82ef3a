import { randomUUID } from 'node:crypto';
import { type Cancel, messageOf, type PluginContext, type RateLimitedLog, rateLimited, redactUrl } from '@sluice/core';
import type { GatewayControlConfig } from '../config.js';
import { type QueuedReport, ReportQueue } from '../proto/report-queue.js';
import type { ReportFields, ReportKind } from '../proto/reports.js';

/** Requests to cc at a time. */
const MAX_IN_FLIGHT = 4;
/** A report that cc refuses as wrong (4xx) does not get better. */
const MAX_REFUSALS = 5;

/** Sends reports to cc: in order per lane, again until they arrive, in bounded memory. */
export class ReportSender {
  readonly #ctx: PluginContext;
  readonly #config: GatewayControlConfig['report'];
  readonly #gatewayId: string;
  readonly #queue: ReportQueue;
  readonly #log: RateLimitedLog;
  readonly #inFlight = new Set<AbortController>();
  readonly #drained = new Set<() => void>();
  #timer: Cancel | undefined;
  #closed = false;

  constructor(ctx: PluginContext, config: GatewayControlConfig['report'], gatewayId: string) {
    this.#ctx = ctx;
    this.#config = config;
    this.#gatewayId = gatewayId;
    this.#log = rateLimited(ctx.log, ctx.clock, 60_000);
    this.#queue = new ReportQueue({ ...config, maxReports: config.maxQueued, maxBytes: config.maxQueuedBytes });
  }

  /** Reports not arrived yet. */
  get size(): number {
    return this.#queue.size;
  }

  /** True where cc wants to be told of this. */
  wants(kind: ReportKind): boolean {
    return this.#config[kind] !== undefined;
  }

  /** Tells cc. `lane`: what comes in one lane arrives in order; default the kind. */
  send<K extends ReportKind>(kind: K, fields: ReportFields[K], lane: string = kind): void {
    if (!this.wants(kind) || this.#closed) return;
    const time = new Date(this.#ctx.clock.wallMs()).toISOString();
    const dropped = this.#queue.dropped;
    this.#queue.push({ id: randomUUID(), kind, lane, body: JSON.stringify({ gatewayId: this.#gatewayId, time, ...fields }), failures: 0 });
    if (this.#queue.dropped > dropped) this.#log('dropped', { dropped: this.#queue.dropped }, 'cc does not take reports: the oldest are given up');
    this.#pump();
  }

  /** Resolves when all arrived, or after `waitMs`. Nothing is sent afterwards. */
  async close(waitMs: number): Promise<void> {
    if (!this.#closed && this.#queue.size > 0) {
      await new Promise<void>((resolve) => {
        const cancel = this.#ctx.clock.after(waitMs, resolve);
        this.#drained.add(() => {
          cancel();
          resolve();
        });
      });
    }
    this.#closed = true;
    this.#timer?.();
    for (const controller of this.#inFlight) controller.abort();
  }

  #pump(): void {
    this.#timer?.();
    this.#timer = undefined;
    if (this.#closed) return;
    const now = this.#ctx.clock.now();
    while (this.#inFlight.size < MAX_IN_FLIGHT) {
      const report = this.#queue.take(now);
      if (report === undefined) break;
      void this.#try(report);
    }
    if (this.#inFlight.size >= MAX_IN_FLIGHT) return;
    const due = this.#queue.dueMs();
    if (due !== undefined) this.#timer = this.#ctx.clock.after(Math.max(0, due - now), () => this.#pump());
  }

  async #try(report: QueuedReport): Promise<void> {
    const controller = new AbortController();
    this.#inFlight.add(controller);
    const failure = await this.#post(report, controller);
    this.#inFlight.delete(controller);
    if (failure === undefined) {
      this.#queue.done(report);
    } else if (failure.final && report.failures + 1 >= MAX_REFUSALS) {
      this.#log('refused', { report: report.kind, reason: failure.reason }, 'cc refuses a report; it is given up', 'error');
      this.#queue.done(report);
    } else {
      if (!this.#closed)
        this.#log('failed', { report: report.kind, reason: failure.reason, queued: this.#queue.size }, 'cc did not take a report; it is tried again');
      this.#queue.failed(report, this.#ctx.clock.now(), Math.random());
    }
    if (this.#queue.size === 0) for (const drained of this.#drained) drained();
    this.#pump();
  }

  /** Answers why it did not arrive; `final` where cc says that it never will. */
  async #post({ kind, id, body }: QueuedReport, controller: AbortController): Promise<{ readonly reason: string; readonly final: boolean } | undefined> {
    const url = this.#config[kind] as string;
    const cancel = this.#ctx.clock.after(this.#config.timeoutSeconds * 1000, () =>
      controller.abort(new Error(`no answer within ${this.#config.timeoutSeconds} s`)),
    );
    try {
      const headers = { 'content-type': 'application/json', 'x-sluice-id': id };
      const answer = await fetch(url, { method: 'POST', headers, body, redirect: 'manual', signal: controller.signal });
      await answer.body?.cancel();
      if (answer.ok) return undefined;
      const final = answer.status >= 400 && answer.status < 500 && answer.status !== 408 && answer.status !== 429;
      return { reason: `status ${answer.status} of ${redactUrl(url)}`, final };
    } catch (error) {
      const cause = error instanceof Error && error.cause !== undefined ? messageOf(error.cause) : messageOf(error);
      return { reason: `${redactUrl(url)}: ${cause}`, final: false };
    } finally {
      cancel();
    }
  }
}
