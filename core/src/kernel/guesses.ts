import { createHash } from 'node:crypto';
import { SluiceError } from '../error.js';
import { addressBlock } from '../transport/address.js';
import type { Clock } from './clock.js';

/** A credential that somebody presents. */
export interface Guess {
  /** `address` or `address:port` of who presents it. Left out: nobody outside. */
  readonly remote?: string | undefined;
  /** What is presented. Left out: nothing is, which is no guess. Empty: something that is another each time, as a digest is. */
  readonly credential?: string | undefined;
}

/** Keeps strangers from finding a credential by trying many. */
export interface Guesses {
  /**
   * Has `look` say whether a credential is good. An address may present `engine.limits.failureBurst` wrong ones at once and
   * `engine.limits.failuresPerSecond` in the long run; what comes beyond that is not looked at, unless the same one was good from there before.
   * Nobody is made to wait: a connection that is held back costs more than a refusal.
   *
   * Rejects with `ERR_TOO_MANY_FAILURES` (401) where it was not looked at, or as `look` does.
   */
  judge<T>(guess: Guess, look: () => Promise<T> | T, isGood: (answer: T) => boolean): Promise<T>;
}

/** How to judge. */
export interface GuessCapOptions {
  readonly failuresPerSecond: number;
  readonly failureBurst: number;
  readonly clock: Clock;
  /** A guess was not looked at. */
  readonly refused: () => void;
}

/** Guesses of one address. */
interface Count {
  readonly address: string;
  /** Those that were wrong, but for what was forgotten since. */
  failures: number;
  atMs: number;
  /** Those that are being looked at, and those that wait for that. */
  looking: number;
  readonly waiting: (() => void)[];
}

const MAX_ADDRESSES = 10_000;
const MAX_PROVEN = 10_000;

/** Counts wrong credentials per address (of IPv6: per network of 64 bits). What it remembers is bounded; what was quiet for longest goes first. */
export class GuessCaps implements Guesses {
  readonly #perSecond: number;
  readonly #clock: Clock;
  readonly #refused: () => void;
  /** Most guesses of an address that are wrong or being looked at. */
  readonly #places: number;
  readonly #counts = new Map<string, Count>();
  /** Digests of credentials that were good, with the address they came from. */
  readonly #proven = new Set<string>();

  constructor({ failuresPerSecond, failureBurst, clock, refused }: GuessCapOptions) {
    this.#perSecond = failuresPerSecond;
    this.#clock = clock;
    this.#refused = refused;
    this.#places = failureBurst;
  }

  /** Addresses and credentials that are remembered. */
  get size(): number {
    return this.#counts.size + this.#proven.size;
  }

  async judge<T>({ remote, credential }: Guess, look: () => Promise<T> | T, isGood: (answer: T) => boolean): Promise<T> {
    if (remote === undefined || credential === undefined) return look();
    const address = addressBlock(remote);
    const proof = credential === '' ? undefined : createHash('sha256').update(`${address}\n${credential}`).digest('base64url');
    const isProven = proof !== undefined && this.#proven.has(proof);
    const count = this.#countOf(address);
    if (!isProven) await this.#enter(count);
    let answer: T;
    try {
      answer = await look();
    } finally {
      if (!isProven) this.#leave(count);
    }
    if (isGood(answer)) {
      if (proof !== undefined) this.#remember(proof);
      this.#forgetIdle(count);
      return answer;
    }
    if (proof !== undefined) this.#proven.delete(proof);
    count.failures = this.#failuresOf(count) + 1;
    return answer;
  }

  /** Resolves when it is the turn of one more guess. It takes its place before it is looked at, or many at once would gain by it. */
  async #enter(count: Count): Promise<void> {
    for (;;) {
      if (this.#failuresOf(count) >= this.#places) {
        count.waiting.shift()?.();
        this.#refused();
        throw new SluiceError('ERR_TOO_MANY_FAILURES', 'too many wrong credentials came from this address', { status: 401 });
      }
      if (count.failures + count.looking < this.#places) break;
      await new Promise<void>((resolve) => count.waiting.push(resolve));
    }
    count.looking++;
  }

  #leave(count: Count): void {
    count.looking--;
    count.waiting.shift()?.();
  }

  /** Failures that are not forgotten yet. */
  #failuresOf(count: Count): number {
    const nowMs = this.#clock.now();
    count.failures = Math.max(0, count.failures - ((nowMs - count.atMs) / 1000) * this.#perSecond);
    count.atMs = nowMs;
    return count.failures;
  }

  /** The count of an address, which is the newest from now on. */
  #countOf(address: string): Count {
    const count = this.#counts.get(address) ?? { address, failures: 0, atMs: this.#clock.now(), looking: 0, waiting: [] };
    this.#counts.delete(address);
    this.#counts.set(address, count);
    const [oldest] = this.#counts.size > MAX_ADDRESSES ? this.#counts.keys() : [];
    if (oldest !== undefined) this.#counts.delete(oldest);
    return count;
  }

  #forgetIdle(count: Count): void {
    const isIdle = this.#failuresOf(count) === 0 && count.looking === 0 && count.waiting.length === 0;
    if (isIdle && this.#counts.get(count.address) === count) this.#counts.delete(count.address);
  }

  #remember(proof: string): void {
    this.#proven.delete(proof);
    this.#proven.add(proof);
    const [oldest] = this.#proven.size > MAX_PROVEN ? this.#proven : [];
    if (oldest !== undefined) this.#proven.delete(oldest);
  }
}
