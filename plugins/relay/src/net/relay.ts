import type { PluginContext } from '@sluice/core';
import type { RelayConfig } from '../config.js';
import type { RelayPullInfo, RelayPullRequest, RelayPush, RelayPushInfo, RelayPushOptions, RelayPushRequest, RelayService } from '../service.js';
import { OnDemand } from './on-demand.js';
import { Pulls } from './pulls.js';
import { Pushes } from './pushes.js';
import { TargetGuard } from './target-guard.js';

/** The service. */
export class LocalRelay implements RelayService {
  readonly #guard: TargetGuard;
  readonly #pulls: Pulls;
  readonly #pushes: Pushes;

  constructor(ctx: PluginContext, config: RelayConfig) {
    this.#guard = new TargetGuard(ctx, config.allow);
    this.#pulls = new Pulls(ctx, config, this.#guard);
    this.#pushes = new Pushes(ctx, config, this.#guard);
    new OnDemand(ctx, config, this.#pulls);
    ctx.hooks.ready(() => {
      for (const pull of config.pulls) this.#pulls.open({ ...pull, guarded: false }, 'config');
    });
  }

  checkUrl(url: string): Promise<void> {
    return this.#guard.checkUrl(url, 'push');
  }

  checkHost(host: string): Promise<readonly string[]> {
    return this.#guard.checkHost(host);
  }

  push(options: RelayPushOptions): Promise<RelayPush> {
    return this.#pushes.open(options, 'plugin');
  }

  pushes(): readonly RelayPushInfo[] {
    return this.#pushes.list();
  }

  describePush(id: string): RelayPushInfo {
    return this.#pushes.describe(id);
  }

  createPush(request: RelayPushRequest): Promise<RelayPushInfo> {
    return this.#pushes.create(request);
  }

  async endPush(id: string): Promise<void> {
    this.#pushes.end(id);
  }

  pulls(): readonly RelayPullInfo[] {
    return this.#pulls.list();
  }

  describePull(id: string): RelayPullInfo {
    return this.#pulls.describe(id);
  }

  createPull(request: RelayPullRequest): Promise<RelayPullInfo> {
    return this.#pulls.create(request);
  }

  async endPull(id: string): Promise<void> {
    this.#pulls.end(id);
  }

  /** Ends every pull and push. */
  close(): void {
    this.#pulls.close();
    this.#pushes.close();
  }
}
