import {
  closeReason,
  type Link,
  type LinkOptions,
  type LinkTarget,
  messageOf,
  type PluginContext,
  type Publisher,
  SluiceError,
  type Subscription,
} from '@sluice/core';

/** A stream handed over to another path of the same engine: frames as they are, nothing is muxed or sent. */
export class MemoryLink implements Link {
  readonly #ctx: PluginContext;
  readonly #options: Pick<LinkOptions, 'path' | 'query' | 'onLive' | 'onEnd'>;
  readonly #target: LinkTarget;
  readonly #closed = new AbortController();
  #subscription: Subscription | undefined;
  #bytes = 0;

  constructor(ctx: PluginContext, options: Pick<LinkOptions, 'path' | 'query' | 'onLive' | 'onEnd'>, target: LinkTarget) {
    this.#ctx = ctx;
    this.#options = options;
    this.#target = target;
    void this.#run();
  }

  get bytes(): number {
    return this.#bytes;
  }

  close(): void {
    this.#closed.abort();
    this.#subscription?.close();
  }

  async #run(): Promise<void> {
    try {
      const subscription = await this.#ctx.streams.subscribe(this.#options.path, { trusted: true, signal: this.#closed.signal });
      this.#subscription = subscription;
      if (this.#target.path === this.#options.path) await this.#watch(subscription);
      else await this.#hand(subscription);
      this.#options.onEnd();
    } catch (error) {
      if (this.#closed.signal.aborted) this.#options.onEnd();
      else this.#options.onEnd(error instanceof SluiceError ? error : new SluiceError('ERR_RELAY_FAILED', messageOf(error), { cause: error }));
    } finally {
      this.#subscription?.close();
    }
  }

  /** The target is the stream itself: it is there already. */
  async #watch(subscription: Subscription): Promise<void> {
    this.#options.onLive();
    for await (const frame of subscription) this.#bytes += frame.size;
  }

  async #hand(subscription: Subscription): Promise<void> {
    const publisher = await this.#publish(subscription);
    this.#options.onLive();
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
}
