import type { SipConfig } from '../config.js';
import { buildRequest } from '../proto/build.js';
import { checkResponse } from '../proto/check.js';
import { header } from '../proto/headers.js';
import { BRANCH_COOKIE } from '../proto/via.js';
import type {
  InviteOptions,
  OutgoingRequest,
  SavedDialog,
  SipDialog,
  SipEndpoint,
  SipListenOptions,
  SipRequest,
  SipResponse,
  SipStats,
  SipTarget,
} from '../service.js';
import { ClientSide } from './client-side.js';
import { Dialog, type DialogPlace, restored } from './dialog.js';
import { Dialogs } from './dialogs.js';
import { runInvite } from './invite.js';
import { LocalAddresses } from './local-address.js';
import { randomId, type SipRuntime } from './runtime.js';
import { ServerSide } from './server-side.js';
import { StrayAnswers } from './stray-answers.js';
import { Wire } from './wire.js';

/** Opens a listener. Rejects with what the transport rejects with. */
export async function openEndpoint(runtime: SipRuntime, config: SipConfig, options: SipListenOptions): Promise<SipEndpoint> {
  const dialogs = new Dialogs();
  const closedHandlers: ((connection: string) => void)[] = [];
  let endpoint: Endpoint | undefined;
  const wire: Wire = new Wire(runtime, config, options, {
    onMessage: (message, source, byteLength) => {
      if (message.kind === 'request') server.onRequest(message, source, byteLength);
      else if (checkResponse(message) && !client.onResponse(message, source) && server.knows(source)) endpoint?.onStray(message, source);
    },
    onConnectionClosed: (connection) => {
      client.onConnectionClosed(connection);
      server.onConnectionClosed(connection);
      for (const handler of closedHandlers) handler(connection);
    },
  });
  const client = new ClientSide(wire, runtime, config);
  const server = new ServerSide({ wire, client, dialogs, userAgent: options.userAgent }, runtime, config, options);
  try {
    const port = await wire.open();
    endpoint = new Endpoint({ runtime, config, options, wire, client, server, dialogs, closedHandlers, port });
    return endpoint;
  } catch (error) {
    server.close();
    throw error;
  }
}

interface EndpointParts {
  readonly runtime: SipRuntime;
  readonly config: SipConfig;
  readonly options: SipListenOptions;
  readonly wire: Wire;
  readonly client: ClientSide;
  readonly server: ServerSide;
  readonly dialogs: Dialogs;
  readonly closedHandlers: ((connection: string) => void)[];
  readonly port: number;
}

class Endpoint implements SipEndpoint {
  readonly port: number;
  readonly #parts: EndpointParts;
  readonly #addresses: LocalAddresses;
  readonly #strays: StrayAnswers;
  #cseq = 0;

  constructor(parts: EndpointParts) {
    this.port = parts.port;
    this.#parts = parts;
    this.#addresses = new LocalAddresses(parts.runtime.transport, parts.runtime.clock, parts.port, parts.options.advertise);
    this.#strays = new StrayAnswers(this.#place(), async (peer) => {
      const sentBy = await this.localAddressFor(peer);
      return { sentBy, contact: this.#contact(sentBy) };
    });
  }

  localAddressFor(target: SipTarget): Promise<string> {
    return this.#addresses.for(target.address);
  }

  async send(request: OutgoingRequest, target: SipTarget): Promise<SipResponse> {
    const message = this.#build(request, target, await this.localAddressFor(target));
    return new Promise((resolve, reject) => {
      this.#parts.client.start(message, target, { onFinal: resolve, onFailure: reject });
    });
  }

  async invite(request: OutgoingRequest, target: SipTarget, options: InviteOptions = {}): Promise<SipDialog> {
    const { runtime, config } = this.#parts;
    const sentBy = await this.localAddressFor(target);
    const message = this.#build({ ...request, method: 'INVITE' }, target, sentBy);
    const contact = header(message, 'contact') ?? this.#contact(sentBy);
    const timeoutMs = options.timeoutMs ?? config.timeoutMs;
    return runInvite(this.#place(), runtime.clock, { request: message, target, sentBy, contact }, { ...options, timeoutMs });
  }

  restoreDialog(saved: SavedDialog, options: Pick<InviteOptions, 'peer'> = {}): SipDialog {
    const answer: SipResponse = { kind: 'response', status: 200, reason: 'OK', headers: [['to', saved.to]], body: Buffer.alloc(0) };
    return new Dialog(this.#place(), restored(saved), answer, options.peer);
  }

  connect(host: string, port: number): Promise<SipTarget> {
    return this.#parts.wire.connect(host, port);
  }

  /** An answer that belongs to no request of ours, of a peer that proved itself. */
  onStray(answer: SipResponse, source: SipTarget): void {
    this.#strays.onResponse(answer, source);
  }

  admit(target: SipTarget): void {
    this.#parts.server.admit(target);
  }

  stats(): SipStats {
    const { client, server, dialogs } = this.#parts;
    return { dialogs: dialogs.size, sent: client.size, received: server.size };
  }

  onConnectionClosed(handler: (connection: string) => void): void {
    this.#parts.closedHandlers.push(handler);
  }

  async close(): Promise<void> {
    const { wire, client, server } = this.#parts;
    client.close();
    server.close();
    await wire.close();
  }

  #place(): DialogPlace {
    const { wire, client, dialogs, options } = this.#parts;
    return { wire, client, dialogs, userAgent: options.userAgent };
  }

  #contact(sentBy: string): string {
    return `<sip:${this.#parts.options.id}@${sentBy}>`;
  }

  #build(request: OutgoingRequest, target: SipTarget, sentBy: string): SipRequest {
    const given = new Map((request.headers ?? []).map(([name, value]) => [name.toLowerCase(), value]));
    this.#cseq = (this.#cseq % 0x7fff_fffe) + 1;
    // Registrations and subscriptions keep their Call-ID, and with it a CSeq that grows (RFC 3261 10.2).
    return buildRequest({
      method: request.method,
      uri: request.uri,
      transport: target.transport,
      sentBy,
      branch: `${BRANCH_COOKIE}${randomId()}`,
      from: `<sip:${request.from}>;tag=${randomId()}`,
      to: `<sip:${request.to}>`,
      callId: given.get('call-id') ?? randomId(),
      cseq: this.#cseq,
      contact: this.#contact(sentBy),
      userAgent: this.#parts.options.userAgent,
      headers: request.headers ?? [],
      ...(request.body === undefined ? {} : { body: request.body }),
    });
  }
}
