import type { PluginContext } from '@sluice/core';
import { flvMappingPoint, flvMappings } from '@sluice/plugin-format-flv';
import type { RtmpConfig } from '../config.js';
import { parsePushUrl } from '../proto/push-url.js';
import { streamUrl } from '../proto/stream-url.js';
import type { RtmpClientService, RtmpPush, RtmpPushOptions, RtmpTarget } from '../service.js';
import { StreamPush } from './push.js';

/** The service: all pushes of an engine, woken by the streams they wait for. */
export class LocalRtmpClient implements RtmpClientService {
  readonly #ctx: PluginContext;
  readonly #config: RtmpConfig;
  readonly #byPath = new Map<string, Set<StreamPush>>();

  constructor(ctx: PluginContext, config: RtmpConfig) {
    this.#ctx = ctx;
    this.#config = config;
    ctx.hooks.tracksReady(({ path }) => {
      for (const push of [...(this.#byPath.get(path) ?? [])]) push.wake();
    });
  }

  target(url: string): RtmpTarget {
    const { host, port, secure, app, tcUrl, name } = parsePushUrl(url);
    return { host, port, secure, ...streamUrl(app, tcUrl, name) };
  }

  push(options: RtmpPushOptions): RtmpPush {
    const { path } = options;
    const mappings = [...flvMappings, ...this.#ctx.extensions(flvMappingPoint)];
    const fourCcs = mappings.flatMap(({ fourCc }) => (fourCc === undefined ? [] : [fourCc]));
    const push: StreamPush = new StreamPush({ ctx: this.#ctx, limits: this.#config.limits, fourCcs }, options, () => this.#forget(push));
    const pushes = this.#byPath.get(path) ?? new Set();
    this.#byPath.set(path, pushes.add(push));
    // Whoever asked has the push in hand before the first state.
    queueMicrotask(() => push.wake());
    return push;
  }

  /** Ends every push. */
  async close(): Promise<void> {
    await Promise.all([...this.#byPath.values()].flatMap((pushes) => [...pushes].map((push) => push.close())));
  }

  #forget(push: StreamPush): void {
    const pushes = this.#byPath.get(push.path);
    pushes?.delete(push);
    if (pushes?.size === 0) this.#byPath.delete(push.path);
  }
}
