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

/** Where devices are unless a test says otherwise. */
export const HOME: SipTarget = { transport: 'udp', address: '192.0.2.10', port: 5060 };

/** What a device was answered. */
export interface Answer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
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

  connect(): Promise<SipTarget> {
    return Promise.reject(new Error('the platform connects to nobody'));
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
      accept: () => {
        throw new Error('no device calls the platform');
      },
      admit: () => {},
    };
    this.#options?.onRequest(incoming);
    const [answer] = answers;
    if (answer === undefined || answers.length !== 1) throw new Error(`answered ${answers.length} times`);
    return answer;
  }
}
