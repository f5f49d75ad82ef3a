import { type IngestFilter, type IngestSource, type PluginContext, pathPattern, rateLimited } from '@sluice/core';
import type { TimestampsConfig } from '../config.js';
import type { TimestampsService } from '../service.js';
import { relativeFilter } from './relative-filter.js';
import { RepairFilter } from './repair-filter.js';

/** Makes the filters of publishers, by policy, and knows those at work. */
export class TimestampFilters implements TimestampsService {
  readonly #ctx: PluginContext;
  readonly #config: TimestampsConfig;
  readonly #log: ReturnType<typeof rateLimited>;
  readonly #rules: readonly { readonly matches: (path: string) => unknown; readonly policy: TimestampsConfig['policy'] }[];
  readonly #running = new Map<string, RepairFilter>();

  constructor(ctx: PluginContext, config: TimestampsConfig) {
    this.#ctx = ctx;
    this.#config = config;
    this.#log = rateLimited(ctx.log, ctx.clock);
    this.#rules = config.rules.map(({ match, policy }) => ({ matches: pathPattern(match), policy }));
  }

  /** The filter for a publisher; `undefined` where its times are kept. */
  create(source: IngestSource): IngestFilter | undefined {
    const policy = this.#rules.find(({ matches }) => matches(source.path) !== undefined)?.policy ?? this.#config.policy;
    if (policy === 'keep') return undefined;
    if (policy === 'relative') return relativeFilter();
    const { path } = source;
    const filter = new RepairFilter({ ctx: this.#ctx, config: this.#config, log: this.#log }, source, () => {
      if (this.#running.get(path) === filter) this.#running.delete(path);
    });
    this.#running.set(path, filter);
    return filter;
  }

  describe(path: string): ReturnType<TimestampsService['describe']> {
    return this.#running.get(path)?.describe();
  }
}
