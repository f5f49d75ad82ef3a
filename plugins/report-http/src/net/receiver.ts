import { eventTypes, type PluginContext, type RateLimitedLog, rateLimited, redactUrl } from '@sluice/core';
import { Courier, type Failure, post } from '@sluice/plugin-delivery';
import type { HookConfig, ReportHttpConfig } from '../config.js';
import type { Letter } from './letter.js';
import { webhookHeaders } from './sign.js';
import type { Store } from './store.js';

const MS_PER_HOUR = 3_600_000;

/** A receiver as plain data. Times ISO 8601 UTC. */
export interface ReceiverInfo {
  readonly id: string;
  /** Without its secrets. */
  readonly url: string;
  readonly events: readonly string[];
  /** `failing` from a failure until something arrives. */
  readonly state: 'ok' | 'failing';
  readonly queued: number;
  readonly queuedBytes: number;
  readonly inFlight: number;
  /** Since the start of the process. */
  readonly delivered: number;
  readonly failedTries: number;
  readonly dropped: number;
  readonly deadLetters: number;
  readonly lastDeliveredAt?: string;
  readonly lastFailure?: { readonly at: string; readonly reason: string };
}

/** What a receiver works with. */
export interface ReceiverOptions {
  readonly ctx: PluginContext;
  readonly config: ReportHttpConfig;
  readonly hook: HookConfig;
  /** Names it in the spool and the API. */
  readonly id: string;
  readonly secret: Buffer;
  readonly store: Store;
}

/** One receiver: what waits for it, and how it does. */
export class Receiver {
  readonly id: string;
  readonly wants: (type: string) => boolean;
  readonly #options: ReceiverOptions;
  readonly #url: string;
  readonly #courier: Courier<Letter>;
  readonly #log: RateLimitedLog;
  #delivered = 0;
  #failedTries = 0;
  #dropped = 0;
  #failing = false;
  #lastDeliveredMs: number | undefined;
  #lastFailure: ReceiverInfo['lastFailure'];

  constructor(options: ReceiverOptions) {
    const { ctx, config, hook, id } = options;
    this.#options = options;
    this.id = id;
    this.wants = eventTypes(hook.events);
    this.#url = redactUrl(hook.url);
    this.#log = rateLimited(ctx.log, ctx.clock, 60_000);
    this.#courier = new Courier<Letter>({
      ...config,
      clock: ctx.clock,
      maxMessages: config.maxQueued,
      maxBytes: config.maxQueuedBytes,
      timeoutMs: config.timeoutSeconds * 1000,
      send: (letter, signal) => this.#send(letter, signal),
      givesUp: (letter, failure) => this.#givesUp(letter, failure),
      onDelivered: (letter) => this.#arrived(letter),
      onFailed: (letter, failure) => this.#failed(letter, failure),
      onGivenUp: (letter, failure) => this.#givenUp(letter, failure),
      onDropped: (letter) => this.#noRoom(letter),
    });
  }

  push(letter: Letter): void {
    this.#courier.push(letter);
  }

  /** Resolves when all arrived that can within `waitMs`. */
  close(waitMs: number): Promise<void> {
    return this.#courier.close(waitMs);
  }

  info(): ReceiverInfo {
    return {
      id: this.id,
      url: this.#url,
      events: this.#options.hook.events,
      state: this.#failing ? 'failing' : 'ok',
      queued: this.#courier.size,
      queuedBytes: this.#courier.bytes,
      inFlight: this.#courier.inFlight,
      delivered: this.#delivered,
      failedTries: this.#failedTries,
      dropped: this.#dropped,
      deadLetters: this.#options.store.deadOf(this.id),
      ...(this.#lastDeliveredMs === undefined ? {} : { lastDeliveredAt: new Date(this.#lastDeliveredMs).toISOString() }),
      ...(this.#lastFailure === undefined ? {} : { lastFailure: this.#lastFailure }),
    };
  }

  #send(letter: Letter, signal: AbortSignal): Promise<Failure | undefined> {
    const body = this.#options.store.bodyOf(letter);
    // Gone from the disk: there is nothing to bring.
    if (body === undefined) return Promise.resolve(undefined);
    const timestamp = Math.floor(this.#options.ctx.clock.wallMs() / 1000);
    const headers = { 'content-type': 'application/json', ...webhookHeaders(this.#options.secret, { id: letter.id, timestamp, body }) };
    return post(this.#options.hook.url, { headers, body, signal });
  }

  #givesUp({ failures, atMs }: Letter, { refused }: Failure): boolean {
    const { config, ctx } = this.#options;
    return (refused && failures + 1 >= config.maxRefusals) || ctx.clock.wallMs() - atMs > config.keepHours * MS_PER_HOUR;
  }

  #arrived(letter: Letter): void {
    this.#delivered++;
    this.#failing = false;
    this.#lastDeliveredMs = this.#options.ctx.clock.wallMs();
    this.#options.store.delete(letter);
  }

  #failed(letter: Letter, failure: Failure): void {
    this.#noteFailure(failure);
    this.#options.store.tried(letter);
    this.#log('failed', { hook: this.#url, reason: failure.reason, queued: this.#courier.size }, 'a webhook did not arrive; it is tried again');
  }

  #givenUp(letter: Letter, failure: Failure): void {
    this.#noteFailure(failure);
    letter.failures++;
    this.#options.store.bury(letter, failure.reason);
    this.#log('dead', { hook: this.#url, type: letter.type, reason: failure.reason }, 'a webhook is given up: it is a dead letter', 'error');
  }

  #noteFailure({ reason }: Failure): void {
    this.#failedTries++;
    this.#failing = true;
    this.#lastFailure = { at: new Date(this.#options.ctx.clock.wallMs()).toISOString(), reason };
    this.#options.ctx.count('failed');
  }

  #noRoom(letter: Letter): void {
    this.#dropped++;
    this.#options.ctx.count('dropped');
    if (letter.expendable === true) this.#options.store.delete(letter);
    else this.#options.store.bury(letter, 'no room: too many events wait for this receiver');
    this.#log('dropped', { hook: this.#url, dropped: this.#dropped }, 'too many events wait for a webhook: the oldest are given up', 'error');
  }
}
