import { Buffer } from 'node:buffer';
import { aacDuration } from './aac-duration.js';
import { type AuHeaderLayout, auHeaderLayout, parseAuHeaders } from './au-headers.js';
import { BytePieces } from './byte-pieces.js';
import { type Depacketizer, type DepacketizerCounters, type DepacketizerOptions, type DepacketizerSink, MAX_ACCESS_UNIT_BYTES } from './depacketizer.js';
import { outOfBandParameters } from './out-of-band.js';
import type { RtpPacket } from './packet.js';
import type { RtpFormat } from './rtp-format.js';

/** Packets in a row that held a whole unit and no marker, before it is given out at once. */
const UNMARKED_NEEDED = 8;

/**
 * AAC over RTP (RFC 3640): one or several access units in a packet, or one in several. Each part of a fragmented unit says the size of the
 * whole (3.2.3.1); some senders write that of the part instead, told by the missing marker and the same time stamp.
 */
export class Mpeg4GenericDepacketizer implements Depacketizer {
  readonly counters: DepacketizerCounters = { accessUnits: 0, damaged: 0, malformed: 0 };
  readonly #sink: DepacketizerSink;
  readonly #layout: AuHeaderLayout;
  readonly #duration: number;
  readonly #config: Buffer | undefined;
  readonly #parts: BytePieces;
  #timestamp = 0;
  /** Bytes of the fragmented unit under way; 0 where it may be whole already. */
  #wanted = 0;
  #unmarked = 0;
  #markerSeen = false;
  /** The sender writes the sizes of parts. */
  #sizesAreOfParts = false;
  #afterLoss = false;
  /** Packets of this time are the rest of a unit whose beginning is missing. */
  #skipped = -1;
  #told = false;

  constructor(format: RtpFormat, sink: DepacketizerSink, options: DepacketizerOptions = {}) {
    this.#sink = sink;
    this.#layout = auHeaderLayout(format);
    this.#config = outOfBandParameters(format).audioSpecificConfig;
    this.#duration = Number(format.parameters.constantduration ?? 0) || aacDuration(format.clockRate, this.#config);
    this.#parts = new BytePieces(options.maxAccessUnitBytes ?? MAX_ACCESS_UNIT_BYTES);
  }

  push({ payload, timestamp, marker }: RtpPacket): void {
    if (payload.length === 0) return;
    if (this.#parts.length > 0 && timestamp !== this.#timestamp) this.#endParts();
    const parsed = parseAuHeaders(payload, this.#layout);
    if (parsed === undefined) {
      this.counters.malformed++;
      this.#drop();
      return;
    }
    if (this.#afterLoss && this.#sizesAreOfParts) this.#skipped = timestamp;
    this.#afterLoss = false;
    this.#markerSeen ||= marker;
    const data = payload.subarray(parsed.dataAt);
    const [first] = parsed.headers;
    this.#timestamp = timestamp;
    if (timestamp === this.#skipped) return;
    this.#skipped = -1;
    if (parsed.headers.length === 1 && first !== undefined && data.length > 0) this.#single(data, first.size, marker);
    else this.#several(data, parsed.headers);
  }

  lost(): void {
    if (this.#parts.length > 0 && this.#wanted === 0 && !this.#markerSeen) this.#endParts();
    this.#drop();
    this.#afterLoss = true;
  }

  finish(): void {
    if (this.#parts.length > 0) this.#endParts();
  }

  reset(): void {
    this.#parts.clear();
    this.#wanted = 0;
    this.#afterLoss = false;
    this.#skipped = -1;
  }

  #single(data: Buffer, size: number, marker: boolean): void {
    if (this.#parts.length > 0) {
      this.#continue(data, marker);
      return;
    }
    if (size > data.length) {
      this.#wanted = size;
      this.#hold(data);
    } else if (size < data.length || marker || this.#unmarked >= UNMARKED_NEEDED) {
      this.#give(Buffer.from(data.subarray(0, size)), this.#timestamp);
    } else {
      this.#hold(data);
    }
  }

  #continue(data: Buffer, marker: boolean): void {
    if (this.#wanted === 0) this.#sizesAreOfParts = true;
    if (!this.#hold(data)) return;
    const { length } = this.#parts;
    if (this.#wanted === 0 ? marker : length === this.#wanted) this.#give(this.#take(), this.#timestamp);
    else if (this.#wanted > 0 && (length > this.#wanted || marker)) this.#drop();
  }

  #hold(data: Buffer): boolean {
    const fits = this.#parts.append(data);
    if (!fits) this.#drop();
    return fits;
  }

  /** No more parts come. */
  #endParts(): void {
    if (this.#wanted > 0) {
      this.#drop();
      return;
    }
    if (!this.#sizesAreOfParts) this.#unmarked++;
    this.#give(this.#take(), this.#timestamp);
  }

  #several(data: Buffer, headers: readonly { readonly size: number; readonly indexDelta: number }[]): void {
    if (this.#parts.length > 0) this.#drop();
    let at = 0;
    let index = 0;
    for (const { size, indexDelta } of headers) {
      index += indexDelta;
      if (at + size > data.length) {
        this.counters.malformed++;
        return;
      }
      if (size > 0) this.#give(Buffer.from(data.subarray(at, at + size)), (this.#timestamp + index * this.#duration) >>> 0);
      at += size;
      index++;
    }
  }

  #take(): Buffer {
    this.#wanted = 0;
    return this.#parts.take();
  }

  #give(unit: Buffer, timestamp: number): void {
    if (unit.length === 0) return;
    if (!this.#told && this.#config !== undefined) this.#sink.configuration?.(this.#config);
    this.#told = true;
    this.counters.accessUnits++;
    this.#sink.accessUnit({ units: [unit], timestamp, complete: true });
  }

  #drop(): void {
    if (this.#parts.length > 0) this.counters.damaged++;
    this.#parts.clear();
    this.#wanted = 0;
  }
}
