import { wireTextError } from './errors.js';
import { findHeadEnd, parseHead, type TextHead } from './head.js';
import { findHeader, findHeaders, type HeaderOptions } from './headers.js';
import { type TextLimits, textLimits } from './limits.js';

/** A body that comes in crumbs is joined now and then: a Buffer costs more than a byte. */
const MAX_CHUNKS = 1024;

/** A whole message: head and body are views of one buffer that is the message's own. */
export interface FramedMessage {
  readonly head: TextHead;
  readonly body: Buffer;
  /** Bytes from the start line to the end of the body. */
  readonly byteLength: number;
}

/** How to cut a stream into messages. */
export interface MessageReaderOptions extends HeaderOptions {
  /** Junk that may stand between messages and is skipped (`jaK\0` of eXosip). CR, LF and NUL are always skipped. */
  readonly keepalives?: readonly Buffer[];
}

/**
 * Reads `Content-Length`, where missing 0. Several that agree are one. Throws ERR_TEXT_CONTENT_LENGTH.
 */
export function contentLengthOf(head: TextHead): number | undefined {
  const values = findHeaders(head.headers, 'content-length');
  const first = values[0];
  if (first === undefined) return undefined;
  if (!/^\d{1,10}$/.test(first) || values.some((value) => Number(value) !== Number(first))) {
    throw wireTextError('ERR_TEXT_CONTENT_LENGTH', `Content-Length '${values.join("', '").slice(0, 64)}'`);
  }
  return Number(first);
}

/**
 * Cuts a TCP stream into messages by `Content-Length`. Memory grows with what came, never with what a header announces, and stays below
 * `limits.maxMessageBytes` plus one read. After an error the stream cannot be read on.
 */
export class MessageReader {
  readonly #options: MessageReaderOptions;
  readonly #limits: TextLimits;
  #chunks: Buffer[] = [];
  #length = 0;
  /** The head, once it is whole, and the length of head and body. */
  #head: TextHead | undefined;
  #bodyAt = 0;
  #needed = 0;
  #searched = 0;

  constructor(options: MessageReaderOptions = {}) {
    this.#options = options;
    this.#limits = textLimits(options.limits);
  }

  /** Bytes of a message that is not whole yet. */
  get buffered(): number {
    return this.#length;
  }

  /** Takes bytes and gives the messages they complete. Throws what `parseHead` throws, or ERR_TEXT_CONTENT_LENGTH. */
  push(bytes: Buffer): FramedMessage[] {
    const messages: FramedMessage[] = [];
    if (bytes.length > 0) {
      this.#chunks.push(bytes);
      this.#length += bytes.length;
    }
    for (let message = this.#next(); message !== undefined; message = this.#next()) messages.push(message);
    return messages;
  }

  #next(): FramedMessage | undefined {
    // A body in many reads is joined once, when it is whole; a head is searched as it grows.
    if (this.#head !== undefined && this.#length < this.#needed) {
      if (this.#chunks.length > MAX_CHUNKS) this.#join();
      return undefined;
    }
    let bytes = this.#join();
    if (this.#head === undefined) {
      bytes = this.#skipJunk(bytes);
      if (!this.#readHead(bytes)) return undefined;
    }
    if (this.#head === undefined || this.#length < this.#needed) return undefined;
    // Copied: a view would keep whole reads alive for as long as the message lives.
    const own = Buffer.from(bytes.subarray(0, this.#needed));
    const message = { head: this.#head, body: own.subarray(this.#bodyAt), byteLength: own.length };
    this.#keep(bytes.subarray(this.#needed));
    this.#head = undefined;
    return message;
  }

  /** Reads the head if it is whole. */
  #readHead(bytes: Buffer): boolean {
    const end = findHeadEnd(bytes, this.#searched);
    this.#searched = bytes.length;
    const headBytes = end < 0 ? bytes.length : end;
    if (headBytes > Math.min(this.#limits.maxMessageBytes, this.#limits.maxHeadBytes)) {
      throw wireTextError('ERR_TEXT_TOO_LARGE', `head of more than ${headBytes} bytes`);
    }
    if (end < 0) return false;
    const head = parseHead(bytes.subarray(0, end), this.#options);
    const needed = end + (contentLengthOf(head) ?? 0);
    if (needed > this.#limits.maxMessageBytes)
      throw wireTextError('ERR_TEXT_TOO_LARGE', `message of ${needed} bytes (${findHeader(head.headers, 'content-length')} of body)`);
    this.#head = head;
    this.#bodyAt = end;
    this.#needed = needed;
    this.#searched = 0;
    return true;
  }

  #join(): Buffer {
    const [only] = this.#chunks;
    if (this.#chunks.length === 1 && only !== undefined) return only;
    const bytes = Buffer.concat(this.#chunks, this.#length);
    this.#keep(bytes);
    return bytes;
  }

  #keep(bytes: Buffer): void {
    this.#chunks = bytes.length > 0 ? [bytes] : [];
    this.#length = bytes.length;
    this.#searched = 0;
  }

  /** Skips CR, LF, NUL and keepalives before a start line. A keepalive cut in two is waited for. */
  #skipJunk(bytes: Buffer): Buffer {
    let at = 0;
    for (;;) {
      const byte = bytes[at];
      if (byte === 0x0d || byte === 0x0a || byte === 0) at++;
      else {
        const junk = this.#options.keepalives?.find((keepalive) => bytes.subarray(at, at + keepalive.length).equals(keepalive));
        if (junk === undefined) break;
        at += junk.length;
      }
    }
    if (at === 0) return bytes;
    const rest = bytes.subarray(at);
    this.#keep(rest);
    return rest;
  }
}
