import { exchangeOf, header, tagOf } from '../proto/headers.js';
import type { IncomingRequest, SipRequest } from '../service.js';

/** What the table knows of a dialog. */
export interface DialogEntry {
  readonly callId: string;
  readonly localTag: string;
  readonly remoteTag: string;
  /** The peer ended it; its BYE is answered. */
  onBye(): void;
  /** Takes INFO; without it they are answered 200. */
  readonly onInfo?: ((incoming: IncomingRequest) => void) | undefined;
}

/** The dialogs of an endpoint. */
export class Dialogs {
  readonly #byCallId = new Map<string, DialogEntry>();

  get size(): number {
    return this.#byCallId.size;
  }

  has(callId: string): boolean {
    return this.#byCallId.has(callId);
  }

  add(dialog: DialogEntry): void {
    this.#byCallId.set(dialog.callId, dialog);
  }

  delete(dialog: DialogEntry): void {
    if (this.#byCallId.get(dialog.callId) === dialog) this.#byCallId.delete(dialog.callId);
  }

  /** The dialog a peer's request belongs to (RFC 3261 12.2.2). A tag that is missing is forgiven, one that is wrong is not: our Call-IDs cannot be guessed. */
  find(request: SipRequest): DialogEntry | undefined {
    const dialog = this.#byCallId.get(exchangeOf(request).callId);
    if (dialog === undefined) return undefined;
    const to = tagOf(header(request, 'to') ?? '');
    const from = tagOf(header(request, 'from') ?? '');
    return (to === undefined || to === dialog.localTag) && (from === undefined || dialog.remoteTag === '' || from === dialog.remoteTag) ? dialog : undefined;
  }
}
