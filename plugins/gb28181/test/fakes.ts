import { createHash } from 'node:crypto';
import type { Clock, CloseReason, DemandVerdict, ReportEvents, ReportType, StreamInfo } from '@sluice/core';
import type { MediaSource, Receiver, ReceiverOptions, ReceiverStats, RtpPsService, ToldPayloads } from '@sluice/plugin-rtp-ps/service';
import type {
  ByeResult,
  IncomingRequest,
  InviteOptions,
  OutgoingRequest,
  SavedDialog,
  SipDialog,
  SipEndpoint,
  SipHeaders,
  SipListenOptions,
  SipResponse,
  SipService,
  SipStats,
  SipTarget,
} from '@sluice/plugin-sip/service';
import { type DigestHash, digestResponse, parseDigestChallenge } from '@sluice/plugin-wire-text';
import { gb28181Config } from '../src/config.js';
import { type DeviceStore, MemoryDeviceStore } from '../src/net/device-store.js';
import { Platform } from '../src/net/platform.js';

/** A clock that goes when told to. */
export class FakeClock implements Clock {
  #now = 1_000_000;
  #timers = new Set<{ at: number; every: number | undefined; run: () => void }>();

  now(): number {
    return this.#now;
  }

  wallMs(): number {
    return Date.UTC(2022, 4, 1, 4, 0, 0) + this.#now - 1_000_000;
  }

  after(ms: number, run: () => void): () => void {
    return this.#add(ms, undefined, run);
  }

  every(ms: number, run: () => void): () => void {
    return this.#add(ms, ms, run);
  }

  get timers(): number {
    return this.#timers.size;
  }

  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const next = [...this.#timers].sort((a, b) => a.at - b.at)[0];
      if (next === undefined || next.at > end) break;
      this.#now = next.at;
      if (next.every === undefined) this.#timers.delete(next);
      else next.at += next.every;
      next.run();
    }
    this.#now = end;
  }

  #add(ms: number, every: number | undefined, run: () => void): () => void {
    const timer = { at: this.#now + ms, every, run };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }
}

export interface Answer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
}

/** Lets everything that is ready run. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 50; i++) await Promise.resolve();
}

export function response(status: number, body: string | Buffer = '', reason = ''): SipResponse {
  return { kind: 'response', status, reason, headers: [], body: Buffer.from(body) };
}

export class FakeDialog implements SipDialog {
  readonly localTag = 'a';
  readonly remoteTag = 'b';
  byes = 0;
  byeResult: ByeResult = 'answered';
  #over = false;
  #end: (by: 'local' | 'remote') => void = () => {};
  readonly ended = new Promise<'local' | 'remote'>((resolve) => {
    this.#end = resolve;
  });

  constructor(
    readonly answer: SipResponse,
    readonly callId = 'call',
  ) {}

  /** What was sent inside it, and how it is answered. */
  readonly requests: { method: string; headers: SipHeaders; body: string }[] = [];
  answerRequest: () => Promise<SipResponse> = () => Promise.resolve(response(200));

  request(method: string, options: { headers?: SipHeaders; body?: Buffer } = {}): Promise<SipResponse> {
    this.requests.push({ method, headers: options.headers ?? [], body: options.body?.toString() ?? '' });
    return this.answerRequest();
  }

  bye(): Promise<ByeResult> {
    if (this.#over) return Promise.resolve(this.byes === 0 ? 'answered' : this.byeResult);
    this.#over = true;
    this.byes++;
    this.#end('local');
    return Promise.resolve(this.byeResult);
  }

  save(): SavedDialog {
    const { callId } = this;
    return { callId, from: '<sip:a>;tag=a', to: '<sip:b>;tag=b', uri: 'sip:b', routes: [], cseq: 1, peer: HOME, sentBy: '10.0.0.1:5060', contact: '<sip:a>' };
  }

  remoteBye(): void {
    this.#over = true;
    this.#end('remote');
  }
}

export interface SentInvite {
  readonly request: OutgoingRequest;
  readonly target: SipTarget;
  readonly signal: AbortSignal | undefined;
  readonly options: InviteOptions;
  /** As the endpoint does: tells of the dialog, then resolves. */
  readonly resolve: (dialog: FakeDialog) => void;
  readonly reject: (error: unknown) => void;
}

export class FakeSip implements SipService, SipEndpoint {
  readonly port = 5060;
  readonly sent: { request: OutgoingRequest; target: SipTarget }[] = [];
  readonly invites: SentInvite[] = [];
  #options: SipListenOptions | undefined;
  #closed: (connection: string) => void = () => {};
  #onAnswer: (headers: SipHeaders) => void = () => {};

  listen(options: SipListenOptions): Promise<SipEndpoint> {
    this.#options = options;
    return Promise.resolve(this);
  }

  localAddressFor(): Promise<string> {
    return Promise.resolve('10.0.0.1:5060');
  }

  send(request: OutgoingRequest, target: SipTarget): Promise<SipResponse> {
    this.sent.push({ request, target });
    return Promise.resolve(response(200));
  }

  invite(request: OutgoingRequest, target: SipTarget, options: InviteOptions = {}): Promise<SipDialog> {
    return new Promise((resolve, reject) => {
      const accept = (dialog: FakeDialog) => {
        if (options.signal?.aborted !== true) options.onDialog?.(dialog);
        resolve(dialog);
      };
      this.invites.push({ request, target, signal: options.signal, options, resolve: accept, reject });
    });
  }

  readonly restored: { saved: SavedDialog; dialog: FakeDialog; options: Pick<InviteOptions, 'peer'> }[] = [];

  restoreDialog(saved: SavedDialog, options: Pick<InviteOptions, 'peer'> = {}): SipDialog {
    const dialog = new FakeDialog(response(200), saved.callId);
    this.restored.push({ saved, dialog, options });
    return dialog;
  }

  admit(): void {}

  stats(): SipStats {
    return { dialogs: 0, sent: 0, received: 0 };
  }

  onConnectionClosed(handler: (connection: string) => void): void {
    this.#closed = handler;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  closeConnection(id: string): void {
    this.#closed(id);
  }

  /** Headers of the answer to a request, each of them. */
  receiveAll(method: string, from: string, source: SipTarget): SipHeaders {
    let all: SipHeaders = [];
    this.#onAnswer = (headers) => {
      all = headers;
    };
    this.receive(method, from, source);
    this.#onAnswer = () => {};
    return all;
  }

  /** Hands in a request of a device and answers what was responded. */
  receive(method: string, from: string, source: SipTarget, headers: SipHeaders = [], body: string | Buffer = '', callId = 'x'): Answer {
    const answers: Answer[] = [];
    const incoming: IncomingRequest = {
      request: { kind: 'request', method, uri: 'sip:34020000002000000001@3402000000', headers, body: Buffer.from(body) },
      source,
      from,
      to: from,
      callId,
      respond: (status, options) => {
        this.#onAnswer(options?.headers ?? []);
        answers.push({ status, headers: new Map(options?.headers?.map(([name, value]) => [name, value])) });
      },
      admit: () => {},
    };
    this.#options?.onRequest(incoming);
    const [answer] = answers;
    if (answer === undefined || answers.length !== 1) throw new Error(`answered ${answers.length} times`);
    return answer;
  }
}

export class FakeReceiver implements Receiver {
  readonly host = '10.0.0.1';
  readonly port = 10_000;
  ssrc: string;
  closes: CloseReason[] = [];
  #live: () => void = () => {};
  #fail: (error: unknown) => void = () => {};
  readonly live = new Promise<void>((resolve, reject) => {
    this.#live = resolve;
    this.#fail = reject;
  });

  constructor(
    readonly options: ReceiverOptions,
    private readonly rekeyError?: unknown,
  ) {
    this.ssrc = options.ssrc;
  }

  /** What it was told of silence, newest last. */
  readonly holds: boolean[] = [];
  /** Where it was told to connect to. */
  readonly connects: string[] = [];

  /** What it was told of payload types, newest last. */
  readonly payloads: ToldPayloads[] = [];

  relearn(): void {}

  /** Where its sender was said to send from. */
  readonly expected: (readonly MediaSource[])[] = [];

  expectFrom(sources: readonly MediaSource[]): void {
    this.expected.push(sources);
  }

  setPayloads(told: ToldPayloads): void {
    this.payloads.push(told);
  }

  connect(host: string, port: number): Promise<void> {
    this.connects.push(`${host}:${port}`);
    return Promise.resolve();
  }

  hold(on: boolean): void {
    this.holds.push(on);
  }

  stats(): ReceiverStats {
    return { packets: 0, bytes: 0, lost: 0, reordered: 0, duplicate: 0, resyncs: 0, damaged: 0, foreign: 0, jitterMs: 0 };
  }

  rekey(ssrc: string): void {
    if (this.rekeyError !== undefined) throw this.rekeyError;
    this.ssrc = ssrc;
  }

  goLive(): void {
    this.#live();
  }

  /** It ends by itself. */
  over(reason: CloseReason, error: unknown = new Error(reason.code)): void {
    // In this order, as rtp-ps does.
    this.#fail(error);
    this.options.onClose?.(reason);
  }

  close(reason: CloseReason): Promise<void> {
    this.closes.push(reason);
    this.#fail(new Error('closed'));
    return Promise.resolve();
  }
}

export class FakeRtpPs implements RtpPsService {
  readonly receivers: FakeReceiver[] = [];
  readonly released: string[] = [];
  openError: unknown;
  rekeyError: unknown;
  #next = 0;

  allocateSsrc(_domain = '', kind: 'live' | 'history' = 'live'): string {
    this.#next++;
    return `${kind === 'live' ? 0 : 1}20000${String(this.#next).padStart(4, '0')}`;
  }

  releaseSsrc(ssrc: string): void {
    this.released.push(ssrc);
  }

  open(options: ReceiverOptions): Promise<Receiver> {
    if (this.openError !== undefined) return Promise.reject(this.openError);
    const receiver = new FakeReceiver(options, this.rekeyError);
    this.receivers.push(receiver);
    return Promise.resolve(receiver);
  }
}

export const DEVICE = '34020000001320000001';
export const PASSWORD = 'correct horse';
export const HOME: SipTarget = { transport: 'udp', address: '192.0.2.10', port: 5060 };

const hash: DigestHash = (name, text) => createHash(name).update(text).digest('hex');

export interface Bench {
  readonly clock: FakeClock;
  readonly sip: FakeSip;
  readonly rtpPs: FakeRtpPs;
  readonly platform: Platform;
  readonly reports: { type: string; data: unknown }[];
  /** What is known of streams. */
  readonly streams: Map<string, Pick<StreamInfo, 'state' | 'viewers'>>;
}

/** A platform; `afterMs` later than others. */
export async function makeBench(config: Record<string, unknown> = {}, store: DeviceStore = new MemoryDeviceStore(), afterMs = 0): Promise<Bench> {
  const clock = new FakeClock();
  clock.advance(afterMs);
  const sip = new FakeSip();
  const rtpPs = new FakeRtpPs();
  const reports: { type: string; data: unknown }[] = [];
  const quiet = () => {};
  const log = { debug: quiet, info: quiet, warn: quiet };
  const report = <T extends ReportType>(type: T, data: ReportEvents[T]) => {
    reports.push({ type, data });
  };
  const streams = new Map<string, Pick<StreamInfo, 'state' | 'viewers'>>();
  const describe = (path: string) => streams.get(path) as StreamInfo | undefined;
  const platform = new Platform({
    streams: { describe },
    config: gb28181Config.parse(config),
    password: PASSWORD,
    sip,
    rtpPs,
    clock,
    log,
    report,
    store,
    userAgent: 'test',
  });
  await platform.listen();
  return { clock, sip, rtpPs, platform, reports, streams };
}

export interface Credentials {
  readonly password?: string;
  readonly username?: string;
  readonly nonce?: string;
  readonly algorithm?: 'MD5' | 'SHA-256' | 'SM3';
  readonly realm?: string;
  readonly qop?: boolean;
  readonly nc?: string;
}

/** An Authorization header for a challenge. */
export function authorize(challenge: string, credentials: Credentials = {}): string {
  const { realm, nonce } = parseDigestChallenge(challenge);
  const { algorithm = 'MD5', username = DEVICE, password = PASSWORD, qop = false, nc = '00000001' } = credentials;
  const uri = 'sip:34020000002000000001@3402000000';
  const counted = qop ? ({ qop: 'auth', nc, cnonce: '0a4f113b' } as const) : {};
  const input = {
    hash,
    algorithm,
    username,
    realm: credentials.realm ?? realm,
    password,
    method: 'REGISTER',
    uri,
    nonce: credentials.nonce ?? nonce,
    ...counted,
  };
  const extra = qop ? `, qop=auth, nc=${nc}, cnonce="0a4f113b"` : '';
  return `Digest username="${username}", realm="${input.realm}", nonce="${input.nonce}", uri="${uri}", response="${digestResponse(input)}", algorithm=${algorithm}${extra}`;
}

export interface Registration extends Credentials {
  readonly id?: string;
  readonly source?: SipTarget;
  readonly headers?: SipHeaders;
  readonly expires?: string;
}

/** REGISTER, the challenge, and REGISTER again; the final answer. */
export function register(sip: FakeSip, how: Registration = {}): Answer {
  const { id = DEVICE, source = HOME } = how;
  const headers: SipHeaders = [['contact', `<sip:${id}@192.168.1.2:5060>`], ['expires', how.expires ?? '3600'], ...(how.headers ?? [])];
  const first = sip.receive('REGISTER', id, source, headers);
  if (first.status !== 401) return first;
  const challenge = first.headers.get('www-authenticate') ?? '';
  return sip.receive('REGISTER', id, source, [...headers, ['authorization', authorize(challenge, { username: id, ...how })]]);
}

export function manscdp(root: string, cmdType: string, sn: number | string, deviceId: string, rest = ''): string {
  return `<?xml version="1.0"?>\r\n<${root}>\r\n<CmdType>${cmdType}</CmdType>\r\n<SN>${sn}</SN>\r\n<DeviceID>${deviceId}</DeviceID>\r\n${rest}</${root}>\r\n`;
}

export function keepalive(sip: FakeSip, source: SipTarget = HOME, id = DEVICE): Answer {
  return sip.receive('MESSAGE', id, source, [], manscdp('Notify', 'Keepalive', 1, id, '<Status>OK</Status>'));
}

/** Answers the newest query of a kind with a page. */
export function answerCatalog(sip: FakeSip, channels: readonly string[], sumNum = channels.length, id = DEVICE, source: SipTarget = HOME): Answer {
  const query = sip.sent.findLast(({ request }) => request.to.startsWith(id) && request.body?.includes('<CmdType>Catalog<'));
  const sn = /<SN>(\d+)</.exec(query?.request.body?.toString() ?? '')?.[1] ?? '0';
  const items = channels.map((channel) => `<Item><DeviceID>${channel}</DeviceID><Name>c</Name><Status>ON</Status></Item>`).join('');
  return sip.receive(
    'MESSAGE',
    id,
    source,
    [],
    manscdp('Response', 'Catalog', sn, id, `<SumNum>${sumNum}</SumNum><DeviceList Num="${channels.length}">${items}</DeviceList>`),
  );
}

export function demand(bench: Bench, path: string): { verdict: Promise<DemandVerdict | undefined>; abort: () => void } {
  const controller = new AbortController();
  return { verdict: bench.platform.live.demand({ path, signal: controller.signal }), abort: () => controller.abort() };
}

/** Bodies of MANSCDP that were sent, of one kind, oldest first. */
export function sentBodies(sip: FakeSip, cmdType: string): string[] {
  return sip.sent.map(({ request }) => request.body?.toString() ?? '').filter((body) => body.includes(`<CmdType>${cmdType}<`));
}

/** Serial number of the newest query of a kind. */
export function snOf(sip: FakeSip, cmdType: string): string {
  return /<SN>(\d+)</.exec(sentBodies(sip, cmdType).at(-1) ?? '')?.[1] ?? '';
}
