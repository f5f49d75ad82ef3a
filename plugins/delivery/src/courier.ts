import { type Cancel, type Clock, messageOf } from '@sluice/core';
import { LaneQueue, type LaneQueueOptions, type Message } from './lane-queue.js';

/** Why a message did not arrive. */
export interface Failure {
  readonly reason: string;
  /** The receiver says that it will never take this one. */
  readonly refused: boolean;
  /** False where nobody answered. */
  readonly answered: boolean;
}

/** What a courier works with. */
export interface CourierOptions<M extends Message> extends LaneQueueOptions {
  readonly clock: Clock;
  /** Messages being sent at a time. */
  readonly maxInFlight: number;
  /** Longest a try may take, in milliseconds. */
  readonly timeoutMs: number;
  /** Sends one; answers why it did not arrive. Aborted when the time is over or the courier closes. */
  send(message: M, signal: AbortSignal): Promise<Failure | undefined>;
  /** Whether this failure was the last: the message is given up. `message.failures` counts those before. */
  givesUp(message: M, failure: Failure): boolean;
  onDelivered?(message: M): void;
  /** It will be tried again. `message.failures` counts this one. */
  onFailed?(message: M, failure: Failure): void;
  onGivenUp?(message: M, failure: Failure): void;
  /** Gone for want of room. */
  onDropped?(message: M): void;
}

/** So many tries in a row without answer, and the receiver is taken for down. */
const DOWN_AFTER = 3;

/** Brings messages to one receiver: in order per lane, again until they arrive, in bounded memory. */
export class Courier<M extends Message> {
  readonly #options: CourierOptions<M>;
  readonly #queue: LaneQueue<M>;
  readonly #inFlight = new Set<AbortController>();
  #unanswered = 0;
  #timer: Cancel | undefined;
  #closed = false;
  #settled: { readonly byMs: number; readonly resolve: () => void } | undefined;

  constructor(options: CourierOptions<M>) {
    this.#options = options;
    this.#queue = new LaneQueue(options);
  }

  /** Messages not arrived yet, and their bytes. */
  get size(): number {
    return this.#queue.size;
  }
  get bytes(): number {
    return this.#queue.bytes;
  }
  /** Messages being sent. */
  get inFlight(): number {
    return this.#inFlight.size;
  }

  push(message: M): void {
    if (this.#closed) return;
    for (const dropped of this.#queue.push(message)) this.#options.onDropped?.(dropped);
    this.#pump();
  }

  /** Resolves when all arrived that can arrive within `waitMs`. Nothing is sent afterwards. */
  async close(waitMs: number): Promise<void> {
    if (!this.#closed && waitMs > 0) {
      const { clock } = this.#options;
      await new Promise<void>((resolve) => {
        const cancel = clock.after(waitMs, resolve);
        this.#settled = {
          byMs: clock.now() + waitMs,
          resolve: () => {
            cancel();
            resolve();
          },
        };
        this.#pump();
      });
    }
    this.#closed = true;
    this.#timer?.();
    for (const controller of this.#inFlight) controller.abort(new Error('closed'));
  }

  #pump(): void {
    this.#timer?.();
    this.#timer = undefined;
    if (this.#closed) return;
    const { clock, maxInFlight } = this.#options;
    const now = clock.now();
    while (this.#inFlight.size < maxInFlight) {
      const message = this.#queue.take(now);
      if (message === undefined) break;
      void this.#try(message);
    }
    const due = this.#queue.dueMs();
    if (this.#inFlight.size === 0 && (due === undefined || due > (this.#settled?.byMs ?? Number.POSITIVE_INFINITY))) this.#settled?.resolve();
    if (this.#inFlight.size < maxInFlight && due !== undefined) this.#timer = clock.after(Math.max(0, due - now), () => this.#pump());
  }

  async #try(message: M): Promise<void> {
    const { clock, timeoutMs } = this.#options;
    const controller = new AbortController();
    this.#inFlight.add(controller);
    const cancel = clock.after(timeoutMs, () => controller.abort(new Error(`no answer within ${timeoutMs / 1000} s`)));
    const failure = await this.#options
      .send(message, controller.signal)
      .catch((error: unknown): Failure => ({ reason: messageOf(error), refused: false, answered: false }));
    cancel();
    this.#inFlight.delete(controller);
    if (failure === undefined) this.#arrived(message);
    // Cut off by `close`, it says nothing of the receiver.
    else if (!this.#closed) this.#missed(message, failure);
    this.#pump();
  }

  #arrived(message: M): void {
    this.#queue.done(message);
    this.#options.onDelivered?.(message);
    if (this.#unanswered >= DOWN_AFTER) this.#queue.hurry();
    this.#unanswered = 0;
  }

  #missed(message: M, failure: Failure): void {
    if (failure.answered) this.#unanswered = 0;
    else this.#unanswered++;
    if (this.#options.givesUp(message, failure)) {
      this.#queue.done(message);
      this.#options.onGivenUp?.(message, failure);
    } else {
      this.#queue.failed(message, this.#options.clock.now(), Math.random());
      this.#options.onFailed?.(message, failure);
    }
  }
}
