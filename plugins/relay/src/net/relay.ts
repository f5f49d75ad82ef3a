import { lookup } from 'node:dns/promises';
import { messageOf, type PluginContext, plainAddress } from '@sluice/core';
import { type RtmpClientService, rtmpClientService } from '@sluice/plugin-rtmp/service';
import type { RelayConfig } from '../config.js';
import { relayError } from '../errors.js';
import { createTargetCheck } from '../proto/targets.js';
import type { RelayPush, RelayPushInfo, RelayPushOptions, RelayService } from '../service.js';
import { MemoryPush } from './memory-push.js';
import { isOwnServer } from './own-server.js';

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
  /** Pushes within the process, woken by the streams they wait for. */
  readonly #inMemory = new Map<MemoryPush, string>();

  constructor(ctx: PluginContext, config: RelayConfig) {
    this.#ctx = ctx;
    this.#config = config;
    this.#rtmp = ctx.use(rtmpClientService);
    this.#allowed = createTargetCheck(config.allow);
    ctx.hooks.tracksReady(({ path }) => {
      for (const [push, from] of this.#inMemory) if (from === path) push.wake();
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

  async push(options: RelayPushOptions): Promise<RelayPush> {
    const target = this.#rtmp.target(options.url);
    const addresses = await resolve(target.host).catch(() => []);
    return isOwnServer(target, addresses, this.#ctx.engine.addresses()) ? this.#handOver(options) : this.#send(options);
  }

  /** Ends every push within the process; those over RTMP end with its plugin. */
  async close(): Promise<void> {
    await Promise.all([...this.#inMemory.keys()].map((push) => push.close()));
  }

  #check(host: string, addresses: readonly string[]): readonly string[] {
    const allowed = addresses.filter(this.#allowed);
    if (allowed.length > 0) return allowed;
    throw relayError('ERR_RELAY_TARGET', `${host} is no target that may be named here (relay.allow)`);
  }

  #handOver(options: RelayPushOptions): RelayPush {
    const told = { ...options, onState: (info: RelayPushInfo) => this.#tell(options, info) };
    const push = new MemoryPush(this.#ctx, told, this.#rtmp.target(options.url), this.#config.retryIntervalMs);
    this.#inMemory.set(push, options.path);
    queueMicrotask(() => push.wake());
    return {
      info: () => push.info(),
      close: async () => {
        this.#inMemory.delete(push);
        await push.close();
      },
    };
  }

  #send(options: RelayPushOptions): RelayPush {
    const { path, url, query, guarded } = options;
    const { pushTimeoutSeconds, retryIntervalMs, maxRetryIntervalMs } = this.#config;
    const push = this.#rtmp.push({
      path,
      url,
      timeoutSeconds: pushTimeoutSeconds,
      retryIntervalMs,
      maxRetryIntervalMs,
      ...(query === undefined ? {} : { query }),
      ...(guarded ? { allow: this.#allowed } : {}),
      onState: (info) => this.#tell(options, { ...info, via: 'rtmp' }),
    });
    return { info: () => ({ ...push.info(), via: 'rtmp' }), close: () => push.close() };
  }

  #tell(options: RelayPushOptions, info: RelayPushInfo): void {
    const { path, url, state, attempt, lastError } = info;
    this.#ctx.report('push.state', { path, url, state, attempt, ...(lastError === undefined ? {} : { lastError }) });
    options.onState?.(info);
  }
}
