import { type ConfigByName, type ServiceToken, service } from '@sluice/core';
import type { sipConfig } from './config.js';

/** A header as it came: name in its long form and lower case, value trimmed. Order is kept. */
export type SipHeaders = readonly (readonly [name: string, value: string])[];

/** A SIP request (RFC 3261 7.1). */
export interface SipRequest {
  readonly kind: 'request';
  readonly method: string;
  readonly uri: string;
  readonly headers: SipHeaders;
  readonly body: Buffer;
}

/** A SIP response (RFC 3261 7.2). */
export interface SipResponse {
  readonly kind: 'response';
  readonly status: number;
  readonly reason: string;
  readonly headers: SipHeaders;
  readonly body: Buffer;
}

/** Where a peer is as seen on the wire, not as its headers say. Over TCP requests go back on the connection `connection`. */
export interface SipTarget {
  readonly transport: 'udp' | 'tcp';
  readonly address: string;
  readonly port: number;
  /** Id of the TCP connection it came on; without one, or when it is gone, a request over TCP fails with ERR_SIP_UNREACHABLE. */
  readonly connection?: string;
}

/** A request that arrived, de-duplicated. It must be answered once with a final response. */
export interface IncomingRequest {
  readonly request: SipRequest;
  readonly source: SipTarget;
  /** User part of From, as text. */
  readonly from: string;
  /** User part of To. */
  readonly to: string;
  readonly callId: string;
  /** Answers. `headers` beside Via, From, To (a tag is added), Call-ID, CSeq and Content-Length, which are filled in. */
  respond(status: number, options?: { readonly reason?: string; readonly headers?: SipHeaders; readonly body?: Buffer }): void;
  /**
   * Answers an INVITE 200 and makes its dialog, instead of `respond`. The 200 is repeated until the ACK; where none comes, BYE is sent.
   * Throws ERR_SIP_MALFORMED for another method, ERR_SIP_CANCELLED where it was answered already (a CANCEL came).
   */
  accept(options: AcceptOptions): CalledDialog;
  /** The peer proved who it is: its address counts against the caps of strangers no more. */
  admit(): void;
}

/** How to accept an INVITE. */
export interface AcceptOptions {
  /** `host:port` for Via (`SipEndpoint.localAddressFor`), and the user of our Contact. */
  readonly sentBy: string;
  readonly user: string;
  readonly headers?: SipHeaders;
  readonly body?: Buffer;
  /** Requests inside the dialog: INFO. Without it they are answered 200. */
  readonly onInfo?: (incoming: IncomingRequest) => void;
}

/** A request of ours outside dialogs. Via, Call-ID, CSeq, Max-Forwards and Content-Length are filled in. */
export interface OutgoingRequest {
  readonly method: string;
  readonly uri: string;
  /** `user@domain` of From and To. */
  readonly from: string;
  readonly to: string;
  readonly headers?: SipHeaders;
  readonly body?: Buffer;
}

/** All that is needed to go on with a dialog in another process: plain data, of a few hundred bytes. */
export interface SavedDialog {
  readonly callId: string;
  /** From and To of our requests as header values, tags included. */
  readonly from: string;
  readonly to: string;
  /** Request-URI. */
  readonly uri: string;
  /** Route headers, in order. */
  readonly routes: readonly string[];
  /** CSeq of our newest request. */
  readonly cseq: number;
  readonly peer: SipTarget;
  /** Via host and port, and Contact, that the peer was told. */
  readonly sentBy: string;
  readonly contact: string;
}

/** How a BYE ended: the peer answered it (481 too: it has forgotten the dialog), or it was given up. */
export type ByeResult = 'answered' | 'lost';

/** A dialog of ours begun by INVITE, confirmed (ACK sent). */
export interface SipDialog {
  readonly callId: string;
  readonly localTag: string;
  readonly remoteTag: string;
  /** The final 2xx; of a restored dialog an empty one. */
  readonly answer: SipResponse;
  /** Sends a request inside the dialog (INFO …). Rejects with ERR_SIP_TIMEOUT. */
  request(method: string, options?: { readonly headers?: SipHeaders; readonly body?: Buffer }): Promise<SipResponse>;
  /** Sends BYE, once; resolves when it is answered or given up. Never rejects. A dialog that the peer ended answers `answered` at once. */
  bye(): Promise<ByeResult>;
  /** What `SipEndpoint.restoreDialog` of a later process needs. */
  save(): SavedDialog;
  /** Ended by the peer's BYE (answered already) or by `bye`. */
  readonly ended: Promise<'local' | 'remote'>;
}

/** A dialog begun by a peer's INVITE that was accepted. `answer` is the 200 that was sent. */
export interface CalledDialog extends SipDialog {
  /** True once the ACK came; false where the dialog ended before. */
  readonly confirmed: Promise<boolean>;
}

/** How to invite. */
export interface InviteOptions {
  /** How long to wait for a final answer. Default `sip.timeoutMs`. */
  readonly timeoutMs?: number;
  /** Gives up: CANCEL. */
  readonly signal?: AbortSignal;
  /** A 2xx came: called before its ACK is sent, so that the dialog can be kept first. Not called when the INVITE was given up. */
  readonly onDialog?: (dialog: SipDialog) => void;
  /** Where requests inside the dialog go, asked for each of them. Default: where its 2xx came from. */
  readonly peer?: () => SipTarget;
}

/** What an endpoint holds. */
export interface SipStats {
  /** Dialogs that have not ended. */
  readonly dialogs: number;
  /** Requests of ours that wait for an answer, or for repeats of it. */
  readonly sent: number;
  /** Requests of peers that are remembered for their repeats. */
  readonly received: number;
}

/** One listening SIP identity: UDP and TCP on one port. Client and server at once. */
export interface SipEndpoint {
  readonly port: number;
  /** `host:port` to write into Via and Contact towards a peer. */
  localAddressFor(target: SipTarget): Promise<string>;
  /** Sends a request and resolves with the final response, whatever its status. Rejects with ERR_SIP_TIMEOUT or ERR_SIP_UNREACHABLE. */
  send(request: OutgoingRequest, target: SipTarget): Promise<SipResponse>;
  /**
   * Sends INVITE. Resolves with the dialog after a 2xx was acknowledged. Rejects with `SluiceError` ERR_SIP_REJECTED (status = the SIP status, message names
   * status and reason), ERR_SIP_TIMEOUT, ERR_SIP_UNREACHABLE or ERR_SIP_CANCELLED. Aborting sends CANCEL (after a provisional); a late 2xx is acknowledged and ended by BYE.
   */
  invite(request: OutgoingRequest, target: SipTarget, options?: InviteOptions): Promise<SipDialog>;
  /** Goes on with a dialog of an earlier process: it can be ended by BYE, and the peer's BYE is answered. `peer` as in `InviteOptions`; default the saved one. */
  restoreDialog(saved: SavedDialog, options?: Pick<InviteOptions, 'peer'>): SipDialog;
  /** Opens a TCP connection; requests and answers of the peer come on it. Rejects with ERR_CONNECT. */
  connect(host: string, port: number): Promise<SipTarget>;
  /** A peer that an earlier process knew: it is no stranger, though nothing came from it yet. See `IncomingRequest.admit`. */
  admit(target: SipTarget): void;
  /** What it holds now. */
  stats(): SipStats;
  /** A TCP connection ended, with its id. */
  onConnectionClosed(handler: (connection: string) => void): void;
  close(): Promise<void>;
}

/** How to listen. */
export interface SipListenOptions {
  /** Stable name of the listener. */
  readonly name: string;
  readonly port: number;
  readonly host?: string;
  /** Our id and domain: `34020000002000000001`, `3402000000`. */
  readonly id: string;
  readonly domain: string;
  /** `HOST[:PORT]` peers are told, for NAT; default the local address on the route to the peer. */
  readonly advertise?: string;
  readonly userAgent: string;
  /** Requests outside our dialogs: REGISTER, MESSAGE, NOTIFY, OPTIONS, INVITE … A method it does not answer within 10 s is answered 500. BYE and ACK without a dialog are answered 481 / dropped by sip itself. */
  readonly onRequest: (incoming: IncomingRequest) => void;
  /** Every message in and out, repeats left out, for traces. */
  readonly onMessage?: (direction: 'in' | 'out', message: SipRequest | SipResponse, peer: SipTarget) => void;
}

/** SIP over UDP and TCP (RFC 3261): messages, transactions, dialogs of ours. */
export interface SipService {
  listen(options: SipListenOptions): Promise<SipEndpoint>;
}

/** Token of the service. */
export const sipService: ServiceToken<SipService, ConfigByName<'sip', typeof sipConfig>> = service<SipService>('sip', () => import('@sluice/plugin-sip'));
