import { type Cancel, SluiceError } from '@sluice/core';
import type { SipConfig } from '../config.js';
import { sipError } from '../errors.js';
import { ClientTransaction } from '../proto/client-transaction.js';
import { clientKeys } from '../proto/transaction-key.js';
import type { SipRequest, SipResponse, SipTarget } from '../service.js';
import type { SipRuntime } from './runtime.js';
import type { Wire } from './wire.js';

/** What becomes of a request of ours. */
export interface ClientEvents {
  readonly onProvisional?: (response: SipResponse) => void;
  readonly onFinal: (response: SipResponse, source: SipTarget) => void;
  /** A final response to INVITE again: acknowledge it again. */
  readonly onRepeat?: (response: SipResponse, source: SipTarget) => void;
  /** ERR_SIP_TIMEOUT, ERR_SIP_UNREACHABLE or ERR_SIP_BUSY; nothing comes after it. */
  readonly onFailure: (error: SluiceError) => void;
}

/** A request of ours under way. */
export interface PendingRequest {
  /** Sends nothing again, but knows a late answer. */
  abandon(): void;
}

interface Entry extends PendingRequest {
  readonly transaction: ClientTransaction;
  readonly keys: readonly string[];
  readonly target: SipTarget;
  readonly bytes: Buffer;
  readonly name: string;
  readonly events: ClientEvents;
  cancelTimer: Cancel | undefined;
}

/** The client transactions of an endpoint. */
export class ClientSide {
  readonly #wire: Wire;
  readonly #runtime: SipRuntime;
  readonly #config: SipConfig;
  readonly #byKey = new Map<string, Entry>();

  constructor(wire: Wire, runtime: SipRuntime, config: SipConfig) {
    this.#wire = wire;
    this.#runtime = runtime;
    this.#config = config;
  }

  /** Transactions that have not ended. */
  get size(): number {
    return new Set(this.#byKey.values()).size;
  }

  /** Sends a request. Failures come by `onFailure`, maybe before this returns. */
  start(request: SipRequest, target: SipTarget, events: ClientEvents): PendingRequest {
    const nowMs = this.#runtime.clock.now();
    const transaction = new ClientTransaction({ invite: request.method === 'INVITE', reliable: target.transport === 'tcp', timers: this.#config, nowMs });
    // Each request has two keys.
    if (this.#byKey.size >= 2 * this.#config.maxPendingRequests) {
      events.onFailure(sipError('ERR_SIP_BUSY', `${this.#config.maxPendingRequests} requests have no answer yet`));
      return { abandon: () => undefined };
    }
    try {
      const bytes = this.#wire.sendMessage(request, target);
      const name = `${request.method} to ${target.address}:${target.port}`;
      const abandon = () => {
        transaction.abandon(this.#runtime.clock.now());
        this.#schedule(entry);
      };
      const entry: Entry = { transaction, keys: clientKeys(request), target, bytes, name, events, cancelTimer: undefined, abandon };
      for (const key of entry.keys) this.#byKey.set(key, entry);
      this.#schedule(entry);
      return entry;
    } catch (error) {
      events.onFailure(error instanceof SluiceError ? error : sipError('ERR_SIP_UNREACHABLE', 'the request could not be sent', { cause: error }));
      return { abandon: () => undefined };
    }
  }

  /** False where it belongs to no request of ours. */
  onResponse(response: SipResponse, source: SipTarget): boolean {
    const keys = clientKeys(response);
    const entry = this.#byKey.get(keys[0]) ?? this.#byKey.get(keys[1]);
    if (entry === undefined) return false;
    const action = entry.transaction.onResponse(response.status, this.#runtime.clock.now());
    if (action === 'provisional') entry.events.onProvisional?.(response);
    else if (action === 'final') entry.events.onFinal(response, source);
    else if (action === 'acknowledge') entry.events.onRepeat?.(response, source);
    this.#schedule(entry);
    return true;
  }

  /** What was sent on a connection that is gone gets no answer. */
  onConnectionClosed(connection: string): void {
    for (const entry of new Set(this.#byKey.values())) {
      if (entry.target.connection === connection) this.#fail(entry, sipError('ERR_SIP_UNREACHABLE', `${entry.name}: the TCP connection closed`));
    }
  }

  close(): void {
    for (const entry of new Set(this.#byKey.values())) this.#fail(entry, sipError('ERR_SIP_UNREACHABLE', `${entry.name}: the endpoint closed`));
  }

  #fail(entry: Entry, error: SluiceError): void {
    const answered = entry.transaction.state === 'completed';
    this.#end(entry);
    if (!answered) entry.events.onFailure(error);
  }

  #schedule(entry: Entry): void {
    entry.cancelTimer?.();
    entry.cancelTimer = undefined;
    const dueMs = entry.transaction.dueMs;
    if (dueMs === undefined || this.#byKey.get(entry.keys[0] ?? '') !== entry) return;
    const waitMs = dueMs - this.#runtime.clock.now();
    if (waitMs <= 0 && entry.transaction.state === 'completed') this.#end(entry);
    else entry.cancelTimer = this.#runtime.clock.after(Math.max(1, Math.ceil(waitMs)), () => this.#onTimer(entry));
  }

  #onTimer(entry: Entry): void {
    entry.cancelTimer = undefined;
    const action = entry.transaction.onTimer(this.#runtime.clock.now());
    if (action === 'resend') this.#resend(entry);
    if (action === 'resend' || action === 'wait') this.#schedule(entry);
    else this.#end(entry);
    if (action === 'timeout') entry.events.onFailure(sipError('ERR_SIP_TIMEOUT', `${entry.name}: no answer within ${this.#config.timeoutMs} ms`));
  }

  #resend(entry: Entry): void {
    try {
      this.#wire.send(entry.bytes, entry.target);
    } catch {
      // The timeout tells.
    }
  }

  #end(entry: Entry): void {
    entry.cancelTimer?.();
    entry.cancelTimer = undefined;
    for (const key of entry.keys) if (this.#byKey.get(key) === entry) this.#byKey.delete(key);
  }
}
