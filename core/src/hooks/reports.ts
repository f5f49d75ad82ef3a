import { randomUUID } from 'node:crypto';
import type { SyncHook } from 'tapable';
import type { Clock } from '../kernel/clock.js';
import { type ExtensionPoint, extensionPoint } from '../plugin/service.js';
import type { ReportEvent, ReportEvents, ReportType } from './events.js';

const MAX_COUNTERS = 10_000;

/** What `seq` of an event counts: events of its path, or of its type where it has none. */
export function eventCounter(type: string, data: object): string {
  const { path } = data as { readonly path?: unknown };
  // No path of a stream has a colon.
  return typeof path === 'string' ? path : `type:${type}`;
}

/** Answers the last `seq` of a counter (`eventCounter`) that it remembers from before. */
export type EventMemory = (counter: string) => number | undefined;

/** Plugins that remember counters across restarts add themselves here: counting goes on where it was. */
export const eventMemory: ExtensionPoint<EventMemory> = extensionPoint('event-memory');

/** Gives report events their id, time and sequence number, and tells the hook. */
export class Reports {
  readonly #hook: SyncHook<[ReportEvent]>;
  readonly #clock: Clock;
  readonly #memories: () => readonly EventMemory[];
  readonly #seqs = new Map<string, number>();

  constructor(hook: SyncHook<[ReportEvent]>, clock: Clock, memories: () => readonly EventMemory[] = () => []) {
    this.#hook = hook;
    this.#clock = clock;
    this.#memories = memories;
  }

  report<T extends ReportType>(type: T, data: ReportEvents[T]): void {
    const key = eventCounter(type, data);
    const seq = (this.#seqs.get(key) ?? this.#remembered(key)) + 1;
    // Paths come from outside: the oldest counters go first.
    this.#seqs.delete(key);
    this.#seqs.set(key, seq);
    if (this.#seqs.size > MAX_COUNTERS) this.#seqs.delete(this.#seqs.keys().next().value as string);
    this.#hook.call({ id: randomUUID(), type, timestamp: new Date(this.#clock.wallMs()).toISOString(), seq, data });
  }
  #remembered(key: string): number {
    return Math.max(0, ...this.#memories().map((memory) => memory(key) ?? 0));
  }
}
