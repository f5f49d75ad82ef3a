import type { PluginContext } from '@sluice/core';
import { messageOf, SluiceError } from '@sluice/core';

const QUIET_MS = 5000;

/** Counts what peers did wrong; says so at most every five seconds. */
export class ErrorLog {
  readonly #ctx: PluginContext;
  #count = 0;
  #unsaid = 0;
  #lastMs = Number.NEGATIVE_INFINITY;

  constructor(ctx: PluginContext) {
    this.#ctx = ctx;
  }

  /** Errors so far. */
  get count(): number {
    return this.#count;
  }

  /** A connection ended by `error`. */
  add(remote: string, error: unknown): void {
    this.#count++;
    const nowMs = this.#ctx.clock.now();
    if (nowMs - this.#lastMs < QUIET_MS) {
      this.#unsaid++;
      return;
    }
    const code = error instanceof SluiceError ? error.code : undefined;
    this.#ctx.log.warn({ remote, code, errors: this.#count, unsaid: this.#unsaid }, `connection ended: ${messageOf(error)}`);
    this.#lastMs = nowMs;
    this.#unsaid = 0;
  }
}
