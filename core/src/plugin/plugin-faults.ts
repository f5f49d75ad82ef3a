import type { Logger } from 'pino';
import { messageOf, SluiceError } from '../error.js';
import type { Clock } from '../kernel/clock.js';
import type { ErrorCounters } from '../kernel/error-counters.js';
import { type RateLimitedLog, rateLimited } from '../kernel/logger.js';

/** Whoever holds everything up for longer than this is named, in milliseconds. */
export const BLOCKED_MS = 500;

/** What the faults of a plugin are told to. */
export interface FaultWitnesses {
  readonly plugin: string;
  readonly log: Logger;
  readonly clock: Clock;
  readonly errors: ErrorCounters;
  /** Answers how to take a warning back. */
  readonly warn: (message: string) => () => void;
}

/**
 * Names a plugin that throws where it must not, that does not answer, or that holds everything up: in the log, in a counter, and in the
 * warnings, one for each place and for as long as the plugin runs.
 */
export class PluginFaults {
  readonly #witnesses: FaultWitnesses;
  readonly #log: RateLimitedLog;
  readonly #warned = new Map<string, () => void>();

  constructor(witnesses: FaultWitnesses) {
    this.#witnesses = witnesses;
    this.#log = rateLimited(witnesses.log, witnesses.clock);
  }

  /** True once there was one. */
  get any(): boolean {
    return this.#warned.size > 0;
  }

  /** It threw in `place`, or did not answer there in time. */
  failed(place: string, error: unknown): void {
    const isLate = error instanceof SluiceError && error.code === 'ERR_TIMEOUT';
    this.#tell(place, isLate ? 'hangs' : 'throws', { err: error }, `failed in ${place}: ${messageOf(error)}`);
  }

  /** It took `ms` in `place`, during which nothing else happened in the process. */
  blocked(place: string, ms: number): void {
    this.#tell(place, 'blocks', { ms: Math.round(ms) }, `held everything up in ${place} for ${Math.round(ms)} ms`);
  }

  /** The plugin is stopped: nothing is to be warned of. */
  clear(): void {
    for (const withdraw of this.#warned.values()) withdraw();
    this.#warned.clear();
  }

  #tell(place: string, what: 'throws' | 'hangs' | 'blocks', fields: Readonly<Record<string, unknown>>, message: string): void {
    const { plugin, errors, warn } = this.#witnesses;
    errors.count(plugin, `${what}-${place}`);
    this.#log(`${what} ${place}`, { hook: place, ...fields }, message, 'error');
    const key = `${what} ${place}`;
    if (!this.#warned.has(key)) this.#warned.set(key, warn(`plugin '${plugin}' ${what} in '${place}': see the log; it can be stopped`));
  }
}
