import { rescale, Unwrapper } from '@sluice/core';
import { type RtcpSenderReport, unixMsFromNtp } from './rtcp.js';
import type { RtpSync } from './rtp-sync.js';
import { WallClock } from './wall-clock.js';

/** Off by less is not seen, nor heard. */
const TOLERANCE_MS = 20;
/** Off by more is not made good little by little. */
const MAX_SLEW_MS = 1000;
/** The share of the time going by that corrections may take. */
const SLEW = 0.1;
/** A report about a time further from what came last is of another clock. */
const MAX_REPORT_AGE_S = 10;
/** A clock that shows less than one part in so many of the time that passed counts something else, as milliseconds. Slow motion is not as slow. */
const SLOW = 15;
/** Judged after so long. */
const MIN_JUDGED_MS = 1000;
/** What was longer ago says nothing of how it runs now. */
const MAX_JUDGED_MS = 10_000;

/** What a clock shares with others. */
export interface RtpClockOptions {
  /** Of the session whose tracks line up; left out, a track stands where it arrived. */
  readonly sync?: RtpSync;
  /** Where others set the time of day. */
  readonly wallClock?: WallClock;
}

/**
 * The clock of one RTP stream. Its time stamps begin anywhere and go round after 32 bits (RFC 3550 5.1); here they become times since the session
 * began. The first one is put where it arrived, or where a sender report puts it beside other tracks; later reports move the track so slowly that
 * its time never goes back, unless it is off by more than a second.
 */
export class RtpClock {
  readonly #clockRate: number;
  readonly #sync: RtpSync | undefined;
  readonly #wallClock: WallClock;
  readonly #ownsWallClock: boolean;
  readonly #unwrapper = new Unwrapper(32);
  /** Unwrapped time stamp of the session's beginning. */
  #origin: number | undefined;
  /** Ticks by which the origin has yet to be moved. */
  #owed = 0;
  #last = 0;
  #lastTimestamp = -1;
  /** Where it is judged from: a time stamp, and when it came. */
  #judged = 0;
  #judgedMs = 0;
  #arrivedMs = 0;

  constructor(clockRate: number, options: RtpClockOptions = {}) {
    this.#clockRate = clockRate;
    this.#sync = options.sync;
    this.#wallClock = options.wallClock ?? new WallClock();
    this.#ownsWallClock = options.wallClock === undefined;
  }

  /** Takes a sender report of this stream. */
  senderReport({ ntpTimestamp, rtpTimestamp }: Pick<RtcpSenderReport, 'ntpTimestamp' | 'rtpTimestamp'>): void {
    // RFC 3550 6.4.1: 0 for a sender that has no notion of time.
    if (ntpTimestamp === 0n) return;
    const ahead = (rtpTimestamp - this.#lastTimestamp) | 0;
    if (this.#origin !== undefined && Math.abs(ahead) > MAX_REPORT_AGE_S * this.#clockRate) return;
    const senderMs = unixMsFromNtp(ntpTimestamp);
    this.#wallClock.set(senderMs, rtpTimestamp);
    // Times of a clock that counts something else are put right by who knows of such clocks: moved beside another track they would leap with each report.
    if (this.#sync === undefined || this.#origin === undefined || !this.#runs()) return;
    const placedMs = ((this.#last + ahead - this.#origin) * 1000) / this.#clockRate;
    this.#correct(this.#sync.place(senderMs, placedMs) - placedMs);
  }

  /**
   * The time of a time stamp in ticks since the session began (one second more where it has a `sync`). `arrivedMs`: when it came since then. `mayStand`: the same time
   * stamp twice is a sender whose clock stands still, so that arrival says more.
   */
  timeOf(timestamp: number, arrivedMs: number, mayStand = false): number {
    const ticks = this.#unwrapper.unwrap(timestamp);
    this.#arrivedMs = arrivedMs;
    const placedMs = this.#sync?.arrival(arrivedMs) ?? arrivedMs;
    if (mayStand && timestamp === this.#lastTimestamp) return rescale(placedMs, 1000, this.#clockRate);
    this.#lastTimestamp = timestamp;
    if (this.#origin === undefined) {
      this.#origin = ticks - rescale(this.#beginMs(timestamp, placedMs), 1000, this.#clockRate);
      this.#judgeFrom(ticks, arrivedMs);
    } else {
      // A clock that hops goes on from where it is.
      if (Math.abs(ticks - this.#last) > this.#clockRate) this.#judgeFrom(ticks, arrivedMs);
      this.#origin += this.#pay(ticks - this.#last);
    }
    this.#last = ticks;
    return ticks - this.#origin;
  }

  /** The time of day of a time stamp, in milliseconds since 1970; `undefined` while no report told it. */
  wallClockMs(timestamp: number): number | undefined {
    return this.#wallClock.at(timestamp, this.#clockRate);
  }

  /** Another sender, or the same from the start: what reports said is of other time stamps. A wall clock of others is theirs to reset. */
  reset(): void {
    if (this.#ownsWallClock) this.#wallClock.reset();
    this.#unwrapper.reset();
    this.#origin = undefined;
    this.#owed = 0;
    this.#lastTimestamp = -1;
  }

  #judgeFrom(ticks: number, arrivedMs: number): void {
    this.#judged = ticks;
    this.#judgedMs = arrivedMs;
  }

  /** Whether the sender's clock counts, as far as can be said, what it says it does. */
  #runs(): boolean {
    const passedMs = this.#arrivedMs - this.#judgedMs;
    if (passedMs < MIN_JUDGED_MS) return true;
    const runs = ((this.#last - this.#judged) * 1000 * SLOW) / this.#clockRate > passedMs;
    if (runs && passedMs > MAX_JUDGED_MS) this.#judgeFrom(this.#last, this.#arrivedMs);
    return runs;
  }

  #beginMs(timestamp: number, placedMs: number): number {
    const senderMs = this.#wallClock.senderMs(timestamp, this.#clockRate);
    return this.#sync === undefined || senderMs === undefined ? placedMs : this.#sync.place(senderMs, placedMs);
  }

  #correct(offMs: number): void {
    if (Math.abs(offMs) < TOLERANCE_MS) {
      this.#owed = 0;
      return;
    }
    // A later time is an earlier origin.
    const ticks = -Math.round((offMs * this.#clockRate) / 1000);
    if (Math.abs(offMs) <= MAX_SLEW_MS || this.#origin === undefined) {
      this.#owed = ticks;
      return;
    }
    this.#origin += ticks;
    this.#owed = 0;
  }

  /** How far the origin moves now that so many ticks went by. */
  #pay(elapsed: number): number {
    if (this.#owed === 0 || elapsed <= 0) return 0;
    const most = Math.floor(elapsed * SLEW);
    const paid = Math.max(-most, Math.min(most, this.#owed));
    this.#owed -= paid;
    return paid;
  }
}
