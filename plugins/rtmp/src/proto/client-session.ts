import type { Buffer } from 'node:buffer';
import { type Amf0Value, amf0Get, amf0Text } from '@sluice/plugin-format-flv';
import { rtmpError } from '../errors.js';
import { ClientHandshake } from './client-handshake.js';
import { parseCommand, type RtmpCommand } from './command.js';
import type { HandshakeTools } from './handshake-digest.js';
import { defaultRtmpLimits, type RtmpLimits } from './limits.js';
import { isStreamEof, type RtmpMessage, RtmpType } from './message.js';
import { MessageWire } from './message-wire.js';
import { connectRequest, createStreamRequests, finishRequests, type RtmpPurpose, streamRequest, Transaction } from './requests.js';
import type { RtmpUrl } from './rtmp-url.js';

/** Who is told how far a client got. */
export interface RtmpClientHandler {
  /** Bytes for the server; all that one `receive` brings about comes in one call. */
  send(bytes: Buffer): void;
  /** The server takes the stream (media goes on this message stream, in chunks of 65536 bytes), or begins to send it. */
  started(streamId: number): void;
  /** Audio (8), video (9) or data (18) of a stream that is played. */
  media?(type: number, timestampMs: number, body: Buffer): void;
}

/** How a client works. */
export interface RtmpClientOptions {
  readonly purpose: RtmpPurpose;
  readonly handler: RtmpClientHandler;
  readonly tools: HandshakeTools;
  readonly target: RtmpUrl;
  readonly limits?: RtmpLimits;
  /** FourCCs that the server is told of (Enhanced RTMP). */
  readonly fourCcs?: readonly string[];
}

/** How far a client got: what it waits for. */
export type RtmpClientPhase = 'handshake' | 'connect' | 'createStream' | RtmpPurpose | 'running' | 'over';

const MAX_STREAM_ID = 0xffffffff;

/** The client's side of one RTMP connection that publishes or plays one stream: bytes in, calls of the handler and bytes out. */
export class RtmpClientSession {
  readonly #purpose: RtmpPurpose;
  readonly #handler: RtmpClientHandler;
  readonly #target: RtmpUrl;
  readonly #limits: RtmpLimits;
  readonly #fourCcs: readonly string[];
  readonly #wire: MessageWire;
  readonly #handshake: ClientHandshake;
  #phase: RtmpClientPhase = 'handshake';
  #streamId = 0;
  #told = false;

  constructor(options: RtmpClientOptions) {
    this.#purpose = options.purpose;
    this.#handler = options.handler;
    this.#target = options.target;
    this.#limits = options.limits ?? defaultRtmpLimits;
    this.#fourCcs = options.fourCcs ?? [];
    this.#wire = new MessageWire(this.#limits, (bytes) => this.#handler.send(bytes));
    this.#handshake = new ClientHandshake(options.tools, (bytes) => this.#wire.write(bytes));
  }

  /** What it waits for. */
  get phase(): RtmpClientPhase {
    return this.#phase;
  }

  /** Begins the handshake. */
  start(): void {
    this.#handshake.start();
    this.#wire.flush();
  }

  /**
   * Takes bytes of the server. Throws a `SluiceError` where the connection must end: `ERR_RTMP_REFUSED` or `ERR_RTMP_NOT_FOUND` with the server's
   * code and description, `ERR_RTMP_CLOSED` where it ended what it had begun, and those of bad bytes.
   */
  receive(bytes: Buffer): void {
    if (this.#phase === 'over') return;
    this.#wire.count(bytes.length);
    const rest = this.#phase === 'handshake' ? this.#handshake.receive(bytes) : bytes;
    if (rest !== undefined) {
      if (this.#phase === 'handshake') {
        this.#phase = 'connect';
        this.#wire.write(connectRequest(this.#target, this.#purpose, this.#fourCcs));
      }
      this.#wire.push(rest);
      for (let message = this.#wire.next(); message !== undefined; message = this.#wire.next()) this.#message(message);
      this.#wire.settle();
    }
    this.#wire.flush();
    if (this.#phase === 'running') this.#tell();
  }

  /** Tells the server that it is over; the connection is to be closed. */
  finish(): void {
    if (this.#phase === this.#purpose || this.#phase === 'running') this.#wire.write(finishRequests(this.#target, this.#purpose, this.#streamId));
    this.#phase = 'over';
    this.#wire.flush();
  }

  #tell(): void {
    if (this.#told) return;
    this.#told = true;
    this.#handler.started(this.#streamId);
  }

  #message(message: RtmpMessage): void {
    switch (message.type) {
      case RtmpType.audio:
      case RtmpType.video:
      case RtmpType.data:
        this.#media(message);
        return;
      case RtmpType.command:
      case RtmpType.commandAmf3:
        this.#command(parseCommand(message, this.#limits));
        return;
      case RtmpType.userControl:
        if (this.#purpose === 'play' && this.#phase === 'running' && isStreamEof(message)) throw rtmpError('ERR_RTMP_CLOSED', 'the stream is over (StreamEOF)');
        return;
      default:
    }
  }

  /** Media that a server sends to its publisher is not asked for and not looked at. Some send it to a player without a word before. */
  #media({ type, timestampMs, body }: RtmpMessage): void {
    if (this.#purpose !== 'play' || (this.#phase !== 'play' && this.#phase !== 'running')) return;
    this.#phase = 'running';
    this.#tell();
    this.#handler.media?.(type, timestampMs, body);
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
      this.#wire.write(createStreamRequests(this.#target, this.#purpose));
    } else if (transactionId === Transaction.createStream && this.#phase === 'createStream') {
      const [id] = args;
      if (typeof id !== 'number' || !(id >= 1 && id <= MAX_STREAM_ID)) throw rtmpError('ERR_RTMP_COMMAND', 'createStream is answered without a stream');
      this.#streamId = Math.floor(id);
      this.#phase = this.#purpose;
      this.#wire.write(streamRequest(this.#target, this.#purpose, this.#streamId));
    }
  }

  /** `releaseStream` and `FCPublish` may fail: many servers know neither. */
  #error({ transactionId, object, args }: RtmpCommand): void {
    const { connect, createStream, stream } = Transaction;
    if (transactionId !== connect && transactionId !== createStream && transactionId !== stream) return;
    throw refusal(args[0] ?? object);
  }

  #status(information: Amf0Value): void {
    const code = amf0Text(information, 'code') ?? '';
    const level = amf0Text(information, 'level');
    if (this.#phase === 'running') {
      if (level === 'error' || isEnd(code)) throw ended(information);
    } else if (level === 'error' || isRefusal(code)) {
      throw refusal(information);
    } else if (code === STARTED[this.#purpose] && this.#phase === this.#purpose) {
      this.#phase = 'running';
    }
  }
}

const STARTED = { publish: 'NetStream.Publish.Start', play: 'NetStream.Play.Start' } as const;

/** What was begun is over. */
function isEnd(code: string): boolean {
  return /^NetStream\.(Unpublish\..*|Play\.(UnpublishNotify|Stop|Complete))$/.test(code) || code.startsWith('NetConnection.Connect.');
}

/** Some servers refuse with the level `status`. */
function isRefusal(code: string): boolean {
  return (
    /^NetStream\.(Publish\.(BadName|Denied|Failed|Rejected)|Play\.(StreamNotFound|Failed|FileStructureInvalid|NoSupportedTrackFound|UnpublishNotify))$/.test(
      code,
    ) || /^NetConnection\.Connect\.(Rejected|Closed|Failed|InvalidApp)$/.test(code)
  );
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
  const missing = amf0Text(information, 'code') === 'NetStream.Play.StreamNotFound';
  return rtmpError(missing ? 'ERR_RTMP_NOT_FOUND' : 'ERR_RTMP_REFUSED', said(information));
}

function ended(information: Amf0Value) {
  return rtmpError('ERR_RTMP_CLOSED', `the server ended it: ${said(information)}`);
}
