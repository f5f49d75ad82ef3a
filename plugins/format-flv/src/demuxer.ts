import { Buffer } from 'node:buffer';
import type { Frame } from '@sluice/core';
import { flvError } from './errors.js';
import { Reassembler } from './reassembler.js';
import { FlvTagParser, type FlvTagParserOptions } from './tag-parser.js';

const FILE_HEAD_BYTES = 9;
const TAG_HEAD_BYTES = 11;

/** How a demuxer works. */
export interface FlvDemuxerOptions extends FlvTagParserOptions {
  readonly onFrame: (frame: Frame) => void;
  /** Bytes of one tag's body. Default 10 MiB. */
  readonly maxTagBytes?: number;
}

/** Reads an FLV file or endless stream from pieces of any size. */
export class FlvDemuxer {
  readonly #onFrame: (frame: Frame) => void;
  readonly #maxTagBytes: number;
  readonly #parser: FlvTagParser;
  readonly #body = new Reassembler();
  #rest: Buffer | undefined;
  #begun = false;
  #skip = 0;
  #type = 0;
  #timestampMs = 0;

  constructor(options: FlvDemuxerOptions) {
    this.#onFrame = options.onFrame;
    this.#maxTagBytes = options.maxTagBytes ?? 10 << 20;
    this.#parser = new FlvTagParser(options);
  }

  /** The tag parser inside, for its tracks. */
  get parser(): FlvTagParser {
    return this.#parser;
  }

  /**
   * Takes the next bytes. The demuxer keeps no reference to what it has not handed on in a frame.
   * @throws SluiceError `ERR_FLV_…` or what `FlvTagParser` throws: nothing more may be given to it
   */
  receive(bytes: Buffer): void {
    const data = this.#rest === undefined ? bytes : Buffer.concat([this.#rest, bytes]);
    this.#rest = undefined;
    let at = 0;
    while (at < data.length) {
      const next = this.#step(data, at);
      if (next === at) break;
      at = next;
    }
    // What is left is part of a head: 10 bytes at most.
    if (at < data.length) this.#rest = Buffer.from(data.subarray(at));
  }

  /** Reads on from `at`; answers `at` itself where more bytes are needed. */
  #step(data: Buffer, at: number): number {
    const left = data.length - at;
    if (this.#skip > 0) {
      const skipped = Math.min(this.#skip, left);
      this.#skip -= skipped;
      return at + skipped;
    }
    if (this.#body.open) {
      const piece = data.subarray(at, at + Math.min(left, this.#body.missing));
      this.#complete(this.#body.add(piece));
      return at + piece.length;
    }
    if (!this.#begun) return left < FILE_HEAD_BYTES ? at : this.#fileHead(data, at);
    return left < TAG_HEAD_BYTES ? at : this.#tagHead(data, at);
  }

  // FLV specification E.2
  #fileHead(data: Buffer, at: number): number {
    const size = data.readUInt32BE(at + 5);
    if (data.toString('latin1', at, at + 3) !== 'FLV' || size < FILE_HEAD_BYTES || size > 1024) throw flvError('ERR_FLV_SIGNATURE', 'not an FLV file');
    this.#begun = true;
    this.#skip = size - FILE_HEAD_BYTES + 4;
    return at + FILE_HEAD_BYTES;
  }

  // FLV specification E.4.1
  #tagHead(data: Buffer, at: number): number {
    const first = data[at] as number;
    if ((first & 0x20) !== 0) throw flvError('ERR_FLV_ENCRYPTED', 'encrypted FLV tag');
    const size = data.readUIntBE(at + 1, 3);
    if (size > this.#maxTagBytes) throw flvError('ERR_FLV_TAG_TOO_LARGE', `FLV tag of ${size} bytes`);
    this.#type = first & 0x1f;
    this.#timestampMs = data.readUIntBE(at + 4, 3) + (data[at + 7] as number) * 0x1000000;
    if (size === 0) this.#skip = 4;
    else this.#body.begin(size);
    return at + TAG_HEAD_BYTES;
  }

  #complete(body: Buffer | undefined): void {
    if (body === undefined) return;
    this.#skip = 4;
    const frame = this.#parser.receive(this.#type, this.#timestampMs, body);
    if (frame) this.#onFrame(frame);
  }
}
