import type { TransactionTimers } from './client-transaction.js';

/** What to do now: `resend` the final response, `end` (forget the transaction). */
export type ServerTimerAction = 'resend' | 'end' | 'wait';

/** A request of a peer, answered once, its answer repeated as often as the request is (RFC 3261 17.2). Knows no timers: it says when to call `onTimer`. */
export class ServerTransaction {
  readonly #invite: boolean;
  readonly #reliable: boolean;
  readonly #timers: TransactionTimers;
  #state: 'proceeding' | 'completed' | 'confirmed' | 'ended' = 'proceeding';
  #resendAtMs = Number.POSITIVE_INFINITY;
  #intervalMs: number;
  #endAtMs = Number.POSITIVE_INFINITY;

  constructor(options: { readonly invite: boolean; readonly reliable: boolean; readonly timers: TransactionTimers }) {
    this.#invite = options.invite;
    this.#reliable = options.reliable;
    this.#timers = options.timers;
    this.#intervalMs = options.timers.t1Ms;
  }

  get state(): 'proceeding' | 'completed' | 'confirmed' | 'ended' {
    return this.#state;
  }

  /** When to call `onTimer`; undefined while there is nothing to wait for. */
  get dueMs(): number | undefined {
    const due = Math.min(this.#resendAtMs, this.#endAtMs);
    return this.#state === 'ended' || due === Number.POSITIVE_INFINITY ? undefined : due;
  }

  /** The answer is about to be sent. False where there was a final one already: then it must not be. */
  onRespond(status: number, nowMs: number): boolean {
    if (this.#state !== 'proceeding') return false;
    if (status < 200) return true;
    this.#state = 'completed';
    // Timers H and J. What is answered over TCP may be forgotten sooner.
    this.#endAtMs = nowMs + this.#timers.timeoutMs;
    // Timer G, and for 2xx the user's own repeats (13.3.1.4): until the ACK. A refusal is not repeated over TCP.
    if (this.#invite && (!this.#reliable || status < 300)) this.#resendAtMs = nowMs + this.#intervalMs;
    return true;
  }

  onAck(): void {
    if (!this.#invite || this.#state !== 'completed') return;
    this.#state = 'confirmed';
    this.#resendAtMs = Number.POSITIVE_INFINITY;
  }

  onTimer(nowMs: number): ServerTimerAction {
    if (this.#state === 'ended') return 'wait';
    if (nowMs >= this.#endAtMs) {
      this.#state = 'ended';
      return 'end';
    }
    if (nowMs < this.#resendAtMs) return 'wait';
    this.#intervalMs = Math.min(this.#intervalMs * 2, this.#timers.t2Ms);
    this.#resendAtMs = nowMs + this.#intervalMs;
    return 'resend';
  }
}
