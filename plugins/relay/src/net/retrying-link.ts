import { type Cancel, type Clock, type Link, type LinkOptions, messageOf, redactText, redactUrl, SluiceError } from '@sluice/core';
import type { RelayLinkInfo, RelayState } from '../service.js';

/** A server that takes a stream and drops it at once gets no quicker tries for it. */
const PROVED_MS = 10_000;

/** What is to be kept up. */
export interface RetryingLinkOptions {
  readonly path: string;
  readonly url: string;
  readonly clock: Clock;
  /** Opens one try. What it throws is a failure of the try. */
  readonly open: (told: Pick<LinkOptions, 'onLive' | 'onEnd'>) => Link;
  /** False while there is nothing to be done: it is idle then, until woken. */
  readonly ready: () => boolean;
  /** Tries after a failure before it gives up. */
  readonly retries: number;
  /** How long to wait after so many tries, in milliseconds. */
  readonly waitMs: (attempt: number) => number;
  /** After an end that was wanted, looks again so long after whether it is ready. Left out: it waits to be woken. */
  readonly lookAgainMs?: number;
  /** False where it is worth to go on though no tries are left. Default: always true. */
  readonly mayFail?: () => boolean;
  readonly onState: (info: RelayLinkInfo) => void;
}

/** A link that is opened again when it is lost: tries, waits, tries again, until it is closed or no tries are left. */
export class RetryingLink {
  readonly #options: RetryingLinkOptions;
  #state: RelayState = 'idle';
  #attempt = 0;
  #lastError: SluiceError | undefined;
  #sinceMs: number;
  #liveAtMs = Number.POSITIVE_INFINITY;
  #bytesBefore = 0;
  #link: Link | undefined;
  #retry: Cancel | undefined;

  constructor(options: RetryingLinkOptions) {
    this.#options = options;
    this.#sinceMs = options.clock.wallMs();
  }

  get state(): RelayState {
    return this.#state;
  }
  /** Why the last try ended. */
  get lastError(): SluiceError | undefined {
    return this.#lastError;
  }

  info(): RelayLinkInfo {
    return {
      path: this.#options.path,
      url: redactUrl(this.#options.url),
      state: this.#state,
      attempt: this.#attempt,
      ...(this.#lastError === undefined ? {} : { lastError: { code: this.#lastError.code, message: redactText(this.#lastError.message) } }),
      since: new Date(this.#sinceMs).toISOString(),
      bytes: this.#bytesBefore + (this.#link?.bytes ?? 0),
    };
  }

  /** There may be something to do: begins where it is idle, or had given up. */
  wake(): void {
    if (this.#state !== 'idle' && this.#state !== 'failed') return;
    if (!this.#options.ready()) return;
    this.#attempt = 0;
    this.#try();
  }

  /** Ends the running try, and waits to be woken. */
  rest(): void {
    if (this.#state === 'stopped' || this.#state === 'idle' || this.#state === 'failed') return;
    this.#retry?.();
    this.#attempt = 0;
    this.#enter('idle');
    this.#link?.close();
  }

  /** Ends it. Safe to call twice. */
  close(): void {
    if (this.#state === 'stopped') return;
    this.#retry?.();
    this.#enter('stopped');
    this.#link?.close();
  }

  #try(): void {
    this.#retry?.();
    this.#attempt++;
    this.#enter('connecting');
    // What a try tells after the next one began is of no interest any more.
    let over = false;
    const told = {
      onLive: (): void => {
        if (!over) this.#live();
      },
      onEnd: (error?: SluiceError): void => {
        if (over) return;
        over = true;
        this.#bytesBefore += this.#link?.bytes ?? 0;
        this.#link = undefined;
        this.#ended(error);
      },
    };
    try {
      const link = this.#options.open(told);
      if (!over) this.#link = link;
    } catch (error) {
      told.onEnd(error instanceof SluiceError ? error : new SluiceError('ERR_RELAY_FAILED', messageOf(error), { cause: error }));
    }
  }

  #live(): void {
    if (this.#state !== 'connecting') return;
    this.#liveAtMs = this.#options.clock.now();
    this.#enter('live');
  }

  /** With an error the next try is due later; without one it waits to be woken. */
  #ended(error: SluiceError | undefined): void {
    const { clock, retries, waitMs, lookAgainMs, mayFail } = this.#options;
    const proved = clock.now() - this.#liveAtMs >= PROVED_MS;
    this.#liveAtMs = Number.POSITIVE_INFINITY;
    if (this.#state !== 'connecting' && this.#state !== 'live') return;
    if (proved || error === undefined) this.#attempt = 0;
    if (error === undefined) {
      this.#enter('idle');
      if (lookAgainMs !== undefined) this.#retry = clock.after(lookAgainMs, () => this.wake());
      return;
    }
    this.#lastError = error;
    if (this.#attempt > retries && mayFail?.() !== false) {
      this.#enter('failed');
      return;
    }
    this.#retry = clock.after(waitMs(this.#attempt), () => this.#again());
    this.#enter('retrying');
  }

  #again(): void {
    if (this.#state !== 'retrying') return;
    if (this.#options.ready()) this.#try();
    else this.#enter('idle');
  }

  #enter(state: RelayState): void {
    this.#state = state;
    this.#sinceMs = this.#options.clock.wallMs();
    this.#options.onState(this.info());
  }
}
