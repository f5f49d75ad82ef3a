import { type Depacketizer, type DepacketizerCounters, type DepacketizerOptions, type DepacketizerSink, MAX_ACCESS_UNIT_BYTES } from './depacketizer.js';
import { MarkerTrust } from './marker-trust.js';
import { NalAssembly } from './nal-assembly.js';
import type { Beginning, NalPayload, NalPayloadSink } from './nal-payload.js';
import type { RtpPacket } from './packet.js';

/**
 * Puts the NAL units of one picture together. A picture ends where the time stamp changes, or with the marker once that proved right.
 * Parameter sets with a time stamp of their own go with the picture that follows.
 */
export class NalDepacketizer implements Depacketizer, NalPayloadSink {
  readonly counters: DepacketizerCounters = { accessUnits: 0, damaged: 0, malformed: 0 };
  readonly #payload: NalPayload;
  readonly #sink: DepacketizerSink;
  readonly #assembly: NalAssembly;
  #trust = new MarkerTrust();
  /** Of the picture under way, or of the last one. */
  #timestamp = -1;
  /** Time stamps were seen to change: then only they end a picture, beside markers. */
  #moves = false;
  /** Several pictures had the same time stamp, from the first on. */
  #frozen = false;
  #marked = false;
  /** The picture under way holds a slice. */
  #hasSlice = false;
  #damaged = false;
  /** Parts of the picture under way cannot be held; it is left out up to its end. */
  #overflown = false;
  /** Packets are missing before the next one. */
  #afterLoss = false;
  /** The last picture was given out on a marker; whether that was right is not known yet. */
  #acted = false;
  /** The rest of a picture that was given out or whose beginning is missing. */
  #skips = false;

  constructor(payload: NalPayload, sink: DepacketizerSink, options: DepacketizerOptions = {}) {
    this.#payload = payload;
    this.#sink = sink;
    this.#assembly = new NalAssembly(options.maxAccessUnitBytes ?? MAX_ACCESS_UNIT_BYTES);
  }

  push({ payload, timestamp, marker }: RtpPacket): void {
    if (payload.length === 0) return;
    this.#arrive(timestamp, this.#payload.begins(payload));
    this.#afterLoss = false;
    if (!this.#skips && !this.#overflown) this.#payload.read(payload, this);
    this.#marked = marker;
    if (marker && this.#trust.trusted && this.#hasSlice && !this.#assembly.isOpen) {
      this.#give();
      this.#acted = true;
    }
  }

  lost(): void {
    this.#afterLoss = true;
    if (this.#assembly.isOpen) this.#tear();
  }

  finish(): void {
    this.#give();
  }

  reset(): void {
    this.#clear();
    this.#trust = new MarkerTrust();
    this.#timestamp = -1;
    this.#moves = false;
    this.#frozen = false;
    this.#acted = false;
    this.#afterLoss = false;
    this.#skips = false;
  }

  unit(view: Buffer): void {
    if (this.#assembly.isOpen) this.#tear();
    this.#note(view);
    if (!this.#assembly.add(view)) this.#overflow();
  }

  fragment(header: Buffer, data: Buffer, start: boolean, end: boolean): void {
    if (start) {
      if (this.#assembly.isOpen) this.#tear();
      this.#note(header);
      if (!this.#assembly.open(header)) this.#overflow();
    }
    if (!this.#assembly.isOpen) this.#damaged = true;
    else if (!this.#assembly.fragment(data)) this.#overflow();
    else if (end) this.#assembly.close();
  }

  malformed(): void {
    this.counters.malformed++;
    this.#damaged = true;
  }

  /** What a packet says of the picture under way, by when it is and how it begins. */
  #arrive(timestamp: number, begins: Beginning): void {
    const isFirst = this.#timestamp < 0;
    const sameTime = timestamp === this.#timestamp;
    if (this.#acted) this.#settle(sameTime, begins);
    if (!isFirst && !sameTime) {
      this.#moves = true;
      this.#frozen = false;
    }
    if (!sameTime || this.#isNext(begins)) this.#turn(begins, isFirst);
    else if (this.#afterLoss) this.#damaged = true;
    else if (this.#marked && begins === undefined && this.#hasSlice) this.#trust.wrong();
    this.#timestamp = timestamp;
  }

  /** With the same time stamp: senders whose clock stands still. */
  #isNext(begins: Beginning): boolean {
    if (begins === undefined) return false;
    if (this.#skips) return true;
    if (this.#hasSlice && !this.#moves && begins === 'slice') this.#frozen = true;
    return this.#hasSlice && (this.#marked || this.#frozen);
  }

  /** Another picture begins. */
  #turn(begins: Beginning, isFirst: boolean): void {
    if (this.#hasSlice || this.#overflown || this.#damaged) {
      if (this.#afterLoss && !(this.#marked && this.#trust.reliable)) this.#damaged = true;
      else if (!this.#afterLoss && this.#marked) this.#trust.right();
      this.#give();
    }
    this.#skips = false;
    // The beginning may be among what is missing. A stream may be joined in the middle of a picture too.
    if ((this.#afterLoss || isFirst) && begins === undefined) this.#damaged = true;
    if (this.#afterLoss && begins === 'later') this.#damaged = true;
  }

  /** It shows now whether the last picture really ended with its marker. */
  #settle(sameTime: boolean, begins: Beginning): void {
    this.#acted = false;
    if (sameTime && begins === undefined && !this.#afterLoss) {
      this.#trust.wrong();
      this.#skips = true;
    } else if (!this.#afterLoss) {
      this.#trust.right();
    }
  }

  #note(head: Buffer): void {
    if (this.#payload.isSlice(head)) this.#hasSlice = true;
  }

  #tear(): void {
    this.#assembly.dropOpen();
    this.#damaged = true;
  }

  #overflow(): void {
    this.#assembly.clear();
    this.#overflown = true;
  }

  #give(): void {
    const complete = !this.#damaged && !this.#overflown && !this.#assembly.isOpen;
    const had = this.#hasSlice || !complete || this.#assembly.units > 0;
    const units = this.#assembly.take();
    this.#clear();
    if (!had) return;
    if (!complete) this.counters.damaged++;
    if (units.length === 0) return;
    this.counters.accessUnits++;
    this.#sink.accessUnit({ units, timestamp: this.#timestamp, complete });
  }

  #clear(): void {
    this.#assembly.clear();
    this.#hasSlice = false;
    this.#damaged = false;
    this.#overflown = false;
    this.#marked = false;
  }
}
