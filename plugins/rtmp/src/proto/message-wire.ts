import { Buffer } from 'node:buffer';
import { splitAggregate } from './aggregate.js';
import { ChunkReader } from './chunk-reader.js';
import { readControl } from './control.js';
import type { RtmpLimits } from './limits.js';
import { type RtmpMessage, RtmpType, UserControl } from './message.js';
import { acknowledgement, userControl } from './replies.js';

/**
 * What both sides of a connection do alike once the handshake is done: chunks become messages, control messages are acted on, aggregates and
 * wrappings are taken apart, bytes are acknowledged, and what is to be sent is gathered into one write.
 */
export class MessageWire {
  readonly #send: (bytes: Buffer) => void;
  readonly #reader: ChunkReader;
  /** The rest of an aggregate message. */
  #inner: RtmpMessage[] = [];
  #out: Buffer[] = [];
  #received = 0;
  #acknowledged = 0;
  #windowBytes = 0;

  constructor(limits: RtmpLimits, send: (bytes: Buffer) => void) {
    this.#send = send;
    this.#reader = new ChunkReader(limits);
  }

  /** Counts bytes of the peer, those of the handshake too. */
  count(bytes: number): void {
    this.#received += bytes;
  }

  /** Takes chunks of the peer, which are looked at until `settle`. */
  push(bytes: Buffer): void {
    this.#reader.push(bytes);
  }

  /** What was pushed is about to be overwritten. */
  settle(): void {
    this.#reader.settle();
  }

  /** The next message that a session has to look at: media, data, commands, events of streams. Throws where bytes cannot be understood. */
  next(): RtmpMessage | undefined {
    for (let message = this.#take(); message !== undefined; message = this.#take()) {
      if (message.type === RtmpType.aggregate) this.#inner = splitAggregate(message).filter(({ type }) => type !== RtmpType.aggregate);
      else if (message.type === RtmpType.dataAmf3)
        return { ...message, type: RtmpType.data, body: message.body[0] === 0 ? message.body.subarray(1) : message.body };
      else if (!this.#control(message)) return message;
    }
    return undefined;
  }

  /** Keeps bytes for the next `flush`. */
  write(bytes: Buffer): void {
    this.#out.push(bytes);
  }

  /** Sends all that was written, in one call. */
  flush(): void {
    if (this.#windowBytes > 0 && this.#received - this.#acknowledged >= this.#windowBytes) {
      this.#acknowledged = this.#received;
      this.write(acknowledgement(this.#received));
    }
    const [first] = this.#out;
    if (first === undefined) return;
    const bytes = this.#out.length === 1 ? first : Buffer.concat(this.#out);
    this.#out = [];
    this.#send(bytes);
  }

  #take(): RtmpMessage | undefined {
    return this.#inner.length > 0 ? this.#inner.shift() : this.#reader.next();
  }

  /** True where the message was for the connection itself. */
  #control(message: RtmpMessage): boolean {
    const control = readControl(message);
    if (control === undefined) return false;
    if (control.kind === 'ping') this.write(userControl(UserControl.pingResponse, control.timestamp));
    else if (control.kind === 'chunkSize') this.#reader.setChunkSize(control.value);
    else if (control.kind === 'abort') this.#reader.abort(control.value);
    else this.#windowBytes = control.value;
    return true;
  }
}
