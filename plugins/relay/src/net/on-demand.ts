import { type Cancel, type DemandRequest, type DemandVerdict, messageOf, type PluginContext, pathPattern, redactUrl } from '@sluice/core';
import type { RelayConfig, RelaySource } from '../config.js';
import { choosesHost, fillTemplate } from '../proto/target-template.js';
import type { PullEntry, Pulls } from './pulls.js';

/** Whatever came in the way: who asked is told that there is no such stream, and the code says why. */
const NOT_FOUND = 404;
/** The verdict comes this much earlier than the engine's own end of the wait, so that it has a reason. */
const EARLIER_MS = 500;
/** What failed is shown in the API for so long. */
const SHOWN_MS = 60_000;

interface Source extends RelaySource {
  readonly captures: (path: string) => readonly string[] | undefined;
}

/** Brings streams that viewers ask for and that are not here: by `relay.sources`, or by a pull that rests. */
export class OnDemand {
  readonly #ctx: PluginContext;
  readonly #pulls: Pulls;
  readonly #sources: readonly Source[];
  readonly #maxPulls: number;
  readonly #forget = new Map<PullEntry, Cancel>();

  constructor(ctx: PluginContext, { sources, maxPulls }: RelayConfig, pulls: Pulls) {
    this.#ctx = ctx;
    this.#pulls = pulls;
    this.#maxPulls = maxPulls;
    this.#sources = sources.map((source) => ({ ...source, captures: pathPattern(source.match) }));
    ctx.hooks.demand((request) => this.#demand(request));
    // Nobody waits any more for a source that did not come back.
    ctx.hooks.closed((path) => {
      const entry = pulls.of(path);
      if (entry?.origin === 'demand' && entry.listeners.size === 0) pulls.remove(entry);
    });
  }

  async #demand({ path, signal }: DemandRequest): Promise<DemandVerdict | undefined> {
    let entry: PullEntry | undefined;
    try {
      entry = this.#pulls.of(path) ?? this.#begin(path);
    } catch (error) {
      this.#ctx.log.warn({ stream: path, error: messageOf(error) }, 'relay.sources: not pulled');
      return { served: false, status: NOT_FOUND, code: 'ERR_RELAY_URL', message: `the source of ${path} cannot be pulled` };
    }
    if (entry === undefined) return undefined;
    this.#forget.get(entry)?.();
    this.#forget.delete(entry);
    entry.link.wake();
    await this.#outcome(entry, signal);
    return this.#verdict(entry);
  }

  #begin(path: string): PullEntry | undefined {
    for (const { captures, url, retries, retryIntervalMs, idleSeconds, transport } of this.#sources) {
      const found = captures(path);
      if (found === undefined) continue;
      this.#makeRoom();
      const target = fillTemplate(url, path, found);
      const idle = idleSeconds ?? (this.#ctx.engine.settings.idleSeconds as number);
      const options = { path, url: target, retries, retryIntervalMs, idleSeconds: idle, ...(transport && { transport }), guarded: choosesHost(url) };
      this.#ctx.log.info({ stream: path, url: redactUrl(target) }, 'pulled by demand');
      return this.#pulls.open(options, 'demand');
    }
    return undefined;
  }

  /** Paths come from outside: what failed goes first. */
  #makeRoom(): void {
    if (this.#pulls.count('demand') < this.#maxPulls) return;
    const [oldest] = this.#forget.keys();
    if (oldest === undefined) throw new Error(`there are ${this.#maxPulls} pulls by demand already (relay.maxPulls)`);
    this.#drop(oldest);
  }

  /** Resolves when the pull is live or given up, nobody waits any more, or the time is over. */
  #outcome(entry: PullEntry, signal: AbortSignal): Promise<void> {
    const waitMs = Math.max(0, (this.#ctx.engine.settings.streamWaitSeconds as number) * 1000 - EARLIER_MS);
    return new Promise((resolve) => {
      const look = (): void => {
        const { state } = entry.link;
        if (state !== 'connecting' && state !== 'retrying') done();
      };
      const done = (): void => {
        stop();
        signal.removeEventListener('abort', done);
        entry.listeners.delete(look);
        resolve();
      };
      const stop = this.#ctx.clock.after(waitMs, done);
      entry.listeners.add(look);
      signal.addEventListener('abort', done);
      if (signal.aborted) done();
      else look();
    });
  }

  #verdict(entry: PullEntry): DemandVerdict {
    const { link, path, origin } = entry;
    if (link.state === 'live') return { served: true };
    const { lastError } = link;
    const { attempt } = link.info();
    // The tries of a demand end with it.
    if (origin === 'demand' && entry.listeners.size === 0) {
      if (link.state === 'failed')
        this.#forget.set(
          entry,
          this.#ctx.clock.after(SHOWN_MS, () => this.#drop(entry)),
        );
      else this.#pulls.remove(entry);
    }
    const code = lastError?.code ?? 'ERR_RELAY_PULL_FAILED';
    // Where the source is, is nothing that viewers are told.
    const message = `${path} could not be pulled from its source: ${code}, ${attempt} ${attempt === 1 ? 'try' : 'tries'}`;
    this.#ctx.log.warn({ stream: path, error: lastError === undefined ? 'no answer in time' : messageOf(lastError), attempt }, 'not pulled');
    return { served: false, status: NOT_FOUND, code, message };
  }

  #drop(entry: PullEntry): void {
    this.#forget.get(entry)?.();
    this.#forget.delete(entry);
    this.#pulls.remove(entry);
  }
}
