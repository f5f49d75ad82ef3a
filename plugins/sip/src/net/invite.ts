import { type Cancel, type Clock, SluiceError } from '@sluice/core';
import { sipError } from '../errors.js';
import { buildFromInvite } from '../proto/build.js';
import type { InviteOptions, SipDialog, SipRequest, SipResponse, SipTarget } from '../service.js';
import type { PendingRequest } from './client-side.js';
import { Dialog, type DialogPlace, type DialogSide, dialogOf } from './dialog.js';

/** What is sent, where to, and how our side is called. */
export interface InviteParts extends DialogSide {
  readonly request: SipRequest;
  readonly target: SipTarget;
}

type Options = InviteOptions & { readonly timeoutMs: number };

/** Runs an INVITE to its end. See `SipEndpoint.invite`. */
export function runInvite(place: DialogPlace, clock: Clock, parts: InviteParts, options: Options): Promise<SipDialog> {
  return new Promise((resolve, reject) => new InviteRun(place, parts, options, resolve, reject).start(clock));
}

/** One INVITE: the caller hears of it once, the peer is dealt with to the end. */
class InviteRun {
  readonly #place: DialogPlace;
  readonly #parts: InviteParts;
  readonly #options: Options;
  readonly #resolve: (dialog: SipDialog) => void;
  readonly #reject: (error: SluiceError) => void;
  #pending: PendingRequest | undefined;
  #dialog: Dialog | undefined;
  #provisional = false;
  #answered = false;
  #givenUp = false;
  #cancelSent = false;
  #stopWaiting: Cancel = () => undefined;

  constructor(place: DialogPlace, parts: InviteParts, options: Options, resolve: (dialog: SipDialog) => void, reject: (error: SluiceError) => void) {
    this.#place = place;
    this.#parts = parts;
    this.#options = options;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  start(clock: Clock): void {
    const { timeoutMs, signal } = this.#options;
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
    this.#pending = this.#place.client.start(this.#parts.request, this.#parts.target, {
      onProvisional: () => this.#onProvisional(),
      onFinal: (response, source) => this.#onFinal(response, source),
      onRepeat: (response, source) => this.#onRepeat(response, source),
      onFailure: (error) => this.#fail(error),
    });
  }

  #onProvisional(): void {
    this.#provisional = true;
    if (this.#givenUp) this.#cancel();
  }

  #onFinal(response: SipResponse, source: SipTarget): void {
    this.#stopWaiting();
    this.#acknowledge(response, source);
    this.#answered = true;
    const dialog = this.#dialog;
    // RFC 3261 9.1, 15: a 2xx that crossed the CANCEL made a call; end it.
    if (this.#givenUp) void dialog?.bye();
    else if (dialog !== undefined) this.#resolve(dialog);
    else this.#reject(sipError('ERR_SIP_REJECTED', `INVITE was answered ${response.status} ${response.reason}`, { status: response.status }));
  }

  #onRepeat(response: SipResponse, source: SipTarget): void {
    const before = this.#dialog;
    this.#acknowledge(response, source);
    // A 2xx after a refusal (a 487 that crossed it): nobody is there for the call it made.
    if (before === undefined) void this.#dialog?.bye();
  }

  #acknowledge(response: SipResponse, source: SipTarget): void {
    if (response.status >= 300) {
      this.#sendQuietly(buildFromInvite(this.#parts.request, 'ACK', response));
      return;
    }
    // In place before the ACK leaves: the peer's BYE may follow at once.
    this.#dialog ??= this.#confirm(response, source);
    this.#dialog.acknowledge(response);
  }

  #confirm(response: SipResponse, source: SipTarget): Dialog {
    const { peer, onDialog } = this.#options;
    const { request, sentBy, contact } = this.#parts;
    const dialog = new Dialog(this.#place, dialogOf(request, response, source, { sentBy, contact }), response, peer);
    if (!this.#givenUp && !this.#answered) onDialog?.(dialog);
    return dialog;
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
    this.#place.client.start(buildFromInvite(this.#parts.request, 'CANCEL'), this.#parts.target, { onFinal: () => undefined, onFailure: () => undefined });
  }

  #sendQuietly(request: SipRequest): void {
    try {
      this.#place.wire.sendMessage(request, this.#parts.target);
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error;
    }
  }
}
