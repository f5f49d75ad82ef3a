import { exchangeOf, header } from '../proto/headers.js';
import type { SipResponse, SipTarget } from '../service.js';
import { Dialog, type DialogPlace, type DialogSide, dialogTarget } from './dialog.js';

/**
 * A 2xx to an INVITE that nobody here knows any more: an earlier process sent it, or it comes long after it was given up. It made a call at the peer,
 * so it is acknowledged and ended (RFC 3261 13.2.2.4, 15); without that the peer would send for ever.
 */
export class StrayAnswers {
  readonly #place: DialogPlace;
  readonly #sideTowards: (peer: SipTarget) => Promise<DialogSide>;
  readonly #ending = new Map<string, Dialog>();

  constructor(place: DialogPlace, sideTowards: (peer: SipTarget) => Promise<DialogSide>) {
    this.#place = place;
    this.#sideTowards = sideTowards;
  }

  /** Takes an answer that belongs to no request of ours, of a peer that proved itself: a stranger's would make us send to whom it forges. */
  onResponse(answer: SipResponse, source: SipTarget): void {
    const { callId, cseq } = exchangeOf(answer);
    if (cseq.method !== 'INVITE' || answer.status < 200 || answer.status >= 300) return;
    const ending = this.#ending.get(callId);
    if (ending !== undefined) ending.acknowledge(answer);
    else if (!this.#place.dialogs.has(callId)) void this.#end(answer, source);
  }

  async #end(answer: SipResponse, peer: SipTarget): Promise<void> {
    try {
      const { callId, cseq } = exchangeOf(answer);
      const side = await this.#sideTowards(peer);
      if (this.#ending.has(callId)) return;
      const from = header(answer, 'from') ?? '';
      const to = header(answer, 'to') ?? '';
      const dialog = new Dialog(this.#place, { callId, from, to, ...dialogTarget(answer, peer), cseq: cseq.number, peer, ...side }, answer);
      this.#ending.set(callId, dialog);
      dialog.acknowledge(answer);
      await dialog.bye();
      this.#ending.delete(callId);
    } catch {
      // No way to the peer: it gives up by itself.
    }
  }
}
