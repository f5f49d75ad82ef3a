import { AudioStream } from './audio-stream.js';
import { BAD, MORE, PES_START_BYTES, parsePesHeader } from './pes.js';
import { ALIGNMENT_BYTES } from './picture-units.js';
import { VideoStream } from './video-stream.js';

const NO_COUNTER = -1;
const EMPTY = Buffer.alloc(0);

/** The PES packets of one PID. */
export class TsElementary {
  readonly stream: VideoStream | AudioStream;
  /** Counter of the last packet with a payload. */
  #counter = NO_COUNTER;
  #lastPayload: Buffer = EMPTY;
  /** The beginning of a PES packet whose header is not whole yet. */
  #head: Buffer | undefined;
  /** A PES packet is under way. */
  #isOpen = false;
  /** Bytes left of it; sound only. */
  #left = 0;

  constructor(stream: VideoStream | AudioStream) {
    this.stream = stream;
  }

  /** Looks at the continuity counter (ISO/IEC 13818-1 2.4.3.3): `next`, `again` for a packet sent twice, or `gap`. */
  follow(counter: number, payload: Buffer): 'next' | 'again' | 'gap' {
    const last = this.#counter;
    // The same counter is 16 packets later too.
    if (counter === last && payload.equals(this.#lastPayload)) return 'again';
    this.#counter = counter;
    this.#lastPayload = payload;
    return last === NO_COUNTER || counter === ((last + 1) & 15) ? 'next' : 'gap';
  }

  /** The counter may be anything now. */
  forgetCounter(): void {
    this.#counter = NO_COUNTER;
  }

  /** True where bytes were dropped. */
  lose(): boolean {
    const dropped = this.#head !== undefined;
    this.#head = undefined;
    this.#isOpen = false;
    return this.stream.lose() || dropped;
  }

  /** Takes the payload of a packet. False where something was dropped that makes no sense. */
  push(payload: Buffer, starts: boolean): boolean {
    const whole = !starts || this.end();
    if (starts) this.#head = EMPTY;
    const head = this.#head;
    if (head === undefined) {
      if (this.#isOpen) this.#append(payload);
      return whole;
    }
    if (this.#begin(head.length === 0 ? payload : Buffer.concat([head, payload]), false)) return whole;
    this.lose();
    return false;
  }

  /** The PES packet under way is over. False where it broke off, and was dropped. */
  end(): boolean {
    const whole = (this.#head === undefined || this.#begin(this.#head, true)) && !this.#isShort;
    if (!whole) this.lose();
    else if (this.#isOpen && this.stream instanceof AudioStream) this.stream.end();
    this.#isOpen = false;
    return whole;
  }

  get #isShort(): boolean {
    return this.#isOpen && this.stream instanceof AudioStream && this.#left > 0 && Number.isFinite(this.#left);
  }

  #begin(head: Buffer, isAll: boolean): boolean {
    if (head.length >= 3 && (head[0] !== 0 || head[1] !== 0 || head[2] !== 1)) return false;
    const header = head.length < PES_START_BYTES ? MORE : parsePesHeader(head);
    if (header === BAD) return false;
    if (header === MORE) {
      this.#head = head;
      return !isAll;
    }
    const length = head.readUInt16BE(4);
    const total = length === 0 ? Number.POSITIVE_INFINITY : PES_START_BYTES + length - header.bytes;
    if (total < 0) return false;
    if (!isAll && head.length < header.bytes + Math.min(ALIGNMENT_BYTES, total)) {
      this.#head = head;
      return true;
    }
    this.#head = undefined;
    this.#isOpen = true;
    this.#left = total;
    if (this.stream instanceof VideoStream) this.stream.begin(header, head.subarray(header.bytes, header.bytes + ALIGNMENT_BYTES));
    else this.stream.begin(header);
    this.#append(head.subarray(header.bytes));
    return true;
  }

  /** Pictures end with their last packet, whatever their length says: some are longer than it can tell. */
  #append(payload: Buffer): void {
    if (this.stream instanceof VideoStream) {
      this.stream.append(payload);
      return;
    }
    const view = payload.length > this.#left ? payload.subarray(0, this.#left) : payload;
    this.stream.append(view);
    this.#left -= view.length;
    if (this.#left > 0) return;
    this.stream.end();
    this.#isOpen = false;
  }
}
