import { Buffer } from 'node:buffer';
import { Slab } from '@sluice/core';
import { Reassembler } from '@sluice/plugin-format-flv';
import { rtmpError } from '../errors.js';
import type { RtmpLimits } from './limits.js';
import { defaultRtmpLimits } from './limits.js';
import { type RtmpMessage, RtmpType } from './message.js';

const EXTENDED = 0xffffff;
const MESSAGE_HEAD_BYTES = [11, 7, 3, 0] as const;
const CONTROL_BYTES = 64;
const NOTHING = Buffer.alloc(0);

/** What the last header of a chunk stream said; later headers leave parts of it out. */
interface ChunkStreamState {
  readonly body: Reassembler;
  timestampMs: number;
  delta: number;
  /** The header that set `delta` carried an absolute time. */
  absolute: boolean;
  extended: number | undefined;
  length: number;
  type: number;
  streamId: number;
}

/** Puts messages together from chunks (RTMP 1.0, 5.3). Bodies are copies of what was pushed. */
export class ChunkReader {
  readonly #limits: RtmpLimits;
  readonly #streams = new Map<number, ChunkStreamState>();
  /** One for all: sound that had one to itself would hold on to what came ten seconds ago. */
  readonly #slab = new Slab();
  #chunkBytes = 128;
  #data: Buffer = NOTHING;
  #at = 0;
  #current: ChunkStreamState | undefined;
  #chunkLeft = 0;
  #pending = 0;

  constructor(limits: RtmpLimits = defaultRtmpLimits) {
    this.#limits = limits;
  }

  /** Bytes given and not yet read. */
  get left(): number {
    return this.#data.length - this.#at;
  }

  /** A set chunk size message came. Throws `ERR_RTMP_CHUNK_SIZE`. */
  setChunkSize(bytes: number): void {
    if (bytes < 1 || bytes > this.#limits.chunkBytes) throw rtmpError('ERR_RTMP_CHUNK_SIZE', `chunk size ${bytes}`);
    this.#chunkBytes = bytes;
  }

  /** An abort message came: forgets what it has of the message on this chunk stream (RTMP 1.0, 5.4.2). */
  abort(chunkStreamId: number): void {
    const stream = this.#streams.get(chunkStreamId);
    if (stream === undefined || !stream.body.open || stream === this.#current) return;
    this.#pending -= stream.length - stream.body.missing;
    stream.body.abort();
  }

  /** Gives more bytes; they are looked at until `settle`. */
  push(bytes: Buffer): void {
    this.#data = this.left === 0 ? bytes : Buffer.concat([this.#data.subarray(this.#at), bytes]);
    this.#at = 0;
  }

  /** What was pushed is about to be overwritten: copies what is left of it, mostly the part of a header if anything. */
  settle(): void {
    this.#data = this.left === 0 ? NOTHING : Buffer.from(this.#data.subarray(this.#at));
    this.#at = 0;
  }

  /** The next message; `undefined` where more bytes are needed. Throws `ERR_RTMP_CHUNK…` and `ERR_RTMP_MESSAGE_TOO_LARGE`. */
  next(): RtmpMessage | undefined {
    while (this.left > 0) {
      const stream = this.#current;
      if (stream !== undefined) {
        const message = this.#payload(stream);
        if (message) return message;
      } else {
        const started = this.#head();
        if (started === undefined) return undefined;
        if (started.length === 0) {
          this.#current = undefined;
          started.body.abort();
          return this.#message(started, Buffer.alloc(0));
        }
      }
    }
    return undefined;
  }

  #payload(stream: ChunkStreamState): RtmpMessage | undefined {
    const piece = this.#data.subarray(this.#at, this.#at + Math.min(this.left, this.#chunkLeft));
    this.#at += piece.length;
    this.#chunkLeft -= piece.length;
    if (this.#chunkLeft === 0) this.#current = undefined;
    const body = stream.body.add(piece);
    if (body !== undefined) {
      this.#pending -= stream.length - piece.length;
      return this.#message(stream, body);
    }
    this.#pending += piece.length;
    if (this.#pending > this.#limits.pendingBytes) throw rtmpError('ERR_RTMP_MESSAGE_TOO_LARGE', 'too many unfinished messages');
    return undefined;
  }

  #message({ type, streamId, timestampMs }: ChunkStreamState, body: Buffer): RtmpMessage {
    return { type, streamId, timestampMs, body };
  }

  /** Reads the head of a chunk (RTMP 1.0, 5.3.1); `undefined`, with nothing read, where it is not all there. */
  #head(): ChunkStreamState | undefined {
    const data = this.#data;
    let at = this.#at;
    const first = data[at++] as number;
    const format = (first >> 6) as 0 | 1 | 2 | 3;
    let id = first & 0x3f;
    const extraBytes = id > 1 ? 0 : id + 1;
    if (data.length < at + extraBytes) return undefined;
    if (extraBytes > 0) {
      id = data.readUIntLE(at, extraBytes) + 64;
      at += extraBytes;
    }
    const known = this.#streams.get(id);
    this.#check(format, id, known);
    if (data.length < at + MESSAGE_HEAD_BYTES[format]) return undefined;
    const field = format < 3 ? data.readUIntBE(at, 3) : 0;
    const afterHead = at + MESSAGE_HEAD_BYTES[format];
    const extended = format < 3 ? field === EXTENDED : known?.extended !== undefined;
    if (extended && data.length < afterHead + 4) return undefined;
    const value = extended ? data.readUInt32BE(afterHead) : field;
    const stream = known ?? this.#open(id);
    let after = extended ? afterHead + 4 : afterHead;
    if (format === 3) {
      // Old encoders leave the extended timestamp out of type 3 chunks: then these four bytes are payload.
      if (stream.body.open && extended && value !== stream.extended) after = afterHead;
      if (!stream.body.open) this.#repeat(stream, extended ? value : undefined);
    } else {
      this.#update(stream, format, at, value, extended);
    }
    if (!stream.body.open) this.#begin(stream);
    this.#at = after;
    this.#current = stream;
    this.#chunkLeft = Math.min(this.#chunkBytes, stream.body.missing);
    return stream;
  }

  #check(format: number, id: number, known: ChunkStreamState | undefined): void {
    if (known === undefined) {
      // librtmp begins a chunk stream with type 1; the others need what came before.
      if (format > 1) throw rtmpError('ERR_RTMP_CHUNK', `chunk stream ${id} begins with a type ${format} chunk`);
      if (this.#streams.size >= this.#limits.chunkStreams) throw rtmpError('ERR_RTMP_CHUNK_STREAMS', `more than ${this.#limits.chunkStreams} chunk streams`);
    } else if (known.body.open && format !== 3) {
      throw rtmpError('ERR_RTMP_CHUNK', `type ${format} chunk within a message`);
    }
  }

  #open(id: number): ChunkStreamState {
    const stream: ChunkStreamState = {
      body: new Reassembler(this.#slab),
      timestampMs: 0,
      delta: 0,
      absolute: true,
      extended: undefined,
      length: 0,
      type: 0,
      streamId: 0,
    };
    this.#streams.set(id, stream);
    return stream;
  }

  #update(stream: ChunkStreamState, format: 0 | 1 | 2, at: number, value: number, extended: boolean): void {
    const data = this.#data;
    stream.delta = value;
    stream.absolute = format === 0;
    stream.extended = extended ? value : undefined;
    stream.timestampMs = format === 0 ? value : (stream.timestampMs + value) >>> 0;
    if (format === 2) return;
    stream.length = data.readUIntBE(at + 3, 3);
    stream.type = data[at + 6] as number;
    if (format === 0) stream.streamId = data.readUInt32LE(at + 7);
  }

  /** A type 3 chunk that begins a message: the same header and time step again (RTMP 1.0, 5.3.1.2.4). */
  #repeat(stream: ChunkStreamState, extended: number | undefined): void {
    if (extended !== undefined && stream.absolute) stream.timestampMs = extended;
    else stream.timestampMs = (stream.timestampMs + (extended ?? stream.delta)) >>> 0;
  }

  #begin(stream: ChunkStreamState): void {
    const { type, length } = stream;
    const { commandBytes, messageBytes } = this.#limits;
    let most = messageBytes;
    if (type === RtmpType.command || type === RtmpType.commandAmf3) most = commandBytes;
    else if (type >= RtmpType.setChunkSize && type <= RtmpType.setPeerBandwidth) most = CONTROL_BYTES;
    if (length > most) throw rtmpError('ERR_RTMP_MESSAGE_TOO_LARGE', `message of type ${type} with ${length} bytes`);
    stream.body.begin(length);
  }
}
