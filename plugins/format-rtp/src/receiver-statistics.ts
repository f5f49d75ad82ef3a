import type { RtpPacket } from './packet.js';
import type { RtcpReportBlock } from './rtcp.js';

/** What a receiver saw of one sender. */
export interface ReceptionCounts {
  /** From the first sequence number to the highest. */
  expected: number;
  /** Different packets of these. */
  received: number;
  /** `expected` less `received`: what never came. */
  lost: number;
  /** Came again. */
  duplicate: number;
  /** Came behind a later one. */
  reordered: number;
  /** The sequence began anew. */
  restarts: number;
}

/** Numbers in one run of the sequence. */
interface Run {
  base: number;
  highest: number;
  received: number;
}

/** A step ahead of more than this is not believed before the next packet confirms it (RFC 3550 A.1). */
const MAX_DROPOUT = 3000;
/** So far behind a packet may be late; RFC 3550 says 100, but says so for its time. */
const MAX_MISORDER = 1000;
const HISTORY = 2048;
/** Time stamps that jump by more are a new clock, not jitter. */
const MAX_TRANSIT_SECONDS = 10;
const NONE = -1;

/** Loss, duplicates and jitter of one SSRC (RFC 3550 A.1, A.3, A.8), fed with packets as they arrive, before any reordering. */
export class ReceiverStatistics {
  readonly #clockRate: number;
  /** Extended sequence numbers seen lately, by their low bits. */
  readonly #seen = new Int32Array(HISTORY).fill(NONE);
  #run: Run | undefined;
  #before = { expected: 0, received: 0 };
  #duplicate = 0;
  #reordered = 0;
  #restarts = 0;
  /** The next sequence number that would confirm a jump. */
  #badNext = NONE;
  #jitter = 0;
  #lastArrivalMs: number | undefined;
  #lastTimestamp = 0;
  #reportedExpected = 0;
  #reportedReceived = 0;
  #senderReport = { ntpMiddle: 0, arrivalMs: 0 };

  constructor(clockRate: number) {
    this.#clockRate = clockRate;
  }

  /** In ticks of the RTP clock. */
  get jitter(): number {
    return this.#jitter;
  }

  get jitterMs(): number {
    return (this.#jitter * 1000) / this.#clockRate;
  }

  get counts(): Readonly<ReceptionCounts> {
    const run = this.#run;
    const expected = this.#before.expected + (run === undefined ? 0 : run.highest - run.base + 1);
    const received = this.#before.received + (run === undefined ? 0 : run.received);
    return { expected, received, lost: expected - received, duplicate: this.#duplicate, reordered: this.#reordered, restarts: this.#restarts };
  }

  /** Takes a packet that arrived; `arrivalMs` is monotonic. */
  receive({ sequence, timestamp }: Pick<RtpPacket, 'sequence' | 'timestamp'>, arrivalMs: number): void {
    if (this.#run === undefined) this.#begin(sequence);
    else if (!this.#place(this.#run, sequence)) return;
    this.#measure(timestamp, arrivalMs);
  }

  /** Takes a sender report: reports from here then let the sender tell the round trip. */
  senderReport(ntpTimestamp: bigint, arrivalMs: number): void {
    this.#senderReport = { ntpMiddle: Number((ntpTimestamp >> 16n) & 0xffffffffn), arrivalMs };
  }

  /** What to report now; the fraction is that since the last call. */
  report(ssrc: number, nowMs: number): RtcpReportBlock {
    const { expected, received } = this.counts;
    // RFC 3550 6.4.1 counts duplicates as received here.
    const withDuplicates = received + this.#duplicate;
    const expectedNow = expected - this.#reportedExpected;
    const lostNow = expectedNow - (withDuplicates - this.#reportedReceived);
    this.#reportedExpected = expected;
    this.#reportedReceived = withDuplicates;
    const { ntpMiddle, arrivalMs } = this.#senderReport;
    return {
      ssrc,
      fractionLost: expectedNow <= 0 || lostNow <= 0 ? 0 : Math.min(255, Math.floor((lostNow * 256) / expectedNow)),
      cumulativeLost: Math.max(-0x800000, Math.min(0x7fffff, expected - withDuplicates)),
      highestSequence: (this.#run?.highest ?? 0) >>> 0,
      jitter: Math.floor(this.#jitter),
      lastSenderReport: ntpMiddle,
      delaySinceLastSenderReport: ntpMiddle === 0 ? 0 : Math.min(0xffffffff, Math.max(0, Math.round((nowMs - arrivalMs) * 65.536))),
    };
  }

  #begin(sequence: number): void {
    // One round ahead, so that a packet from before the first one does not get a negative number.
    const number = sequence + 0x10000;
    this.#run = { base: number, highest: number, received: 1 };
    this.#seen.fill(NONE);
    this.#seen[number % HISTORY] = number | 0;
    this.#badNext = NONE;
  }

  /** False for a packet that is not counted. */
  #place(run: Run, sequence: number): boolean {
    const ahead = ((sequence - run.highest + 0x8000) & 0xffff) - 0x8000;
    if (ahead >= MAX_DROPOUT || ahead <= -MAX_MISORDER) return this.#jump(run, sequence);
    this.#badNext = NONE;
    const number = run.highest + ahead;
    if (this.#seen[number % HISTORY] === (number | 0)) {
      this.#duplicate++;
      return false;
    }
    this.#seen[number % HISTORY] = number | 0;
    run.received++;
    if (ahead > 0) {
      run.highest = number;
    } else {
      this.#reordered++;
      run.base = Math.min(run.base, number);
    }
    return true;
  }

  /** Two packets in a row far away: the sender began anew. One alone is a stray. */
  #jump(run: Run, sequence: number): boolean {
    if (sequence !== this.#badNext) {
      this.#badNext = (sequence + 1) & 0xffff;
      return false;
    }
    this.#before.expected += run.highest - run.base + 1;
    this.#before.received += run.received;
    this.#restarts++;
    this.#begin((sequence - 1) & 0xffff);
    if (this.#run !== undefined) this.#place(this.#run, sequence);
    return true;
  }

  /** RFC 3550 A.8. */
  #measure(timestamp: number, arrivalMs: number): void {
    const last = this.#lastArrivalMs;
    if (last !== undefined) {
      const passed = ((arrivalMs - last) * this.#clockRate) / 1000;
      const difference = Math.abs(passed - ((timestamp - this.#lastTimestamp) | 0));
      if (difference < MAX_TRANSIT_SECONDS * this.#clockRate) this.#jitter += (difference - this.#jitter) / 16;
    }
    this.#lastArrivalMs = arrivalMs;
    this.#lastTimestamp = timestamp;
  }
}
