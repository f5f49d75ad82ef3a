import { sipError } from '../errors.js';
import { buildRequest } from '../proto/build.js';
import { exchangeOf, header, headers, tagOf, uriOf, uriUser } from '../proto/headers.js';
import { BRANCH_COOKIE, splitVia } from '../proto/via.js';
import type { SipDialog, SipHeaders, SipRequest, SipResponse, SipTarget } from '../service.js';
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
  /** `host:port` for Via, and our Contact. */
  readonly sentBy: string;
  readonly contact: string;
}

type RequestOptions = { readonly headers?: SipHeaders; readonly body?: Buffer };

/** A dialog begun by an INVITE of ours (RFC 3261 12). Requests go where its 2xx came from, whatever its Contact says of hosts. */
export class Dialog implements SipDialog, DialogEntry {
  readonly callId: string;
  readonly localTag: string;
  readonly remoteTag: string;
  readonly answer: SipResponse;
  readonly ended: Promise<'local' | 'remote'>;
  readonly #place: DialogPlace;
  readonly #invite: SipRequest;
  readonly #peer: SipTarget;
  readonly #uri: string;
  readonly #routes: SipHeaders;
  #cseq: number;
  #settle: (by: 'local' | 'remote') => void = () => undefined;
  #over = false;
  #bye: Promise<void> | undefined;

  constructor(place: DialogPlace, invite: SipRequest, answer: SipResponse, peer: SipTarget) {
    const { callId, cseq } = exchangeOf(invite);
    this.callId = callId;
    this.localTag = tagOf(header(invite, 'from') ?? '') ?? '';
    this.remoteTag = tagOf(header(answer, 'to') ?? '') ?? '';
    this.answer = answer;
    this.ended = new Promise((resolve) => {
      this.#settle = resolve;
    });
    this.#place = place;
    this.#invite = invite;
    this.#peer = peer;
    this.#cseq = cseq.number;
    const user = uriUser(header(answer, 'contact') ?? '') || uriUser(invite.uri);
    this.#uri = `sip:${user}${user === '' ? '' : '@'}${hostPort(peer.address, peer.port)}`;
    // RFC 3261 12.1.2: the routes of the answer, last first.
    this.#routes = headers(answer, 'record-route')
      .flatMap(splitVia)
      .reverse()
      .map((value): [string, string] => ['route', `<${uriOf(value)}>`]);
    place.dialogs.add(this);
  }

  /** Acknowledges a 2xx, the first or a repeat; an ACK has no answer (RFC 3261 13.2.2.4). */
  acknowledge(answer: SipResponse): void {
    try {
      this.#place.wire.sendMessage(this.#build('ACK', exchangeOf(this.#invite).cseq.number, { to: header(answer, 'to') ?? '' }), this.#peer);
    } catch {
      // The peer repeats its 2xx, or the connection is gone and the next request says so.
    }
  }

  request(method: string, options: RequestOptions = {}): Promise<SipResponse> {
    if (this.#over) return Promise.reject(sipError('ERR_SIP_DIALOG_ENDED', `${method}: the dialog has ended`));
    return this.#send(method, options);
  }

  bye(): Promise<void> {
    this.#bye ??= this.#over ? Promise.resolve() : this.#sendBye();
    return this.#bye;
  }

  onBye(): void {
    this.#end('remote');
  }

  async #sendBye(): Promise<void> {
    this.#end('local');
    await this.#send('BYE', {}).catch(() => undefined);
  }

  async #send(method: string, options: RequestOptions): Promise<SipResponse> {
    this.#cseq++;
    const request = this.#build(method, this.#cseq, options);
    const response = await new Promise<SipResponse>((resolve, reject) => {
      this.#place.client.start(request, this.#peer, { onFinal: resolve, onFailure: reject });
    });
    // RFC 3261 12.2.1.2: the peer knows nothing of the dialog.
    if (response.status === 481) this.#end('remote');
    return response;
  }

  #build(method: string, cseq: number, options: RequestOptions & { readonly to?: string }): SipRequest {
    const { sentBy, userAgent, contact } = this.#place;
    return buildRequest({
      method,
      uri: this.#uri,
      transport: this.#peer.transport,
      sentBy,
      branch: `${BRANCH_COOKIE}${randomId()}`,
      from: header(this.#invite, 'from') ?? '',
      to: options.to ?? header(this.answer, 'to') ?? '',
      callId: this.callId,
      cseq,
      contact,
      userAgent,
      headers: [...this.#routes, ...(options.headers ?? [])],
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
