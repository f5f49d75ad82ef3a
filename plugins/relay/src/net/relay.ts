import { lookup } from 'node:dns/promises';
import { checkStreamPath, messageOf, type PluginContext, plainAddress } from '@sluice/core';
import { type RtmpClientService, type RtmpPush, type RtmpPushInfo, rtmpClientService } from '@sluice/plugin-rtmp/service';
import type { RelayConfig } from '../config.js';
import { relayError } from '../errors.js';
import { createTargetCheck } from '../proto/targets.js';
import type { RelayPush, RelayPushInfo, RelayPushOptions, RelayPushOrigin, RelayPushRequest, RelayService } from '../service.js';
import { MemoryPush } from './memory-push.js';
import { isOwnServer } from './own-server.js';
import { PushRules } from './push-rules.js';
import { describePush, newPushId, PushTable } from './push-table.js';

async function resolve(host: string): Promise<string[]> {
  try {
    return (await lookup(host, { all: true })).map(({ address }) => plainAddress(address));
  } catch (error) {
    throw relayError('ERR_RELAY_RESOLVE', `cannot resolve ${host}: ${messageOf(error)}`);
  }
}

/** The service. */
export class LocalRelay implements RelayService {
  readonly #ctx: PluginContext;
  readonly #config: RelayConfig;
  readonly #rtmp: RtmpClientService;
  readonly #allowed: (address: string) => boolean;
  readonly #table = new PushTable();

  constructor(ctx: PluginContext, config: RelayConfig) {
    this.#ctx = ctx;
    this.#config = config;
    this.#rtmp = ctx.use(rtmpClientService);
    this.#allowed = createTargetCheck(config.allow);
    // Pushes within the process; those over RTMP are woken by its plugin.
    ctx.hooks.tracksReady(({ path }) => {
      for (const entry of this.#table.entries) if (entry.path === path && entry.push instanceof MemoryPush) entry.push.wake();
    });
    new PushRules(ctx, config.pushes, async (path, url) => {
      return this.#table.find(path, url) === undefined ? this.#open({ path, url, guarded: false }, 'rule') : undefined;
    });
  }

  /** Our own RTMP server is no other target: nobody is connected to. */
  async checkUrl(url: string): Promise<void> {
    const target = this.#rtmp.target(url);
    const addresses = await resolve(target.host);
    if (!isOwnServer(target, addresses, this.#ctx.engine.addresses())) this.#check(target.host, addresses);
  }

  async checkHost(host: string): Promise<readonly string[]> {
    return this.#check(host, await resolve(host));
  }

  push(options: RelayPushOptions): Promise<RelayPush> {
    return this.#open(options, 'plugin');
  }

  pushes(): readonly RelayPushInfo[] {
    return [...this.#table.entries].map(describePush);
  }

  describePush(id: string): RelayPushInfo {
    const entry = this.#table.get(id);
    if (entry === undefined) throw relayError('ERR_RELAY_PUSH_UNKNOWN', `no push '${id}'`);
    return describePush(entry);
  }

  async createPush(request: RelayPushRequest): Promise<RelayPushInfo> {
    checkStreamPath(request.path);
    await this.checkUrl(request.url);
    return (await this.#open({ ...request, guarded: true }, 'api')).info();
  }

  async endPush(id: string): Promise<void> {
    if (this.describePush(id).origin === 'plugin') throw relayError('ERR_RELAY_PUSH_OWNED', 'another plugin wants this push: end it there');
    await this.#table.close(id);
  }

  /** Ends every push. */
  close(): Promise<void> {
    return this.#table.closeAll();
  }

  #check(host: string, addresses: readonly string[]): readonly string[] {
    const allowed = addresses.filter(this.#allowed);
    if (allowed.length > 0) return allowed;
    throw relayError('ERR_RELAY_TARGET', `${host} is no target that may be named here (relay.allow)`);
  }

  #admit({ path, url }: RelayPushRequest): void {
    const same = this.#table.find(path, url);
    if (same !== undefined) throw relayError('ERR_RELAY_PUSH_EXISTS', `push ${same.id} forwards ${path} there already`);
    const { maxPushes } = this.#config;
    if (this.#table.count('api') >= maxPushes) throw relayError('ERR_RELAY_TOO_MANY', `there are ${maxPushes} pushes already (relay.maxPushes)`);
  }

  async #open(options: RelayPushOptions, origin: RelayPushOrigin): Promise<RelayPush> {
    const target = this.#rtmp.target(options.url);
    const addresses = await resolve(target.host).catch(() => []);
    const via = isOwnServer(target, addresses, this.#ctx.engine.addresses()) ? 'memory' : 'rtmp';
    if (origin === 'api') this.#admit(options);
    const id = newPushId();
    const onState = (info: RtmpPushInfo): void => this.#tell(options, { id, origin, via, ...info });
    const push = via === 'memory' ? this.#handOver({ ...options, onState }) : this.#send(options, onState);
    return this.#table.add({ id, path: options.path, url: options.url, via, origin, push });
  }

  #handOver(options: RelayPushRequest & { readonly onState: (info: RtmpPushInfo) => void }): RtmpPush {
    const push = new MemoryPush(this.#ctx, options, this.#rtmp.target(options.url), this.#config.retryIntervalMs);
    queueMicrotask(() => push.wake());
    return push;
  }

  #send({ path, url, query, guarded, retries, retryIntervalMs }: RelayPushOptions, onState: (info: RtmpPushInfo) => void): RtmpPush {
    const { pushTimeoutSeconds, maxRetryIntervalMs } = this.#config;
    const firstMs = retryIntervalMs ?? this.#config.retryIntervalMs;
    return this.#rtmp.push({
      path,
      url,
      timeoutSeconds: pushTimeoutSeconds,
      retryIntervalMs: firstMs,
      maxRetryIntervalMs: Math.max(firstMs, maxRetryIntervalMs),
      ...(retries === undefined ? {} : { retries }),
      ...(query === undefined ? {} : { query }),
      ...(guarded ? { allow: this.#allowed } : {}),
      onState,
    });
  }

  #tell(options: RelayPushOptions, info: RelayPushInfo): void {
    const { id, path, url, state, attempt, lastError } = info;
    this.#ctx.report('push.state', { id, path, url, state, attempt, ...(lastError === undefined ? {} : { lastError }) });
    options.onState?.(info);
  }
}
