import { randomUUID } from 'node:crypto';
import type { SyncHook } from 'tapable';
import type { Clock } from '../kernel/clock.js';
import type { ReportEvent, ReportEvents, ReportType } from './events.js';

const MAX_COUNTERS = 10_000;

/** Gives report events their id, time and sequence number, and tells the hook. */
export class Reports {
  readonly #hook: SyncHook<[ReportEvent]>;
  readonly #clock: Clock;
  readonly #seqs = new Map<string, number>();

  constructor(hook: SyncHook<[ReportEvent]>, clock: Clock) {
    this.#hook = hook;
    this.#clock = clock;
  }

  report<T extends ReportType>(type: T, data: ReportEvents[T]): void {
    const key = (data as { path?: string }).path ?? `type:${type}`;
    const seq = (this.#seqs.get(key) ?? 0) + 1;
    // Paths come from outside: the oldest counters go first.
    this.#seqs.delete(key);
    this.#seqs.set(key, seq);
    if (this.#seqs.size > MAX_COUNTERS) this.#seqs.delete(this.#seqs.keys().next().value as string);
    this.#hook.call({ id: randomUUID(), type, timestamp: new Date(this.#clock.wallMs()).toISOString(), seq, data });
  }
}
