import type { ByeResult, CalledDialog, IncomingRequest, SavedDialog, SipHeaders, SipResponse } from '../service.js';
import { Dialog, type DialogPlace } from './dialog.js';
import type { DialogEntry } from './dialogs.js';

/** A dialog begun by a peer's INVITE: our side of it is that of any dialog, but it waits for the ACK, and takes INFO. */
export class AcceptedDialog implements CalledDialog, DialogEntry {
  readonly confirmed: Promise<boolean>;
  readonly onInfo: ((incoming: IncomingRequest) => void) | undefined;
  readonly #dialog: Dialog;
  readonly #place: DialogPlace;
  #confirm: (came: boolean) => void = () => undefined;

  constructor(place: DialogPlace, data: SavedDialog, answer: SipResponse, onInfo: ((incoming: IncomingRequest) => void) | undefined) {
    this.confirmed = new Promise((resolve) => {
      this.#confirm = resolve;
    });
    this.onInfo = onInfo;
    this.#place = place;
    this.#dialog = new Dialog(place, data, answer);
    // In the table instead of the one inside, which knows no INFO.
    place.dialogs.add(this);
    void this.#dialog.ended.then(() => this.#over());
  }

  get callId(): string {
    return this.#dialog.callId;
  }
  get localTag(): string {
    return this.#dialog.localTag;
  }
  get remoteTag(): string {
    return this.#dialog.remoteTag;
  }
  get answer(): SipResponse {
    return this.#dialog.answer;
  }
  get ended(): Promise<'local' | 'remote'> {
    return this.#dialog.ended;
  }

  /** The ACK came, or was waited for in vain: then the call ends (RFC 3261 13.3.1.4). */
  onAck(came: boolean): void {
    this.#confirm(came);
    if (!came) void this.bye();
  }

  request(method: string, options: { readonly headers?: SipHeaders; readonly body?: Buffer } = {}): Promise<SipResponse> {
    return this.#dialog.request(method, options);
  }

  bye(): Promise<ByeResult> {
    this.#place.dialogs.delete(this);
    return this.#dialog.bye();
  }

  save(): SavedDialog {
    return this.#dialog.save();
  }

  onBye(): void {
    this.#dialog.onBye();
  }

  #over(): void {
    this.#place.dialogs.delete(this);
    this.#confirm(false);
  }
}
