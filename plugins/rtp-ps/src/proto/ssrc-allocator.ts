import { rtpPsError } from '../errors.js';

/** A released SSRC is not given again for this long: late packets of its last stream must not look like the next one's. */
const REUSE_DELAY_MS = 60_000;
const PER_DOMAIN = 10_000;

/** Gives out SSRCs of domains (GB/T 28181-2016 annex G), each once until it is released and, as long as there are others, some time after. */
export class SsrcAllocator {
  readonly #held = new Set<string>();
  /** When released ones may be used again. Oldest first. */
  readonly #resting = new Map<string, number>();
  readonly #next = new Map<string, number>();
  /** Prefixes of which all are in use or rest, so that they are not gone through for each call. Until one wakes. */
  readonly #full = new Set<string>();

  /** SSRCs in use. */
  get held(): number {
    return this.#held.size;
  }

  /** `isTaken`: what is received under an SSRC that was not allocated here. Throws `ERR_RTP_SSRC_EXHAUSTED`. */
  allocate(domainId: string, kind: 'live' | 'history', nowMs: number, isTaken: (ssrc: number) => boolean = () => false): string {
    this.#wake(nowMs);
    const prefix = `${kind === 'live' ? '0' : '1'}${domainId.slice(3, 8).replace(/\D/g, '0').padEnd(5, '0')}`;
    if (this.#full.has(prefix)) return this.#wakeOldest(prefix, isTaken);
    const first = this.#next.get(prefix) ?? 1;
    let taken = 0;
    for (let tried = 0; tried < PER_DOMAIN; tried++) {
      const number = (first + tried) % PER_DOMAIN;
      const ssrc = `${prefix}${String(number).padStart(4, '0')}`;
      // 0000000000 means "none" in answers (y=0000000000).
      if (Number(ssrc) === 0 || this.#held.has(ssrc) || this.#resting.has(ssrc)) continue;
      if (isTaken(Number(ssrc))) {
        taken++;
        continue;
      }
      this.#next.set(prefix, (number + 1) % PER_DOMAIN);
      this.#held.add(ssrc);
      return ssrc;
    }
    // What is received here without having been given may end without a word.
    if (taken === 0) this.#full.add(prefix);
    return this.#wakeOldest(prefix, isTaken);
  }

  /** Nothing is free: what rests for longest has the fewest late packets to fear. */
  #wakeOldest(prefix: string, isTaken: (ssrc: number) => boolean): string {
    for (const ssrc of this.#resting.keys()) {
      if (!ssrc.startsWith(prefix) || isTaken(Number(ssrc))) continue;
      this.#resting.delete(ssrc);
      this.#held.add(ssrc);
      return ssrc;
    }
    throw rtpPsError('ERR_RTP_SSRC_EXHAUSTED', `all SSRCs of domain ${prefix} are in use`);
  }

  /** Does nothing for one that is not held. */
  release(ssrc: string, nowMs: number): void {
    if (this.#held.delete(ssrc)) this.rest(ssrc, nowMs);
  }

  /** Also one that was not given out here (that of an answer): what is sent with it is of before. */
  rest(ssrc: string, nowMs: number): void {
    // The oldest first.
    this.#resting.delete(ssrc);
    this.#resting.set(ssrc, nowMs + REUSE_DELAY_MS);
  }

  /** It is in use, or was lately. */
  isGiven(ssrc: string, nowMs: number): boolean {
    this.#wake(nowMs);
    return this.#held.has(ssrc) || this.#resting.has(ssrc);
  }

  #wake(nowMs: number): void {
    for (const [ssrc, atMs] of this.#resting) {
      if (atMs > nowMs) return;
      this.#resting.delete(ssrc);
      this.#full.clear();
    }
  }
}
