import { join } from 'node:path';
import { messageOf, type PluginContext } from '@sluice/core';
import type { RelayConfig } from '../config.js';
import type { RelayPullInfo, RelayPullRequest, RelayPush, RelayPushInfo, RelayPushOptions, RelayPushRequest, RelayService } from '../service.js';
import { type KeptRequest, KeptRequests } from './kept-requests.js';
import { OnDemand } from './on-demand.js';
import { Pulls } from './pulls.js';
import { Pushes } from './pushes.js';
import { TargetGuard } from './target-guard.js';

/** The service. */
export class LocalRelay implements RelayService {
  readonly #ctx: PluginContext;
  readonly #guard: TargetGuard;
  readonly #pulls: Pulls;
  readonly #pushes: Pushes;
  readonly #kept: KeptRequests;

  /** Throws `ERR_RELAY_KEPT`. */
  constructor(ctx: PluginContext, config: RelayConfig) {
    this.#ctx = ctx;
    this.#kept = new KeptRequests(join(ctx.engine.dataDir, 'relay.json'));
    this.#guard = new TargetGuard(ctx, config.allow);
    this.#pulls = new Pulls(ctx, config, this.#guard);
    this.#pushes = new Pushes(ctx, config, this.#guard);
    new OnDemand(ctx, config, this.#pulls);
    ctx.hooks.ready(async () => {
      for (const pull of config.pulls) await this.#attempt(pull.path, () => this.#pulls.open({ ...pull, guarded: false }, 'config'));
      for (const kept of this.#kept.all) await this.#attempt(kept.path, () => this.#resume(kept));
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

  async createPush(request: RelayPushRequest): Promise<RelayPushInfo> {
    const push = await this.#pushes.create(request);
    await this.#keep({ kind: 'push', id: push.id, ...request }, () => this.#pushes.end(push.id));
    return push;
  }

  async endPush(id: string): Promise<void> {
    this.#pushes.end(id);
    await this.#kept.delete(id);
  }

  pulls(): readonly RelayPullInfo[] {
    return this.#pulls.list();
  }

  describePull(id: string): RelayPullInfo {
    return this.#pulls.describe(id);
  }

  async createPull(request: RelayPullRequest): Promise<RelayPullInfo> {
    const pull = await this.#pulls.create(request);
    await this.#keep({ kind: 'pull', id: pull.id, ...request }, () => this.#pulls.end(pull.id));
    return pull;
  }

  async endPull(id: string): Promise<void> {
    this.#pulls.end(id);
    await this.#kept.delete(id);
  }

  /** Ends every pull and push. */
  close(): void {
    this.#pulls.close();
    this.#pushes.close();
  }

  /** What cannot be kept is not begun either. */
  async #keep(kept: KeptRequest, undo: () => void): Promise<void> {
    try {
      await this.#kept.add(kept);
    } catch (error) {
      undo();
      throw error;
    }
  }

  /** Goes on with what was there before a restart. `relay.allow` counts as it is now. */
  async #resume({ kind, id, ...request }: KeptRequest): Promise<void> {
    const options = { ...request, guarded: true };
    if (kind === 'pull') this.#pulls.open(options, 'api', id);
    else await this.#pushes.open(options, 'api', id);
  }

  async #attempt(path: string, begin: () => unknown): Promise<void> {
    try {
      await begin();
    } catch (error) {
      this.#ctx.log.warn({ stream: path, error: messageOf(error) }, 'not begun');
    }
  }
}
