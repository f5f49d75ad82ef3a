import { randomUUID } from 'node:crypto';
import { checkStreamPath, closeReason, type Link, type LinkOptions, type PluginContext } from '@sluice/core';
import type { RelayConfig } from '../config.js';
import { relayError } from '../errors.js';
import { linkStateReport } from '../events.js';
import { backOffMs } from '../proto/back-off.js';
import type { RelayPullInfo, RelayPullOrigin, RelayPullRequest, RelayState } from '../service.js';
import { wayTo } from './clients.js';
import { describeEntry, type LinkEntry, LinkTable } from './link-table.js';
import { RetryingLink } from './retrying-link.js';
import type { TargetGuard } from './target-guard.js';

/** `retries` of a pull of the API that says nothing. */
const API_RETRIES = 5;
/** While viewers wait for a lost source to come back, it is asked at least this often. */
const LINGERING_WAIT_MS = 2000;
const LOOK_EVERY_MS = 500;
const RUNNING: ReadonlySet<RelayState> = new Set(['connecting', 'live', 'retrying']);

/** What is kept of a pull beside. */
interface Watched {
  /** How long it runs without viewers; undefined for ever. */
  readonly idleMs: number | undefined;
  /** Since when it is known that nobody watches; monotonic ms. */
  idleSinceMs: number | undefined;
  /** Called at every change of state, by those who wait for the stream. */
  readonly listeners: Set<() => void>;
}

/** A pull as its keeper sees it. */
export type PullEntry = LinkEntry<RelayPullOrigin> & Watched;

/** How a pull is opened. */
export interface PullOptions extends RelayPullRequest {
  /** True where whoever asks chose the target: `relay.allow` counts. */
  readonly guarded: boolean;
}

/** Streams of other servers on their way here. */
export class Pulls {
  readonly #ctx: PluginContext;
  readonly #config: RelayConfig;
  readonly #guard: TargetGuard;
  readonly #table = new LinkTable<RelayPullOrigin, Watched>();

  constructor(ctx: PluginContext, config: RelayConfig, guard: TargetGuard) {
    this.#ctx = ctx;
    this.#config = config;
    this.#guard = guard;
    // Those that end without viewers are ended here, each after its own time.
    ctx.hooks.idle(({ path }) => (this.of(path) === undefined ? undefined : 'keep'));
    ctx.onDispose(ctx.clock.every(LOOK_EVERY_MS, () => this.#look()));
  }

  list(): readonly RelayPullInfo[] {
    return this.#table.entries.map(describeEntry);
  }

  describe(id: string): RelayPullInfo {
    const entry = this.#table.get(id);
    if (entry === undefined) throw relayError('ERR_RELAY_PULL_UNKNOWN', `no pull '${id}'`);
    return describeEntry(entry);
  }

  /** The pull of a path. */
  of(path: string): PullEntry | undefined {
    return this.#table.of(path)[0];
  }

  /** How many there are of an origin. */
  count(origin: RelayPullOrigin): number {
    return this.#table.count(origin);
  }

  /** A pull for a caller of the API. */
  async create(request: RelayPullRequest): Promise<RelayPullInfo> {
    checkStreamPath(request.path);
    await this.#guard.checkUrl(request.url, 'pull');
    this.#checkFree(request.path);
    const { maxPulls } = this.#config;
    if (this.count('api') >= maxPulls) throw relayError('ERR_RELAY_TOO_MANY', `there are ${maxPulls} pulls already (relay.maxPulls)`);
    return describeEntry(this.open({ ...request, guarded: true }, 'api'));
  }

  /** Ends a pull, with the stream that it brings or keeps for its return. */
  end(id: string): void {
    const { path } = this.describe(id);
    const brought = this.#isOurs(path);
    this.#table.remove(id);
    if (brought) this.#ctx.streams.close(path, closeReason('ended', 'the pull was ended'));
  }

  /** Ends a pull; its stream goes as its publisher says. */
  remove(entry: PullEntry): void {
    this.#table.remove(entry.id);
  }

  /** Begins a pull. Throws where the URL is bad or the path is pulled already. */
  open(options: PullOptions, origin: RelayPullOrigin, id: string = randomUUID()): PullEntry {
    const { path, url, idleSeconds, retries = origin === 'api' ? API_RETRIES : Number.POSITIVE_INFINITY } = options;
    this.#checkFree(path);
    const via = wayTo(this.#ctx, url, 'pull').client.name;
    const { clock } = this.#ctx;
    const listeners = new Set<() => void>();
    const link = new RetryingLink({
      path,
      url,
      retries,
      waitMs: (attempt) => this.#waitMs(options, origin, attempt),
      clock,
      ready: () => true,
      // While viewers wait for the source to come back, it goes on.
      mayFail: () => !this.#isLingering(path),
      open: (told) => this.#open(options, told),
      onState: (info) => {
        this.#ctx.report('pull.state', linkStateReport({ id, ...info }));
        for (const listener of [...listeners]) listener();
        // Somebody ended the stream of a pull that is there for its viewers only.
        if (info.state === 'idle' && origin === 'demand') this.#table.remove(id);
      },
    });
    const idleMs = idleSeconds === undefined ? undefined : idleSeconds * 1000;
    const entry: PullEntry = { id, path, url, via, origin, link, idleMs, idleSinceMs: undefined, listeners };
    this.#table.add(entry);
    link.wake();
    return entry;
  }

  /** Ends every pull. */
  close(): void {
    this.#table.removeAll();
  }

  #checkFree(path: string): void {
    const same = this.of(path);
    if (same !== undefined) throw relayError('ERR_RELAY_PULL_EXISTS', `pull ${same.id} brings ${path} already`);
  }

  #open({ path, url, transport, guarded }: PullOptions, told: Pick<LinkOptions, 'onLive' | 'onEnd'>): Link {
    const { client } = wayTo(this.#ctx, url, 'pull');
    if (client.pull === undefined) throw relayError('ERR_RELAY_URL', 'nothing is pulled from there');
    const timeoutMs = this.#config.pullTimeoutSeconds * 1000;
    // As long as any publisher's: a server whose own source is away for a while needs no new connection.
    const silenceMs = (this.#ctx.engine.settings.receiveTimeoutSeconds as number) * 1000;
    return client.pull({ path, url, timeoutMs, silenceMs, ...(transport && { transport }), ...(guarded && { allow: this.#guard.allow }), ...told });
  }

  /** A viewer who waits for the first try to work is not kept waiting longer each time. */
  #waitMs({ path, retryIntervalMs = this.#config.retryIntervalMs }: PullOptions, origin: RelayPullOrigin, attempt: number): number {
    const lingering = this.#isLingering(path);
    if (origin === 'demand' && !lingering) return retryIntervalMs;
    const maxMs = Math.max(retryIntervalMs, lingering ? LINGERING_WAIT_MS : this.#config.maxRetryIntervalMs);
    return backOffMs(attempt, { firstMs: retryIntervalMs, maxMs }, Math.random());
  }

  #isLingering(path: string): boolean {
    return this.#ctx.streams.describe(path)?.state === 'lingering';
  }

  /** Whether the stream of a path is one of a pull: brought now, or waiting for it to come back. */
  #isOurs(path: string): boolean {
    return this.of(path)?.link.state === 'live' || this.#isLingering(path);
  }

  /** Ends what nobody watches any more. A stream that nobody could watch yet is waited for. */
  #look(): void {
    const now = this.#ctx.clock.now();
    for (const entry of this.#table.entries) {
      if (entry.idleMs === undefined) continue;
      entry.idleSinceMs = this.#isWanted(entry) || !RUNNING.has(entry.link.state) ? undefined : (entry.idleSinceMs ?? now);
      if (entry.idleSinceMs !== undefined && now - entry.idleSinceMs >= entry.idleMs) this.#rest(entry);
    }
  }

  #isWanted({ path, listeners }: PullEntry): boolean {
    const stream = this.#ctx.streams.describe(path);
    return stream === undefined ? listeners.size > 0 : stream.viewers > 0 || stream.state === 'waiting';
  }

  #rest(entry: PullEntry): void {
    if (this.#isOurs(entry.path)) this.#ctx.streams.close(entry.path, closeReason('idle', 'nobody watches'));
    entry.link.rest();
  }
}
