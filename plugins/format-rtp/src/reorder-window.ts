import type { RtpPacket } from './packet.js';

/** Where packets in order go. */
export interface ReorderSink {
  packet(packet: RtpPacket): void;
  /** Between the last packet and the next there is a hole: of `count` packets, or of unknown size (0, the sender began anew). */
  gap(count: number): void;
}

/** Size of the window. */
export interface ReorderOptions {
  /** Packets that may be ahead of a missing one, rounded up to a power of two, at most 512; 0 where the transport keeps order (TCP). Default 64. */
  readonly packets?: number;
  /** How long a missing packet is waited for, in milliseconds. Default 200. */
  readonly holdMs?: number;
}

/** What the window saw. */
export interface ReorderCounts {
  /** Packets given up. */
  lost: number;
  /** Packets that came behind a later one; too late ones too. */
  reordered: number;
  duplicate: number;
  /** The sequence began anew. */
  resets: number;
}

/** A jump of more than this is a new beginning, not a loss. */
const MAX_JUMP = 1000;
const HISTORY = 1024;

/** Puts packets of one SSRC in order of their sequence numbers and drops what came twice (RFC 3550 A.1). No timer of its own. */
export class ReorderWindow {
  readonly counts: ReorderCounts = { lost: 0, reordered: 0, duplicate: 0, resets: 0 };
  readonly #sink: ReorderSink;
  /** A power of two (or 0), so that slots go round with the 16 bits. */
  readonly #size: number;
  readonly #holdMs: number;
  readonly #held: (RtpPacket | undefined)[];
  readonly #heldSinceMs: Float64Array;
  /** Sequence numbers seen lately, by their low bits. */
  readonly #seen = new Int32Array(HISTORY).fill(-1);
  #heldCount = 0;
  #next = -1;
  #highest = 0;

  constructor(sink: ReorderSink, options: ReorderOptions = {}) {
    this.#sink = sink;
    this.#size = powerOfTwo(Math.min(options.packets ?? 64, 512));
    this.#holdMs = options.holdMs ?? 200;
    this.#held = new Array<RtpPacket | undefined>(this.#size).fill(undefined);
    this.#heldSinceMs = new Float64Array(this.#size);
  }

  /** Packets waiting for a missing one. */
  get held(): number {
    return this.#heldCount;
  }

  /** Takes a packet; `receivedAtMs` is monotonic. */
  push(packet: RtpPacket, receivedAtMs: number): void {
    const { sequence } = packet;
    if (this.#next < 0) this.#begin(sequence);
    const ahead = distance(this.#next, sequence);
    const backwards = ahead < 0 && this.#size === 0 && this.#seen[sequence % HISTORY] !== sequence;
    // Where the transport keeps order, it is the sender itself that went back.
    if (ahead > MAX_JUMP || ahead < -MAX_JUMP || backwards) {
      this.#restart(packet);
      return;
    }
    if (this.#seen[sequence % HISTORY] === sequence) {
      this.counts.duplicate++;
      return;
    }
    if (ahead < 0) {
      this.counts.reordered++;
      return;
    }
    this.#seen[sequence % HISTORY] = sequence;
    if (distance(this.#highest, sequence) < 0) this.counts.reordered++;
    else this.#highest = sequence;
    if (ahead === 0) {
      this.#deliver(packet);
      this.#drain();
    } else if (this.#size === 0) {
      this.#skip(ahead);
      this.#deliver(packet);
    } else {
      this.#hold(packet, receivedAtMs);
    }
    this.expire(receivedAtMs);
  }

  /** Gives up missing packets that were waited for long enough. To be called now and then while nothing comes. */
  expire(nowMs: number): void {
    while (this.#heldCount > 0) {
      const first = this.#firstHeld();
      if (nowMs - (this.#heldSinceMs[(this.#next + first) % this.#size] as number) < this.#holdMs) return;
      this.#skip(first);
      this.#drain();
    }
  }

  /** Gives out all that is held. */
  flush(): void {
    this.expire(Number.POSITIVE_INFINITY);
  }

  #begin(sequence: number): void {
    this.#next = sequence;
    this.#highest = sequence;
  }

  #restart(packet: RtpPacket): void {
    this.flush();
    this.counts.resets++;
    this.#seen.fill(-1);
    this.#seen[packet.sequence % HISTORY] = packet.sequence;
    this.#begin(packet.sequence);
    this.#sink.gap(0);
    this.#deliver(packet);
  }

  #hold(packet: RtpPacket, receivedAtMs: number): void {
    // Too far ahead: what is missing in front is given up, as far as needed.
    for (let ahead = distance(this.#next, packet.sequence); ahead >= this.#size; ahead = distance(this.#next, packet.sequence)) {
      if (this.#heldCount === 0) this.#skip(ahead);
      else this.#skip(this.#firstHeld());
      this.#drain();
    }
    if (packet.sequence === this.#next) {
      this.#deliver(packet);
      this.#drain();
      return;
    }
    this.#held[packet.sequence % this.#size] = packet;
    this.#heldSinceMs[packet.sequence % this.#size] = receivedAtMs;
    this.#heldCount++;
  }

  /** How far the first held packet is ahead of the next one wanted. */
  #firstHeld(): number {
    for (let ahead = 1; ahead < this.#size; ahead++) {
      if (this.#held[(this.#next + ahead) % this.#size] !== undefined) return ahead;
    }
    return 0;
  }

  #skip(count: number): void {
    this.counts.lost += count;
    this.#next = (this.#next + count) & 0xffff;
    this.#sink.gap(count);
  }

  #deliver(packet: RtpPacket): void {
    this.#next = (packet.sequence + 1) & 0xffff;
    this.#sink.packet(packet);
  }

  #drain(): void {
    while (this.#heldCount > 0) {
      const slot = this.#next % this.#size;
      const packet = this.#held[slot];
      if (packet === undefined) return;
      this.#held[slot] = undefined;
      this.#heldCount--;
      this.#deliver(packet);
    }
  }
}

function powerOfTwo(count: number): number {
  return count <= 0 ? 0 : 2 ** Math.ceil(Math.log2(Math.max(2, count)));
}

/** From `from` to `to` on the circle of 16 bits: -32768 to 32767. */
function distance(from: number, to: number): number {
  return ((to - from + 0x8000) & 0xffff) - 0x8000;
}
