import { type Cancel, type Clock, SluiceError } from '@sluice/core';
import { sipError } from '../errors.js';
import { buildFromInvite } from '../proto/build.js';
import type { SipDialog, SipRequest, SipResponse, SipTarget } from '../service.js';
import type { PendingRequest } from './client-side.js';
import { Dialog, type DialogPlace } from './dialog.js';

/** How long to wait, and how to stop waiting. */
export interface InviteOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** Runs an INVITE to its end. See `SipEndpoint.invite`. */
export function runInvite(place: DialogPlace, clock: Clock, request: SipRequest, target: SipTarget, options: InviteOptions): Promise<SipDialog> {
  return new Promise((resolve, reject) => new InviteRun(place, request, target, resolve, reject).start(clock, options));
}

/** One INVITE: the caller hears of it once, the peer is dealt with to the end. */
class InviteRun {
  readonly #place: DialogPlace;
  readonly #request: SipRequest;
  readonly #target: SipTarget;
  readonly #resolve: (dialog: SipDialog) => void;
  readonly #reject: (error: SluiceError) => void;
  #pending: PendingRequest | undefined;
  #dialog: Dialog | undefined;
  #provisional = false;
  #answered = false;
  #givenUp = false;
  #cancelSent = false;
  #stopWaiting: Cancel = () => undefined;

  constructor(place: DialogPlace, request: SipRequest, target: SipTarget, resolve: (dialog: SipDialog) => void, reject: (error: SluiceError) => void) {
    this.#place = place;
    this.#request = request;
    this.#target = target;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  start(clock: Clock, { timeoutMs, signal }: InviteOptions): void {
    if (signal?.aborted) {
      this.#reject(sipError('ERR_SIP_CANCELLED', 'INVITE cancelled'));
      return;
    }
    const onAbort = () => this.#giveUp(sipError('ERR_SIP_CANCELLED', 'INVITE cancelled'));
    const cancelTimer = clock.after(timeoutMs, () => this.#giveUp(sipError('ERR_SIP_TIMEOUT', `INVITE: no answer within ${timeoutMs} ms`)));
    this.#stopWaiting = () => {
      cancelTimer();
      signal?.removeEventListener('abort', onAbort);
    };
    signal?.addEventListener('abort', onAbort);
    this.#pending = this.#place.client.start(this.#request, this.#target, {
      onProvisional: () => this.#onProvisional(),
      onFinal: (response, source) => this.#onFinal(response, source),
      onRepeat: (response, source) => this.#acknowledge(response, source),
      onFailure: (error) => this.#fail(error),
    });
  }

  #onProvisional(): void {
    this.#provisional = true;
    if (this.#givenUp) this.#cancel();
  }

  #onFinal(response: SipResponse, source: SipTarget): void {
    this.#answered = true;
    this.#stopWaiting();
    this.#acknowledge(response, source);
    const dialog = this.#dialog;
    // RFC 3261 9.1, 15: a 2xx that crossed the CANCEL made a call; end it.
    if (this.#givenUp) void dialog?.bye();
    else if (dialog !== undefined) this.#resolve(dialog);
    else this.#reject(sipError('ERR_SIP_REJECTED', `INVITE was answered ${response.status} ${response.reason}`, { status: response.status }));
  }

  #acknowledge(response: SipResponse, source: SipTarget): void {
    if (response.status >= 300) {
      this.#sendQuietly(buildFromInvite(this.#request, 'ACK', response));
      return;
    }
    // In place before the ACK leaves: the peer's BYE may follow at once.
    this.#dialog ??= new Dialog(this.#place, this.#request, response, source);
    this.#dialog.acknowledge(response);
  }

  #giveUp(error: SluiceError): void {
    if (this.#answered || this.#givenUp) return;
    this.#fail(error);
    this.#pending?.abandon();
    if (this.#provisional) this.#cancel();
  }

  #fail(error: SluiceError): void {
    this.#stopWaiting();
    if (this.#givenUp) return;
    this.#givenUp = true;
    this.#reject(error);
  }

  /** Only after a provisional response, or the peer may know nothing to cancel (RFC 3261 9.1). */
  #cancel(): void {
    if (this.#cancelSent || this.#answered) return;
    this.#cancelSent = true;
    this.#place.client.start(buildFromInvite(this.#request, 'CANCEL'), this.#target, { onFinal: () => undefined, onFailure: () => undefined });
  }

  #sendQuietly(request: SipRequest): void {
    try {
      this.#place.wire.sendMessage(request, this.#target);
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error;
    }
  }
}
