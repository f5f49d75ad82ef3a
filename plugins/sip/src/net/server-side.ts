import { createHash } from 'node:crypto';
import { type Cancel, messageOf } from '@sluice/core';
import type { SipConfig } from '../config.js';
import { sipError } from '../errors.js';
import { AmplificationGuard } from '../proto/amplification-guard.js';
import { ALLOWED_METHODS, buildResponse } from '../proto/build.js';
import { checkRequest } from '../proto/check.js';
import { exchangeOf, header, uriUser } from '../proto/headers.js';
import { serializeMessage } from '../proto/serialize.js';
import { ServerTransaction } from '../proto/server-transaction.js';
import { ackKey, serverKey } from '../proto/transaction-key.js';
import type { AcceptOptions, CalledDialog, IncomingRequest, SipHeaders, SipListenOptions, SipRequest, SipResponse, SipTarget } from '../service.js';
import { AcceptedDialog } from './called-dialog.js';
import { calledDialogOf, type DialogPlace } from './dialog.js';
import type { DialogEntry, Dialogs } from './dialogs.js';
import { randomId, type SipRuntime, sourceKey } from './runtime.js';
import type { Wire } from './wire.js';

type ResponseOptions = { readonly reason?: string; readonly headers?: SipHeaders; readonly body?: Buffer };

/** A request that arrived, with its answer once there is one. What is only good for working on it goes with its final answer. */
interface Entry {
  readonly key: string;
  readonly ackKey: string;
  readonly invite: boolean;
  /** Until it is answered for good. */
  request: SipRequest | undefined;
  /** Bytes that are kept of it: the request's, then its answer's. */
  bytes: number;
  readonly source: SipTarget;
  readonly peer: string;
  readonly transaction: ServerTransaction;
  readonly toTag: string;
  /** The newest answer, for repeats. */
  answer: Buffer | undefined;
  sinceMs: number;
  cancelTimer: Cancel | undefined;
  /** Waits for the ACK of a 2xx. */
  accepted: AcceptedDialog | undefined;
}

/** A short name of its own: a key cut out of a message would keep the whole message in memory. */
function digest(key: string): string {
  return createHash('sha256').update(key).digest('base64');
}

/** How often unanswered and old requests are looked through. */
const SWEEP_MS = 1000;

/** The server transactions of an endpoint: every request is worked on once and answered where it came from. */
export class ServerSide {
  readonly #wire: Wire;
  readonly #runtime: SipRuntime;
  readonly #config: SipConfig;
  readonly #options: SipListenOptions;
  readonly #dialogs: Dialogs;
  readonly #place: DialogPlace;
  readonly #guard = new AmplificationGuard();
  /** Unanswered requests and answered ones, each in the order of their age. */
  readonly #pending = new Map<string, Entry>();
  readonly #answered = new Map<string, Entry>();
  readonly #invites = new Map<string, Entry>();
  readonly #pendingOfPeer = new Map<string, number>();
  readonly #ofConnection = new Map<string, Set<Entry>>();
  #pendingBytes = 0;
  #answeredBytes = 0;
  readonly #cancelSweep: Cancel;

  constructor(place: DialogPlace, runtime: SipRuntime, config: SipConfig, options: SipListenOptions) {
    this.#place = place;
    this.#wire = place.wire;
    this.#runtime = runtime;
    this.#config = config;
    this.#options = options;
    this.#dialogs = place.dialogs;
    this.#cancelSweep = runtime.clock.every(SWEEP_MS, () => this.#sweep());
  }

  /** Requests remembered. */
  get size(): number {
    return this.#pending.size + this.#answered.size;
  }

  /** Bytes of requests and answers kept for them. */
  get bytes(): number {
    return this.#pendingBytes + this.#answeredBytes;
  }

  onRequest(request: SipRequest, source: SipTarget, byteLength: number): void {
    const peer = sourceKey(source);
    if (source.transport === 'udp') this.#guard.received(peer, byteLength);
    if (request.method === 'ACK') this.#acknowledged(this.#invites.get(digest(ackKey(request, peer))));
    else this.#receive(request, source, peer, byteLength);
  }

  /** Nobody asks again on a connection that is gone, and nobody can be answered on it. */
  onConnectionClosed(connection: string): void {
    for (const entry of this.#ofConnection.get(connection) ?? []) this.#forget(entry);
  }

  #acknowledged(entry: Entry | undefined): void {
    if (entry === undefined) return;
    entry.transaction.onAck();
    entry.accepted?.onAck(true);
    entry.accepted = undefined;
    if (entry.source.transport === 'tcp' && entry.transaction.state === 'confirmed') this.#forget(entry);
  }

  /** The peer proved who it is. */
  admit(source: SipTarget): void {
    if (source.transport === 'udp') this.#guard.admit(sourceKey(source));
    else if (source.connection !== undefined) this.#wire.admit(source.connection);
  }

  /** True for a peer that proved itself, or that is at the other end of a connection. */
  knows(source: SipTarget): boolean {
    return source.transport === 'tcp' || this.#guard.isAdmitted(sourceKey(source));
  }

  close(): void {
    this.#cancelSweep();
    for (const entry of this.#invites.values()) entry.cancelTimer?.();
    for (const entries of [this.#pending, this.#answered, this.#invites, this.#ofConnection]) entries.clear();
  }

  #receive(request: SipRequest, source: SipTarget, peer: string, byteLength: number): void {
    const key = digest(serverKey(request, peer));
    const known = this.#pending.get(key) ?? this.#answered.get(key);
    if (known !== undefined) {
      this.#sendAnswer(known);
      return;
    }
    const pending = this.#pendingOfPeer.get(peer) ?? 0;
    const full = this.#pending.size >= this.#config.maxTransactions || this.#pendingBytes + byteLength > this.#config.maxTransactionBytes;
    if (full || pending >= this.#config.maxPendingPerPeer) {
      this.#runtime.count('too-many-requests');
      return;
    }
    const entry = this.#remember(key, peer, request, source, byteLength);
    const refusal = checkRequest(request);
    if (refusal !== undefined) {
      this.#runtime.count(`refused-${refusal.status}`);
      this.#respond(entry, refusal.status, { reason: refusal.reason });
    } else if (request.method === 'CANCEL') this.#cancel(entry, request);
    else if (!this.#answerInDialog(entry, request)) this.#handOver(entry, request);
  }

  #remember(key: string, peer: string, request: SipRequest, source: SipTarget, byteLength: number): Entry {
    const invite = request.method === 'INVITE';
    const transaction = new ServerTransaction({ invite, reliable: source.transport === 'tcp', timers: this.#config });
    const sinceMs = this.#runtime.clock.now();
    const entry: Entry = {
      key,
      ackKey: digest(ackKey(request, peer)),
      invite,
      request,
      bytes: byteLength,
      source,
      peer,
      transaction,
      toTag: randomId(),
      answer: undefined,
      sinceMs,
      cancelTimer: undefined,
      accepted: undefined,
    };
    this.#pending.set(key, entry);
    this.#pendingBytes += byteLength;
    if (source.connection !== undefined) {
      const others = this.#ofConnection.get(source.connection);
      if (others === undefined) this.#ofConnection.set(source.connection, new Set([entry]));
      else others.add(entry);
    }
    if (invite) this.#invites.set(entry.ackKey, entry);
    this.#pendingOfPeer.set(peer, (this.#pendingOfPeer.get(peer) ?? 0) + 1);
    return entry;
  }

  /** CANCEL of an INVITE that waits for its answer (RFC 3261 9.2). */
  #cancel(entry: Entry, request: SipRequest): void {
    const invite = this.#pending.get(digest(serverKey(request, entry.peer, 'INVITE')));
    this.#respond(entry, invite === undefined ? 481 : 200);
    if (invite !== undefined) this.#respond(invite, 487);
  }

  /** What belongs to a dialog is answered here. False: it does not. */
  #answerInDialog(entry: Entry, request: SipRequest): boolean {
    const { method } = request;
    const dialog = this.#dialogs.find(request);
    if (method === 'BYE') {
      this.#respond(entry, dialog === undefined ? 481 : 200);
      dialog?.onBye();
      return true;
    }
    if (method === 'INFO') this.#info(entry, request, dialog);
    else if (method === 'INVITE' && dialog !== undefined) this.#respond(entry, 488);
    else if (method === 'UPDATE' && dialog !== undefined) this.#respond(entry, 405, { headers: [['allow', ALLOWED_METHODS]] });
    else return false;
    return true;
  }

  #info(entry: Entry, request: SipRequest, dialog: DialogEntry | undefined): void {
    if (dialog?.onInfo === undefined) this.#respond(entry, dialog === undefined ? 481 : 200);
    else this.#handOver(entry, request, dialog.onInfo);
  }

  #handOver(entry: Entry, request: SipRequest, handler = this.#options.onRequest): void {
    const { method } = request;
    try {
      handler(this.#incoming(entry, request));
    } catch (error) {
      this.#runtime.log.warn({ method, err: messageOf(error) }, 'sip: a request could not be worked on');
      this.#respond(entry, 500);
    }
    if (entry.transaction.state !== 'proceeding') return;
    if (method === 'OPTIONS') this.#respond(entry, 200, { headers: [['allow', ALLOWED_METHODS]] });
    // RFC 3261 17.2.1: stops the peer from sending the INVITE again.
    else if (entry.invite && entry.answer === undefined) this.#respond(entry, 100);
  }

  #incoming(entry: Entry, request: SipRequest): IncomingRequest {
    const { source } = entry;
    return {
      request,
      source,
      from: uriUser(header(request, 'from') ?? ''),
      to: uriUser(header(request, 'to') ?? ''),
      callId: exchangeOf(request).callId,
      respond: (status, options = {}) => void this.#respond(entry, status, options),
      accept: (options) => this.#accept(entry, options),
      admit: () => this.admit(source),
    };
  }

  #accept(entry: Entry, { sentBy, user, onInfo, ...options }: AcceptOptions): CalledDialog {
    const { request, source } = entry;
    if (request === undefined) throw sipError('ERR_SIP_CANCELLED', 'the INVITE was answered already');
    if (request.method !== 'INVITE') throw sipError('ERR_SIP_MALFORMED', `${request.method} makes no dialog`);
    const contact = `<sip:${user}@${sentBy}>`;
    const answer = this.#respond(entry, 200, { ...options, headers: [['contact', contact], ...(options.headers ?? [])] });
    if (answer === undefined) throw sipError('ERR_SIP_CANCELLED', 'the INVITE was answered already');
    const dialog = new AcceptedDialog(this.#place, calledDialogOf(request, answer, source, { sentBy, contact }), answer, onInfo);
    entry.accepted = dialog;
    return dialog;
  }

  /** Answers; undefined where there was a final answer already. */
  #respond(entry: Entry, status: number, options: ResponseOptions = {}): SipResponse | undefined {
    const nowMs = this.#runtime.clock.now();
    const { request } = entry;
    if (request === undefined || !entry.transaction.onRespond(status, nowMs)) return undefined;
    const response = buildResponse(request, { ...options, status, toTag: entry.toTag, source: entry.source, userAgent: this.#options.userAgent });
    entry.answer = serializeMessage(response);
    entry.sinceMs = nowMs;
    this.#pending.delete(entry.key);
    if (status < 200) this.#pending.set(entry.key, entry);
    else this.#answer(entry, entry.answer.length);
    if (this.#sendAnswer(entry)) this.#wire.trace('out', response, entry.source);
    // Nothing is lost over TCP, so nothing is repeated but a 2xx of INVITE, and nothing else needs an ACK (RFC 3261 17.2.2, timer J).
    if (status >= 200 && entry.source.transport === 'tcp' && !entry.invite) this.#forget(entry);
    else this.#schedule(entry);
    return response;
  }

  /** Moves a request to the answered ones, of which only the answer is kept and the oldest go when there are too many. */
  #answer(entry: Entry, bytes: number): void {
    this.#noLongerPending(entry);
    entry.request = undefined;
    entry.bytes = bytes;
    this.#answered.set(entry.key, entry);
    this.#answeredBytes += bytes;
    for (const oldest of this.#answered.values()) {
      if (this.#answered.size <= this.#config.maxTransactions && this.#answeredBytes <= this.#config.maxTransactionBytes) return;
      this.#forget(oldest);
    }
  }

  #noLongerPending(entry: Entry): void {
    this.#pendingBytes -= entry.bytes;
    const left = (this.#pendingOfPeer.get(entry.peer) ?? 1) - 1;
    if (left > 0) this.#pendingOfPeer.set(entry.peer, left);
    else this.#pendingOfPeer.delete(entry.peer);
  }

  #forget(entry: Entry): void {
    entry.cancelTimer?.();
    entry.cancelTimer = undefined;
    entry.accepted?.onAck(false);
    entry.accepted = undefined;
    if (this.#pending.delete(entry.key)) this.#noLongerPending(entry);
    if (this.#answered.delete(entry.key)) this.#answeredBytes -= entry.bytes;
    entry.request = undefined;
    const { connection = '' } = entry.source;
    const others = this.#ofConnection.get(connection);
    if (others?.delete(entry) === true && others.size === 0) this.#ofConnection.delete(connection);
    if (this.#invites.get(entry.ackKey) === entry) this.#invites.delete(entry.ackKey);
  }

  #sendAnswer(entry: Entry): boolean {
    if (entry.answer === undefined) return false;
    if (entry.source.transport === 'udp' && !this.#guard.allow(entry.peer, entry.answer.length)) return false;
    try {
      this.#wire.send(entry.answer, entry.source);
      return true;
    } catch (error) {
      this.#runtime.log.debug({ remote: entry.peer, err: messageOf(error) }, 'sip: an answer could not be sent');
      return false;
    }
  }

  /** Only answers to INVITE are sent again by themselves; the others are swept. */
  #schedule(entry: Entry): void {
    entry.cancelTimer?.();
    entry.cancelTimer = undefined;
    const dueMs = entry.transaction.dueMs;
    if (!entry.invite || dueMs === undefined || !this.#answered.has(entry.key)) return;
    entry.cancelTimer = this.#runtime.clock.after(Math.max(1, Math.ceil(dueMs - this.#runtime.clock.now())), () => {
      entry.cancelTimer = undefined;
      const action = entry.transaction.onTimer(this.#runtime.clock.now());
      if (action === 'resend') this.#sendAnswer(entry);
      if (action === 'end') this.#forget(entry);
      else this.#schedule(entry);
    });
  }

  #sweep(): void {
    const nowMs = this.#runtime.clock.now();
    for (const entry of this.#pending.values()) {
      if (nowMs - entry.sinceMs < this.#config.answerWithinMs) break;
      this.#respond(entry, 500);
    }
    for (const entry of this.#answered.values()) {
      if (entry.invite && entry.cancelTimer !== undefined) continue;
      if (entry.transaction.onTimer(nowMs) !== 'end') break;
      this.#forget(entry);
    }
  }
}
