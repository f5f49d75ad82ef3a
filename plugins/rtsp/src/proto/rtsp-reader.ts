import { Buffer } from 'node:buffer';
import { contentLengthOf, findHeadEnd, isToken, parseHead, type TextHead } from '@sluice/plugin-wire-text';
import { rtspError } from '../errors.js';
import { type RtspMessage, rtspMessageOf } from './rtsp-message.js';

/** What a peer may send. */
export interface RtspLimits {
  /** Longest head in bytes. */
  readonly headBytes: number;
  /** Most header lines. */
  readonly headers: number;
  /** Longest header or start line in bytes. */
  readonly headerBytes: number;
  /** Longest body in bytes. */
  readonly bodyBytes: number;
}

/** The limits used where none are given. */
export const defaultRtspLimits: RtspLimits = { headBytes: 64 * 1024, headers: 255, headerBytes: 4096, bodyBytes: 128 * 1024 };

/** Where what was read goes. */
export interface RtspReaderSink {
  message(message: RtspMessage): void;
  /** An interleaved frame (RFC 2326 10.12). `payload` is a view that counts during the call only where the caller of `push` reuses its buffers. */
  interleaved(channel: number, payload: Buffer): void;
}

const DOLLAR = 0x24;
const FRAME_HEAD_BYTES = 4;
const NOTHING = Buffer.alloc(0);

/**
 * Cuts a connection into messages and interleaved frames, for server and client. Memory grows with what came, not with what is announced, and
 * stays below the limits. After an error the connection cannot be read on.
 */
export class RtspReader {
  readonly #sink: RtspReaderSink;
  readonly #limits: RtspLimits;
  /** Pieces of what is not whole yet; joined when it is. */
  #pieces: Buffer[] = [];
  #held = 0;
  /** Bytes that must be there before looking again makes sense. */
  #needed = 1;
  /** So much of a head was searched for its end. */
  #searched = 0;
  /** Of a message whose body is not whole yet. */
  #head: TextHead | undefined;
  #bodyBytes = 0;
  #stopped = false;

  constructor(sink: RtspReaderSink, limits: RtspLimits = defaultRtspLimits) {
    this.#sink = sink;
    this.#limits = limits;
  }

  /** Bytes of what is not whole yet. */
  get buffered(): number {
    return this.#held;
  }

  /** Nothing more is given out: to be called from within the sink, when the connection is over. */
  stop(): void {
    this.#stopped = true;
  }

  /** Takes bytes and gives out what they complete. Throws `ERR_RTSP_FRAMING`, `ERR_RTSP_TOO_LARGE` and the errors of wire-text. */
  push(bytes: Buffer): void {
    if (this.#held === 0) {
      this.#keep(this.#read(bytes));
      return;
    }
    this.#pieces.push(bytes);
    this.#held += bytes.length;
    if (this.#held < this.#needed) return;
    this.#keep(this.#read(Buffer.concat(this.#pieces, this.#held)));
  }

  #keep(rest: Buffer): void {
    // A copy, as a view of a little would keep a whole read alive.
    this.#pieces = rest.length === 0 ? [] : [Buffer.from(rest)];
    this.#held = rest.length;
  }

  /** Reads what is whole; answers what is left. */
  #read(bytes: Buffer): Buffer {
    let at = 0;
    while (at < bytes.length && !this.#stopped) {
      const taken = this.#next(bytes, at);
      if (taken === 0) return bytes.subarray(at);
      at += taken;
      this.#searched = 0;
      this.#needed = 1;
    }
    return NOTHING;
  }

  /** Reads one thing; answers its length, 0 where it is not whole. */
  #next(bytes: Buffer, at: number): number {
    if (this.#head !== undefined) return this.#body(bytes, at, this.#head);
    return bytes[at] === DOLLAR ? this.#frame(bytes, at) : this.#message(bytes, at);
  }

  #frame(bytes: Buffer, at: number): number {
    this.#needed = FRAME_HEAD_BYTES;
    if (at + FRAME_HEAD_BYTES > bytes.length) return 0;
    const end = at + FRAME_HEAD_BYTES + bytes.readUInt16BE(at + 2);
    this.#needed = end - at;
    if (end > bytes.length) return 0;
    this.#sink.interleaved(bytes[at + 1] as number, bytes.subarray(at + FRAME_HEAD_BYTES, end));
    return end - at;
  }

  #message(bytes: Buffer, at: number): number {
    const first = bytes[at] as number;
    // Empty lines between messages are skipped (RFC 2068 4.1).
    if (first === 0x0d || first === 0x0a) return 1;
    if (!isToken(String.fromCharCode(first))) throw rtspError('ERR_RTSP_FRAMING', `a message cannot begin with 0x${first.toString(16)}`);
    const rest = bytes.subarray(at);
    const end = findHeadEnd(rest, this.#searched);
    if ((end < 0 ? rest.length : end) > this.#limits.headBytes) throw rtspError('ERR_RTSP_TOO_LARGE', `a head of more than ${this.#limits.headBytes} bytes`);
    if (end < 0) {
      this.#checkStart(rest);
      this.#searched = rest.length;
      this.#needed = rest.length + 1;
      return 0;
    }
    const { headers, headerBytes, headBytes } = this.#limits;
    const head = parseHead(rest.subarray(0, end), { limits: { maxHeaders: headers, maxHeaderBytes: headerBytes, maxHeadBytes: headBytes } });
    const length = contentLengthOf(head) ?? 0;
    if (length > this.#limits.bodyBytes) throw rtspError('ERR_RTSP_TOO_LARGE', `a body of ${length} bytes`);
    if (length === 0) {
      this.#sink.message(rtspMessageOf(head, NOTHING));
    } else {
      this.#head = head;
      this.#bodyBytes = length;
    }
    return end;
  }

  /** What has no line end for so long is no message. */
  #checkStart(rest: Buffer): void {
    if (rest.length > this.#limits.headerBytes && !rest.subarray(0, this.#limits.headerBytes).includes(0x0a)) {
      throw rtspError('ERR_RTSP_TOO_LARGE', `a start line of more than ${this.#limits.headerBytes} bytes`);
    }
  }

  #body(bytes: Buffer, at: number, head: TextHead): number {
    this.#needed = this.#bodyBytes;
    if (bytes.length - at < this.#bodyBytes) return 0;
    this.#head = undefined;
    this.#sink.message(rtspMessageOf(head, Buffer.from(bytes.subarray(at, at + this.#bodyBytes))));
    return this.#bodyBytes;
  }
}
