import { Buffer } from 'node:buffer';
import { type Amf0Value, amf0Get, amf0Text } from '@sluice/plugin-format-flv';
import { rtmpError } from '../errors.js';
import { ChunkReader } from './chunk-reader.js';
import { ClientHandshake } from './client-handshake.js';
import { parseCommand, type RtmpCommand } from './command.js';
import { readControl } from './control.js';
import type { HandshakeTools } from './handshake-digest.js';
import { defaultRtmpLimits, type RtmpLimits } from './limits.js';
import { type RtmpMessage, RtmpType, UserControl } from './message.js';
import type { PushUrl } from './push-url.js';
import { acknowledgement, userControl } from './replies.js';
import { connectRequest, createStreamRequests, publishRequest, Transaction, unpublishRequests } from './requests.js';

/** Who is told how far a publishing client got. */
export interface RtmpClientHandler {
  /** Bytes for the server; all that one `receive` brings about comes in one call. */
  send(bytes: Buffer): void;
  /** The server takes the stream: media goes on this message stream, in chunks of 65536 bytes. */
  published(streamId: number): void;
}

/** How a client works. */
export interface RtmpClientOptions {
  readonly handler: RtmpClientHandler;
  readonly tools: HandshakeTools;
  readonly target: PushUrl;
  readonly limits?: RtmpLimits;
  /** FourCCs that the server is told of (Enhanced RTMP). */
  readonly fourCcs?: readonly string[];
}

/** How far a client got: what it waits for. */
export type RtmpClientPhase = 'handshake' | 'connect' | 'createStream' | 'publish' | 'publishing' | 'over';

const MAX_STREAM_ID = 0xffffffff;

/** The client's side of one RTMP connection that publishes: bytes in, calls of the handler and bytes out. */
export class RtmpClientSession {
  readonly #handler: RtmpClientHandler;
  readonly #target: PushUrl;
  readonly #limits: RtmpLimits;
  readonly #fourCcs: readonly string[];
  readonly #reader: ChunkReader;
  readonly #handshake: ClientHandshake;
  #phase: RtmpClientPhase = 'handshake';
  #streamId = 0;
  #published = false;
  #out: Buffer[] = [];
  #received = 0;
  #acknowledged = 0;
  #windowBytes = 0;

  constructor(options: RtmpClientOptions) {
    this.#handler = options.handler;
    this.#target = options.target;
    this.#limits = options.limits ?? defaultRtmpLimits;
    this.#fourCcs = options.fourCcs ?? [];
    this.#reader = new ChunkReader(this.#limits);
    this.#handshake = new ClientHandshake(options.tools, (bytes) => this.#out.push(bytes));
  }

  /** What it waits for. */
  get phase(): RtmpClientPhase {
    return this.#phase;
  }

  /** Begins the handshake. */
  start(): void {
    this.#handshake.start();
    this.#flush();
  }

  /**
   * Takes bytes of the server. Throws a `SluiceError` where the connection must end: `ERR_RTMP_REFUSED` with the server's code and
   * description, `ERR_RTMP_CLOSED` where it ended what it had accepted, and those of bad bytes.
   */
  receive(bytes: Buffer): void {
    if (this.#phase === 'over') return;
    this.#received += bytes.length;
    const rest = this.#phase === 'handshake' ? this.#handshake.receive(bytes) : bytes;
    if (rest !== undefined) {
      if (this.#phase === 'handshake') {
        this.#phase = 'connect';
        this.#out.push(connectRequest(this.#target, this.#fourCcs));
      }
      this.#reader.push(rest);
      for (let message = this.#reader.next(); message !== undefined; message = this.#reader.next()) this.#message(message);
    }
    this.#flush();
    if (!this.#published && this.#phase === 'publishing') {
      this.#published = true;
      this.#handler.published(this.#streamId);
    }
  }

  /** Tells the server that no more comes; the connection is to be closed. */
  finish(): void {
    if (this.#phase === 'publish' || this.#phase === 'publishing') this.#out.push(unpublishRequests(this.#target, this.#streamId));
    this.#phase = 'over';
    this.#flush();
  }

  #flush(): void {
    if (this.#windowBytes > 0 && this.#received - this.#acknowledged >= this.#windowBytes) {
      this.#acknowledged = this.#received;
      this.#out.push(acknowledgement(this.#received));
    }
    if (this.#out.length === 0) return;
    const bytes = Buffer.concat(this.#out);
    this.#out = [];
    this.#handler.send(bytes);
  }

  #message(message: RtmpMessage): void {
    if (message.type === RtmpType.command || message.type === RtmpType.commandAmf3) this.#command(parseCommand(message, this.#limits));
    else this.#control(message);
  }

  /** Media that a server sends to its publisher is not asked for and not looked at. */
  #control(message: RtmpMessage): void {
    const control = readControl(message);
    if (control === undefined) return;
    if (control.kind === 'ping') this.#out.push(userControl(UserControl.pingResponse, control.timestamp));
    else if (control.kind === 'chunkSize') this.#reader.setChunkSize(control.value);
    else if (control.kind === 'abort') this.#reader.abort(control.value);
    else this.#windowBytes = control.value;
  }

  #command(command: RtmpCommand): void {
    switch (command.name) {
      case '_result':
        this.#result(command);
        return;
      case '_error':
        this.#error(command);
        return;
      case 'onStatus':
        this.#status(command.args[0]);
        return;
      case 'close':
        throw rtmpError('ERR_RTMP_CLOSED', 'the server closes the connection');
      default: // onBWDone, onFCPublish, _checkbw …: nothing hangs on them
    }
  }

  #result({ transactionId, args }: RtmpCommand): void {
    if (transactionId === Transaction.connect && this.#phase === 'connect') {
      this.#phase = 'createStream';
      this.#out.push(createStreamRequests(this.#target));
    } else if (transactionId === Transaction.createStream && this.#phase === 'createStream') {
      const [id] = args;
      if (typeof id !== 'number' || !(id >= 1 && id <= MAX_STREAM_ID)) throw rtmpError('ERR_RTMP_COMMAND', 'createStream is answered without a stream');
      this.#streamId = Math.floor(id);
      this.#phase = 'publish';
      this.#out.push(publishRequest(this.#target, this.#streamId));
    }
  }

  /** `releaseStream` and `FCPublish` may fail: many servers know neither. */
  #error({ transactionId, object, args }: RtmpCommand): void {
    const { connect, createStream, publish } = Transaction;
    if (transactionId !== connect && transactionId !== createStream && transactionId !== publish) return;
    throw refusal(args[0] ?? object);
  }

  #status(information: Amf0Value): void {
    const code = amf0Text(information, 'code') ?? '';
    const level = amf0Text(information, 'level');
    if (this.#phase === 'publishing') {
      if (level === 'error' || code.startsWith('NetStream.Unpublish.') || code.startsWith('NetConnection.Connect.')) throw ended(information);
    } else if (level === 'error' || isRefusal(code)) {
      throw refusal(information);
    } else if (code === 'NetStream.Publish.Start' && this.#phase === 'publish') {
      this.#phase = 'publishing';
    }
  }
}

/** Some servers refuse with the level `status`. */
function isRefusal(code: string): boolean {
  return /^NetStream\.Publish\.(BadName|Denied|Failed|Rejected)$/.test(code) || /^NetConnection\.Connect\.(Rejected|Closed|Failed|InvalidApp)$/.test(code);
}

/** What a server said, cut and on one line. */
function said(information: Amf0Value): string {
  const code = amf0Text(information, 'code') ?? 'no code';
  const description = amf0Text(information, 'description') ?? amf0Text(information, 'details') ?? '';
  const redirect = amf0Text(amf0Get(information, 'ex'), 'redirect');
  const more = redirect === undefined ? '' : ` (go to ${redirect})`;
  const text = `${code}${description === '' ? '' : `: ${description}`}${more}`;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not get into logs
  return text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').slice(0, 512);
}

function refusal(information: Amf0Value) {
  return rtmpError('ERR_RTMP_REFUSED', said(information));
}

function ended(information: Amf0Value) {
  return rtmpError('ERR_RTMP_CLOSED', `the server ended it: ${said(information)}`);
}
