import { randomUUID } from 'node:crypto';
import { checkStreamPath, type Link, type LinkOptions, type PluginContext } from '@sluice/core';
import type { RelayConfig } from '../config.js';
import { relayError } from '../errors.js';
import { linkStateReport } from '../events.js';
import { backOffMs } from '../proto/back-off.js';
import type { RelayPush, RelayPushInfo, RelayPushOptions, RelayPushOrigin, RelayPushRequest } from '../service.js';
import { type Way, wayTo } from './clients.js';
import { describeEntry, LinkTable } from './link-table.js';
import { MemoryLink } from './memory-link.js';
import { isOwnServer } from './own-server.js';
import { PushRules } from './push-rules.js';
import { RetryingLink } from './retrying-link.js';
import { resolveHost, type TargetGuard } from './target-guard.js';

/** Mostly the stream is gone and tells when it is back; where somebody ended this viewer alone, it is still there. */
const LOOK_AGAIN_MS = 1000;

/** Streams on their way to other servers. */
export class Pushes {
  readonly #ctx: PluginContext;
  readonly #config: RelayConfig;
  readonly #guard: TargetGuard;
  readonly #table = new LinkTable<RelayPushOrigin>();

  constructor(ctx: PluginContext, config: RelayConfig, guard: TargetGuard) {
    this.#ctx = ctx;
    this.#config = config;
    this.#guard = guard;
    ctx.hooks.tracksReady(({ path }) => {
      for (const { link } of this.#table.of(path)) link.wake();
    });
    new PushRules(ctx, config.pushes, async (path, url) => {
      return this.#find(path, url) === undefined ? this.open({ path, url, guarded: false }, 'rule') : undefined;
    });
  }

  list(): readonly RelayPushInfo[] {
    return this.#table.entries.map(describeEntry);
  }

  describe(id: string): RelayPushInfo {
    const entry = this.#table.get(id);
    if (entry === undefined) throw relayError('ERR_RELAY_PUSH_UNKNOWN', `no push '${id}'`);
    return describeEntry(entry);
  }

  /** A push for a caller of the API. */
  async create(request: RelayPushRequest): Promise<RelayPushInfo> {
    checkStreamPath(request.path);
    await this.#guard.checkUrl(request.url, 'push');
    return (await this.open({ ...request, guarded: true }, 'api')).info();
  }

  end(id: string): void {
    if (this.describe(id).origin === 'plugin') throw relayError('ERR_RELAY_PUSH_OWNED', 'another plugin wants this push: end it there');
    this.#table.remove(id);
  }

  /** Begins a push. Rejects where the URL is bad. */
  async open(options: RelayPushOptions, origin: RelayPushOrigin, id: string = randomUUID()): Promise<RelayPush> {
    const { path, url } = options;
    const way = wayTo(this.#ctx, url, 'push');
    const addresses = await resolveHost(way.target.host).catch(() => []);
    const own = isOwnServer(way, addresses, this.#ctx.engine.addresses());
    if (origin === 'api') this.#admit(options);
    const via = own ? 'memory' : way.client.name;
    const { retries = Number.POSITIVE_INFINITY, retryIntervalMs = this.#config.retryIntervalMs } = options;
    const maxMs = Math.max(retryIntervalMs, this.#config.maxRetryIntervalMs);
    const link = new RetryingLink({
      path,
      url,
      retries,
      waitMs: (attempt) => backOffMs(attempt, { firstMs: retryIntervalMs, maxMs }, Math.random()),
      lookAgainMs: LOOK_AGAIN_MS,
      clock: this.#ctx.clock,
      ready: () => this.#isThere(path),
      open: (told) => (own ? new MemoryLink(this.#ctx, { ...options, ...told }, way.target) : this.#send(way, options, told)),
      onState: (info) => this.#tell(options, { id, origin, via, ...info }),
    });
    const entry = { id, path, url, via, origin, link };
    this.#table.add(entry);
    // Whoever asked has the push in hand before the first state.
    queueMicrotask(() => link.wake());
    return { info: () => describeEntry(entry), close: async () => void this.#table.remove(id) };
  }

  /** Ends every push. */
  close(): void {
    this.#table.removeAll();
  }

  #isThere(path: string): boolean {
    const state = this.#ctx.streams.describe(path)?.state;
    return state === 'live' || state === 'lingering';
  }

  #find(path: string, url: string) {
    return this.#table.of(path).find((entry) => entry.url === url);
  }

  #admit({ path, url }: RelayPushRequest): void {
    const same = this.#find(path, url);
    if (same !== undefined) throw relayError('ERR_RELAY_PUSH_EXISTS', `push ${same.id} forwards ${path} there already`);
    const { maxPushes } = this.#config;
    if (this.#table.count('api') >= maxPushes) throw relayError('ERR_RELAY_TOO_MANY', `there are ${maxPushes} pushes already (relay.maxPushes)`);
  }

  #send({ client }: Way, { path, url, query, transport, guarded }: RelayPushOptions, told: Pick<LinkOptions, 'onLive' | 'onEnd'>): Link {
    if (client.push === undefined) throw relayError('ERR_RELAY_URL', 'nothing is pushed there');
    return client.push({
      path,
      url,
      timeoutMs: this.#config.pushTimeoutSeconds * 1000,
      ...(query && { query }),
      ...(transport && { transport }),
      ...(guarded && { allow: this.#guard.allow }),
      ...told,
    });
  }

  #tell({ onState }: RelayPushOptions, info: RelayPushInfo): void {
    this.#ctx.report('push.state', linkStateReport(info));
    onState?.(info);
  }
}
