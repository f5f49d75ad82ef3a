import { type Cancel, closeReason, messageOf, type PluginContext, type Publisher, redactText, redactUrl, SluiceError, type Subscription } from '@sluice/core';
import type { RtmpPush, RtmpPushInfo, RtmpPushState, RtmpTarget } from '@sluice/plugin-rtmp/service';
import type { RelayPushRequest } from '../service.js';

/** What is handed over, and who is told. */
export interface MemoryPushOptions extends RelayPushRequest {
  readonly onState: (info: RtmpPushInfo) => void;
}

/** A stream handed over to another path of the same engine: frames as they are, nothing is muxed or sent. */
export class MemoryPush implements RtmpPush {
  readonly #ctx: PluginContext;
  readonly #options: MemoryPushOptions;
  readonly #target: RtmpTarget;
  readonly #retryMs: number;
  #state: RtmpPushState = 'idle';
  #attempt = 0;
  #lastError: RtmpPushInfo['lastError'];
  #sinceMs: number;
  #bytes = 0;
  #subscription: Subscription | undefined;
  #retry: Cancel | undefined;

  constructor(ctx: PluginContext, options: MemoryPushOptions, target: RtmpTarget, retryMs: number) {
    this.#ctx = ctx;
    this.#options = options;
    this.#target = target;
    this.#retryMs = retryMs;
    this.#sinceMs = ctx.clock.wallMs();
  }

  info(): RtmpPushInfo {
    return {
      path: this.#options.path,
      url: redactUrl(this.#options.url),
      state: this.#state,
      attempt: this.#attempt,
      ...(this.#lastError === undefined ? {} : { lastError: this.#lastError }),
      since: new Date(this.#sinceMs).toISOString(),
      bytes: this.#bytes,
    };
  }

  /** The stream may be there. */
  wake(): void {
    const state = this.#ctx.streams.describe(this.#options.path)?.state;
    if (this.#state === 'idle' && (state === 'live' || state === 'lingering')) void this.#run();
  }

  async close(): Promise<void> {
    if (this.#state === 'stopped') return;
    this.#retry?.();
    this.#enter('stopped');
    this.#subscription?.close();
  }

  async #run(): Promise<void> {
    this.#retry?.();
    this.#attempt++;
    this.#enter('connecting');
    try {
      const subscription = await this.#ctx.streams.subscribe(this.#options.path, { trusted: true });
      this.#subscription = subscription;
      if (this.#isStopped()) subscription.close();
      else if (this.#target.path === this.#options.path) await this.#watch(subscription);
      else await this.#hand(subscription);
      this.#over();
    } catch (error) {
      this.#over(error);
    } finally {
      this.#subscription?.close();
      this.#subscription = undefined;
    }
  }

  #isStopped(): boolean {
    return this.#state === 'stopped';
  }

  /** The target is the stream itself: it is there already. */
  async #watch(subscription: Subscription): Promise<void> {
    this.#enter('live');
    for await (const frame of subscription) this.#bytes += frame.size;
  }

  async #hand(subscription: Subscription): Promise<void> {
    const publisher = await this.#publish(subscription);
    if (!this.#isStopped()) this.#enter('live');
    try {
      for await (const frame of subscription) {
        this.#bytes += frame.size;
        publisher.received(frame.size);
        publisher.write(frame);
      }
    } finally {
      await publisher.close(closeReason('ended'));
    }
  }

  /** Asks as a publisher over the wire is asked. The stream's own input watches for silence. */
  #publish(subscription: Subscription): Promise<Publisher> {
    const held = this.#ctx.streams.describe(this.#options.path)?.publisher?.query.receiveTimeoutSeconds;
    return this.#ctx.streams.publish(this.#target.path, {
      protocol: 'memory',
      query: { ...(held === undefined ? {} : { receiveTimeoutSeconds: held }), ...this.#options.query, ...this.#target.query },
      tracks: subscription.tracks,
      receiveTimeoutSeconds: 0,
      onClose: () => subscription.close(),
    });
  }

  #over(error?: unknown): void {
    if (this.#state === 'stopped') return;
    if (error === undefined) {
      this.#attempt = 0;
      this.#enter('idle');
    } else {
      const code = error instanceof SluiceError ? error.code : 'ERR_RELAY_FAILED';
      this.#lastError = { code, message: redactText(messageOf(error)) };
      if (this.#attempt > (this.#options.retries ?? Number.POSITIVE_INFINITY)) {
        this.#enter('failed');
        return;
      }
      this.#enter('retrying');
    }
    this.#retry = this.#ctx.clock.after(this.#retryMs, () => {
      if (this.#state === 'retrying') this.#enter('idle');
      this.wake();
    });
  }

  #enter(state: RtmpPushState): void {
    this.#state = state;
    this.#sinceMs = this.#ctx.clock.wallMs();
    this.#options.onState(this.info());
  }
}
