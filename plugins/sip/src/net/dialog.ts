import { sipError } from '../errors.js';
import { buildRequest } from '../proto/build.js';
import { exchangeOf, header, headers, tagOf, uriOf, uriUser } from '../proto/headers.js';
import { BRANCH_COOKIE, splitVia } from '../proto/via.js';
import type { ByeResult, SavedDialog, SipDialog, SipHeaders, SipRequest, SipResponse, SipTarget } from '../service.js';
import type { ClientSide } from './client-side.js';
import type { DialogEntry, Dialogs } from './dialogs.js';
import { hostPort, randomId } from './runtime.js';
import type { Wire } from './wire.js';

/** What a dialog needs of its endpoint. */
export interface DialogPlace {
  readonly wire: Wire;
  readonly client: ClientSide;
  readonly dialogs: Dialogs;
  readonly userAgent: string;
}

/** Our side of a dialog as the peer was told: `host:port` of Via, and Contact. */
export interface DialogSide {
  readonly sentBy: string;
  readonly contact: string;
}

type RequestOptions = { readonly headers?: SipHeaders; readonly body?: Buffer };

/** CSeq must only grow (RFC 3261 12.2.1.1): requests that were sent after the dialog was saved are skipped over. */
const CSEQ_GAP = 10_000;

/** Request-URI and routes of a dialog, by its 2xx. `user` is that of the INVITE. */
export function dialogTarget(answer: SipResponse, peer: SipTarget, user = uriUser(header(answer, 'to') ?? '')): Pick<SavedDialog, 'uri' | 'routes'> {
  const called = uriUser(header(answer, 'contact') ?? '') || user;
  // The routes of the answer, last first.
  const routes = headers(answer, 'record-route').flatMap(splitVia).reverse();
  return { uri: `sip:${called}${called === '' ? '' : '@'}${hostPort(peer.address, peer.port)}`, routes: routes.map((value) => `<${uriOf(value)}>`) };
}

/** The dialog that the 2xx of an INVITE makes (RFC 3261 12.1.2), as data. */
export function dialogOf(invite: SipRequest, answer: SipResponse, peer: SipTarget, side: DialogSide): SavedDialog {
  const { callId, cseq } = exchangeOf(invite);
  return {
    callId,
    from: header(invite, 'from') ?? '',
    to: header(answer, 'to') ?? '',
    ...dialogTarget(answer, peer, uriUser(invite.uri)),
    cseq: cseq.number,
    peer,
    ...side,
  };
}

/** The dialog that our 2xx to a peer's INVITE makes (RFC 3261 12.1.1), as data. */
export function calledDialogOf(invite: SipRequest, answer: SipResponse, peer: SipTarget, side: DialogSide): SavedDialog {
  const from = header(invite, 'from') ?? '';
  const user = uriUser(header(invite, 'contact') ?? '') || uriUser(from);
  return {
    callId: exchangeOf(invite).callId,
    from: header(answer, 'to') ?? '',
    to: from,
    uri: `sip:${user}${user === '' ? '' : '@'}${hostPort(peer.address, peer.port)}`,
    routes: headers(invite, 'record-route')
      .flatMap(splitVia)
      .map((value) => `<${uriOf(value)}>`),
    cseq: 0,
    peer,
    ...side,
  };
}

/** A saved dialog as it goes on in this process. */
export function restored(saved: SavedDialog): SavedDialog {
  return { ...saved, cseq: saved.cseq + CSEQ_GAP };
}

/** A dialog begun by an INVITE of ours (RFC 3261 12). Requests go where its 2xx came from, or where the peer is now, whatever its Contact says of hosts. */
export class Dialog implements SipDialog, DialogEntry {
  readonly callId: string;
  readonly localTag: string;
  readonly remoteTag: string;
  readonly answer: SipResponse;
  readonly ended: Promise<'local' | 'remote'>;
  readonly #place: DialogPlace;
  readonly #data: SavedDialog;
  readonly #inviteCSeq: number;
  readonly #peer: (() => SipTarget) | undefined;
  #cseq: number;
  #settle: (by: 'local' | 'remote') => void = () => undefined;
  #over = false;
  #bye: Promise<ByeResult> | undefined;

  constructor(place: DialogPlace, data: SavedDialog, answer: SipResponse, peer?: () => SipTarget) {
    this.callId = data.callId;
    this.localTag = tagOf(data.from) ?? '';
    this.remoteTag = tagOf(data.to) ?? '';
    this.answer = answer;
    this.ended = new Promise((resolve) => {
      this.#settle = resolve;
    });
    this.#place = place;
    this.#data = data;
    this.#inviteCSeq = data.cseq;
    this.#peer = peer;
    this.#cseq = data.cseq;
    place.dialogs.add(this);
  }

  /** Acknowledges a 2xx, the first or a repeat; an ACK has no answer (RFC 3261 13.2.2.4). */
  acknowledge(answer: SipResponse): void {
    try {
      const { peer } = this.#data;
      this.#place.wire.sendMessage(this.#build('ACK', this.#inviteCSeq, peer, { to: header(answer, 'to') ?? '' }), peer);
    } catch {
      // The peer repeats its 2xx, or the connection is gone and the next request says so.
    }
  }

  request(method: string, options: RequestOptions = {}): Promise<SipResponse> {
    if (this.#over) return Promise.reject(sipError('ERR_SIP_DIALOG_ENDED', `${method}: the dialog has ended`));
    return this.#send(method, options);
  }

  bye(): Promise<ByeResult> {
    this.#bye ??= this.#over ? Promise.resolve('answered') : this.#sendBye();
    return this.#bye;
  }

  save(): SavedDialog {
    return { ...this.#data, cseq: this.#cseq, peer: this.#target() };
  }

  onBye(): void {
    this.#end('remote');
  }

  async #sendBye(): Promise<ByeResult> {
    this.#end('local');
    try {
      await this.#send('BYE', {});
      return 'answered';
    } catch {
      return 'lost';
    }
  }

  async #send(method: string, options: RequestOptions): Promise<SipResponse> {
    this.#cseq++;
    const target = this.#target();
    const request = this.#build(method, this.#cseq, target, options);
    const response = await new Promise<SipResponse>((resolve, reject) => {
      this.#place.client.start(request, target, { onFinal: resolve, onFailure: reject });
    });
    // RFC 3261 12.2.1.2: the peer knows nothing of the dialog.
    if (response.status === 481) this.#end('remote');
    return response;
  }

  #target(): SipTarget {
    return this.#peer?.() ?? this.#data.peer;
  }

  #build(method: string, cseq: number, target: SipTarget, options: RequestOptions & { readonly to?: string }): SipRequest {
    const { uri, from, to, sentBy, contact, routes } = this.#data;
    return buildRequest({
      method,
      uri,
      transport: target.transport,
      sentBy,
      branch: `${BRANCH_COOKIE}${randomId()}`,
      from,
      to: options.to ?? to,
      callId: this.callId,
      cseq,
      contact,
      userAgent: this.#place.userAgent,
      headers: [...routes.map((route): [string, string] => ['route', route]), ...(options.headers ?? [])],
      ...(options.body === undefined ? {} : { body: options.body }),
    });
  }

  #end(by: 'local' | 'remote'): void {
    if (this.#over) return;
    this.#over = true;
    this.#place.dialogs.delete(this);
    this.#settle(by);
  }
}
