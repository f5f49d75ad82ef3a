import { lookup } from 'node:dns/promises';
import { messageOf, type PluginContext, plainAddress } from '@sluice/core';
import { relayError } from '../errors.js';
import { createTargetCheck } from '../proto/targets.js';
import { wayTo } from './clients.js';
import { isOwnServer } from './own-server.js';

/** Addresses of a host. Rejects with `ERR_RELAY_RESOLVE`. */
export async function resolveHost(host: string): Promise<string[]> {
  try {
    return (await lookup(host, { all: true })).map(({ address }) => plainAddress(address));
  } catch (error) {
    throw relayError('ERR_RELAY_RESOLVE', `cannot resolve ${host}: ${messageOf(error)}`);
  }
}

/** What callers of the API may name as targets (`relay.allow`). */
export class TargetGuard {
  readonly #ctx: PluginContext;
  /** Whether an address passes: asked again by the transport for each connection, those of redirects too. */
  readonly allow: (address: string) => boolean;

  constructor(ctx: PluginContext, rules: readonly string[]) {
    this.#ctx = ctx;
    this.allow = createTargetCheck(rules);
  }

  /** Our own server is no other target of a push: nobody is connected to. */
  async checkUrl(url: string, kind: 'pull' | 'push'): Promise<void> {
    const way = wayTo(this.#ctx, url, kind);
    const addresses = await resolveHost(way.target.host);
    if (kind === 'push' && isOwnServer(way, addresses, this.#ctx.engine.addresses())) return;
    this.#check(way.target.host, addresses);
  }

  async checkHost(host: string): Promise<readonly string[]> {
    return this.#check(host, await resolveHost(host));
  }

  #check(host: string, addresses: readonly string[]): readonly string[] {
    const allowed = addresses.filter(this.allow);
    if (allowed.length > 0) return allowed;
    throw relayError('ERR_RELAY_TARGET', `${host} is no target that may be named here (relay.allow)`);
  }
}
