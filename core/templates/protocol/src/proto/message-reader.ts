import { Buffer } from 'node:buffer';
import { protocolError } from '../errors.js';
import { HEAD_BYTES, type Message } from './message.js';

/** Cuts a stream of bytes into messages, however it was split on the way. Holds no more than one message that is not complete. */
export class MessageReader {
  readonly #onMessage: (message: Message) => void;
  readonly #maxMessageBytes: number;
  #chunks: Buffer[] = [];
  #length = 0;
  /** Nothing can be done with less. */
  #needed = HEAD_BYTES;

  constructor(maxMessageBytes: number, onMessage: (message: Message) => void) {
    this.#maxMessageBytes = maxMessageBytes;
    this.#onMessage = onMessage;
  }

  /** Takes bytes as they come. Throws `ERR___NAME___TOO_LARGE`, and what `onMessage` throws. */
  receive(bytes: Buffer): void {
    this.#chunks.push(bytes);
    this.#length += bytes.length;
    // Joined once per message, not once per piece.
    if (this.#length >= this.#needed) this.#read(this.#chunks.length === 1 ? bytes : Buffer.concat(this.#chunks));
  }

  #read(bytes: Buffer): void {
    let at = 0;
    this.#needed = HEAD_BYTES;
    while (bytes.length - at >= HEAD_BYTES) {
      const length = bytes.readUInt32BE(at);
      if (length < 1 || length > this.#maxMessageBytes) throw protocolError('tooLarge', `a message of ${length} bytes`);
      const end = at + 4 + length;
      if (end > bytes.length) {
        this.#needed = end - at;
        break;
      }
      this.#onMessage({ type: bytes.readUInt8(at + 4), body: bytes.subarray(at + HEAD_BYTES, end) });
      at = end;
    }
    this.#chunks = at === bytes.length ? [] : [bytes.subarray(at)];
    this.#length = bytes.length - at;
  }
}
