import type { Buffer } from 'node:buffer';
import { type Amf0Value, amf0Get, amf0Number, amf0Text } from '@sluice/plugin-format-flv';
import { rtmpError } from '../errors.js';
import { parseCommand, type RtmpCommand } from './command.js';
import { ServerHandshake } from './handshake.js';
import type { HandshakeTools } from './handshake-digest.js';
import { defaultRtmpLimits, type RtmpLimits } from './limits.js';
import { MEDIA_STREAM_ID, type RtmpMessage, RtmpType } from './message.js';
import { MessageWire } from './message-wire.js';
import { connectAccepted, playAccepted, playEnded, publishAccepted, result, status } from './replies.js';
import { type StreamUrl, streamUrl } from './stream-url.js';

/** What a client asks for with `publish` or `play`. */
export interface StreamRequest extends StreamUrl {
  /** `flashVer` of the client. */
  readonly userAgent: string | undefined;
}

/** Who is told what a client does. */
export interface RtmpServerHandler {
  /** Bytes for the client; all replies to one `receive` come in one call. */
  send(bytes: Buffer): void;
  /** The handshake is done. */
  handshaken(): void;
  /** A client wants to publish. Nothing more is read until `acceptPublish` or `reject`. */
  publish(request: StreamRequest): void;
  /** A client wants to play. To be answered by `playPreamble` or `reject`. */
  play(request: StreamRequest): void;
  /** Audio (8), video (9) or data (18) of the publisher. */
  media(type: number, timestampMs: number, body: Buffer): void;
  /** The client finished publishing or playing as the protocol says; it may ask again. */
  stopped(): void;
}

/** How a session works. */
export interface RtmpSessionOptions {
  readonly handler: RtmpServerHandler;
  readonly tools: HandshakeTools;
  readonly limits?: RtmpLimits;
  /** FourCCs named to clients that speak Enhanced RTMP. */
  readonly fourCcs?: readonly string[];
}

type State = 'idle' | 'publish-pending' | 'publishing' | 'playing';

/** The server's side of one RTMP connection: bytes in, calls of the handler and bytes out. */
export class RtmpServerSession {
  readonly #handler: RtmpServerHandler;
  readonly #limits: RtmpLimits;
  readonly #fourCcs: readonly string[];
  readonly #wire: MessageWire;
  #handshake: ServerHandshake | undefined;
  #state: State = 'idle';
  #connect: { readonly app: string; readonly tcUrl: string; readonly userAgent: string | undefined } | undefined;

  constructor(options: RtmpSessionOptions) {
    this.#handler = options.handler;
    this.#limits = options.limits ?? defaultRtmpLimits;
    this.#fourCcs = options.fourCcs ?? [];
    this.#wire = new MessageWire(this.#limits, (bytes) => this.#handler.send(bytes));
    this.#handshake = new ServerHandshake(options.tools, (bytes) => this.#wire.write(bytes));
  }

  /** Takes bytes of the client. Throws a `SluiceError` where the connection must end. */
  receive(bytes: Buffer): void {
    this.#wire.count(bytes.length);
    const rest = this.#handshake === undefined ? bytes : this.#handshake.receive(bytes);
    if (rest !== undefined) {
      if (this.#handshake !== undefined) {
        this.#handshake = undefined;
        this.#handler.handshaken();
      }
      this.#wire.push(rest);
      this.#run();
      this.#wire.settle();
    }
    this.#wire.flush();
  }

  /** The publisher may send. */
  acceptPublish(): void {
    this.#state = 'publishing';
    this.#wire.write(publishAccepted());
    this.#wire.flush();
    this.#run();
    this.#wire.flush();
  }

  /** The publisher or player is refused; the connection is to be closed. */
  reject(code: string, description: string): void {
    this.#state = 'idle';
    this.#wire.write(status('error', code, description));
    this.#wire.flush();
  }

  /** What goes to a player before the stream's first bytes. */
  playPreamble(): Buffer {
    return playAccepted();
  }

  /** Tells a player or publisher that it is over; the connection is to be closed. */
  finish(): void {
    if (this.#state === 'playing') this.#wire.write(playEnded());
    else if (this.#state === 'publishing') this.#wire.write(status('status', 'NetStream.Unpublish.Success', 'Stopped publishing.'));
    this.#state = 'idle';
    this.#wire.flush();
  }

  #run(): void {
    while (this.#state !== 'publish-pending') {
      const message = this.#wire.next();
      if (message === undefined) return;
      this.#message(message);
    }
  }

  #message(message: RtmpMessage): void {
    switch (message.type) {
      case RtmpType.audio:
      case RtmpType.video:
      case RtmpType.data:
        if (this.#state === 'publishing') this.#handler.media(message.type, message.timestampMs, message.body);
        return;
      case RtmpType.command:
      case RtmpType.commandAmf3:
        this.#command(parseCommand(message, this.#limits));
        return;
      default:
    }
  }

  #command(command: RtmpCommand): void {
    switch (command.name) {
      case 'connect':
        this.#connected(command);
        return;
      case 'createStream':
        this.#wire.write(result(command.transactionId, MEDIA_STREAM_ID));
        return;
      case 'publish':
        this.#handler.publish(this.#request(command, 'publish-pending'));
        return;
      case 'play':
        this.#handler.play(this.#request(command, 'playing'));
        return;
      case 'deleteStream':
      case 'closeStream':
      case 'FCUnpublish':
        this.#stop(command);
        return;
      case 'getStreamLength':
        this.#wire.write(result(command.transactionId, 0));
        return;
      case 'pause':
      case 'pauseRaw':
        this.#pause(command.args[0]);
        return;
      default:
        // releaseStream, FCPublish, FCSubscribe, _checkbw, receiveAudio …: an answer is enough.
        if (command.transactionId > 0 && !command.name.startsWith('_result') && command.name !== '_error') this.#wire.write(result(command.transactionId));
    }
  }

  #connected({ transactionId, object }: RtmpCommand): void {
    if (this.#connect !== undefined) throw rtmpError('ERR_RTMP_COMMAND', 'connect comes once');
    this.#connect = { app: amf0Text(object, 'app') ?? '', tcUrl: amf0Text(object, 'tcUrl') ?? '', userAgent: amf0Text(object, 'flashVer') };
    const enhanced = amf0Get(object, 'fourCcList') !== undefined || amf0Get(object, 'videoFourCcInfoMap') !== undefined;
    this.#wire.write(connectAccepted(transactionId, amf0Number(object, 'objectEncoding') ?? 0, enhanced ? this.#fourCcs : undefined));
  }

  #request(command: RtmpCommand, next: State): StreamRequest {
    const name = command.args[0];
    if (this.#connect === undefined) throw rtmpError('ERR_RTMP_COMMAND', `${command.name} before connect`);
    if (this.#state !== 'idle') throw rtmpError('ERR_RTMP_COMMAND', `${command.name} while ${this.#state}`);
    if (name !== undefined && name !== null && typeof name !== 'string') throw rtmpError('ERR_RTMP_COMMAND', `${command.name} without a name`);
    this.#state = next;
    const { app, tcUrl, userAgent } = this.#connect;
    return { ...streamUrl(app, tcUrl, name ?? ''), userAgent };
  }

  #stop({ name }: RtmpCommand): void {
    if (this.#state !== 'publishing' && this.#state !== 'playing') return;
    if (this.#state === 'publishing' && name !== 'deleteStream') this.#wire.write(status('status', 'NetStream.Unpublish.Success', 'Stopped publishing.'));
    this.#state = 'idle';
    this.#handler.stopped();
  }

  /** A live stream goes on while a player pauses; the player is told what it wants to hear. */
  #pause(paused: Amf0Value): void {
    if (this.#state !== 'playing') return;
    this.#wire.write(paused === true ? status('status', 'NetStream.Pause.Notify', 'Paused.') : status('status', 'NetStream.Unpause.Notify', 'Unpaused.'));
  }
}
