/** Timers of transactions (RFC 3261 table 4). */
export interface TransactionTimers {
  readonly t1Ms: number;
  readonly t2Ms: number;
  /** Timers B and F, and how long repeats are absorbed after the end (D, and RFC 6026 M). */
  readonly timeoutMs: number;
}

/** What to do now: `resend` the request, tell of a `timeout`, `end` (forget the transaction). */
export type ClientTimerAction = 'resend' | 'timeout' | 'end' | 'wait';

/** What a response is: news for the caller (`provisional`, `final`), a repeat that is acknowledged again (`acknowledge`), or nothing. */
export type ClientResponseAction = 'provisional' | 'final' | 'acknowledge' | 'ignore';

/** T4: how long a message may stay in the network. */
const T4_MS = 5000;

/**
 * A request of ours on its way to a final response (RFC 3261 17.1, RFC 6026). Knows no timers: it says when to call `onTimer`.
 */
export class ClientTransaction {
  readonly #invite: boolean;
  readonly #reliable: boolean;
  readonly #timers: TransactionTimers;
  #state: 'calling' | 'proceeding' | 'completed' | 'ended' = 'calling';
  #resendAtMs: number;
  #intervalMs: number;
  #endAtMs: number;

  constructor(options: { readonly invite: boolean; readonly reliable: boolean; readonly timers: TransactionTimers; readonly nowMs: number }) {
    this.#invite = options.invite;
    this.#reliable = options.reliable;
    this.#timers = options.timers;
    this.#intervalMs = options.timers.t1Ms;
    // Timers A and E: over TCP nothing is sent twice.
    this.#resendAtMs = options.reliable ? Number.POSITIVE_INFINITY : options.nowMs + options.timers.t1Ms;
    this.#endAtMs = options.nowMs + options.timers.timeoutMs;
  }

  /** When to call `onTimer`; undefined once it has ended. */
  get dueMs(): number | undefined {
    return this.#state === 'ended' ? undefined : Math.min(this.#resendAtMs, this.#endAtMs);
  }

  get state(): 'calling' | 'proceeding' | 'completed' | 'ended' {
    return this.#state;
  }

  onTimer(nowMs: number): ClientTimerAction {
    if (this.#state === 'ended') return 'wait';
    if (nowMs >= this.#endAtMs) {
      const action = this.#state === 'completed' ? 'end' : 'timeout';
      this.#state = 'ended';
      return action;
    }
    if (nowMs < this.#resendAtMs) return 'wait';
    // Timer A doubles without end, timer E up to T2 (17.1.1.2, 17.1.2.2).
    this.#intervalMs = this.#invite ? this.#intervalMs * 2 : Math.min(this.#intervalMs * 2, this.#timers.t2Ms);
    this.#resendAtMs = nowMs + this.#intervalMs;
    return 'resend';
  }

  onResponse(status: number, nowMs: number): ClientResponseAction {
    if (this.#state === 'ended') return 'ignore';
    if (this.#state === 'completed') return this.#invite && status >= 200 ? 'acknowledge' : 'ignore';
    if (status < 200) {
      this.#onProvisional(nowMs);
      return 'provisional';
    }
    this.#state = 'completed';
    this.#resendAtMs = Number.POSITIVE_INFINITY;
    // Timer D and M for INVITE, timer K otherwise. A 2xx is repeated by the peer's user over TCP too (13.3.1.4).
    const absorbMs = this.#invite ? (this.#reliable && status >= 300 ? 0 : this.#timers.timeoutMs) : this.#reliable ? 0 : T4_MS;
    this.#endAtMs = nowMs + absorbMs;
    return 'final';
  }

  /** The caller gave up: nothing is sent again, but a late answer is still known for as long as it may come. */
  abandon(nowMs: number): void {
    if (this.#state !== 'calling' && this.#state !== 'proceeding') return;
    this.#resendAtMs = Number.POSITIVE_INFINITY;
    this.#endAtMs = nowMs + this.#timers.timeoutMs;
  }

  #onProvisional(nowMs: number): void {
    if (this.#state === 'calling' && !this.#reliable && !this.#invite) {
      this.#intervalMs = this.#timers.t2Ms;
      this.#resendAtMs = Math.min(this.#resendAtMs, nowMs + this.#timers.t2Ms);
    }
    this.#state = 'proceeding';
    if (!this.#invite) return;
    // An INVITE that is being worked on waits for as long as the caller does (17.1.1.2).
    this.#resendAtMs = Number.POSITIVE_INFINITY;
    this.#endAtMs = Math.max(this.#endAtMs, nowMs + 10 * this.#timers.timeoutMs);
  }
}
