import { constantTimeEqual } from './compare.js';

/** What a `NonceIssuer` needs. */
export interface NonceIssuerOptions {
  /** Keyed hash as hex, e.g. `(text) => createHmac('sha256', secret).update(text).digest('hex')`. */
  readonly hmac: (text: string) => string;
  /** Milliseconds; only differences count, but they must not go back at a restart where nonces shall outlive it. */
  readonly now: () => number;
  /** How long a nonce counts. Default 5 minutes. */
  readonly lifetimeMs?: number;
  /** How many used nonces are remembered. Past it the oldest are forgotten and all nonces of their age are stale. Default 20,000. */
  readonly maxUsed?: number;
}

/** `ok`; `stale`: ours but too old or used before, challenge again with stale=true; `unknown`: not made by us for this source. */
export type NonceVerdict = 'ok' | 'stale' | 'unknown';

const NONCE = /^[0-9a-f]{32}$/;
const TIME_DIGITS = 11;
const HEAD_DIGITS = 16;

/**
 * Makes nonces that need no memory until they are used: time and a counter, signed together with where the request came from (RFC 7616 5.4). 32 hex digits, as old
 * cameras keep no more. A nonce is good for one request, or with `nc` for one request per count, upwards.
 */
export class NonceIssuer {
  readonly #hmac: NonceIssuerOptions['hmac'];
  readonly #now: () => number;
  readonly #lifetimeMs: number;
  readonly #maxUsed: number;
  /** Highest count used, by nonce; oldest use first. */
  readonly #used = new Map<string, number>();
  /** Nonces made at this time or before are stale. */
  #forgottenMs = -1;
  #counter = 0;

  constructor(options: NonceIssuerOptions) {
    this.#hmac = options.hmac;
    this.#now = options.now;
    this.#lifetimeMs = options.lifetimeMs ?? 300_000;
    this.#maxUsed = options.maxUsed ?? 20_000;
  }

  /** A new nonce for a source (its address; leave the port out where it changes between requests). */
  issue(source: string): string {
    this.#counter = (this.#counter + 1) % 0x100000;
    const time = Math.max(0, Math.floor(this.#now())).toString(16).padStart(TIME_DIGITS, '0').slice(-TIME_DIGITS);
    const head = time + this.#counter.toString(16).padStart(HEAD_DIGITS - TIME_DIGITS, '0');
    return head + this.#sign(head, source);
  }

  /** Judges a nonce without using it up: do this before the digest is verified. */
  check(nonce: string, source: string): NonceVerdict {
    if (!NONCE.test(nonce)) return 'unknown';
    const signature = Buffer.from(nonce.slice(HEAD_DIGITS), 'latin1');
    if (!constantTimeEqual(signature, Buffer.from(this.#sign(nonce.slice(0, HEAD_DIGITS), source), 'latin1'))) return 'unknown';
    const made = madeAt(nonce);
    return this.#now() - made > this.#lifetimeMs || made <= this.#forgottenMs ? 'stale' : 'ok';
  }

  /** Uses a nonce up, after the digest was verified. False where it was used before (a replay): answer as `stale`. `nc` is the hex count sent along with a qop. */
  use(nonce: string, nc?: string): boolean {
    const count = nc === undefined ? Number.MAX_SAFE_INTEGER : Number.parseInt(nc, 16);
    const before = this.#used.get(nonce);
    if (!(count > (before ?? 0))) return false;
    this.#used.delete(nonce);
    this.#used.set(nonce, count);
    if (this.#used.size > this.#maxUsed) this.#forget();
    return true;
  }

  /** Nonces remembered as used. */
  get usedCount(): number {
    return this.#used.size;
  }

  #sign(head: string, source: string): string {
    return this.#hmac(`${head}:${source}`)
      .slice(0, 32 - HEAD_DIGITS)
      .toLowerCase();
  }

  /** Drops what has expired; where that is not enough, the oldest uses together with the right to use nonces of their age. */
  #forget(): void {
    const oldest = this.#now() - this.#lifetimeMs;
    for (const nonce of this.#used.keys()) if (madeAt(nonce) < oldest) this.#used.delete(nonce);
    for (const nonce of this.#used.keys()) {
      if (this.#used.size <= this.#maxUsed) break;
      this.#forgottenMs = Math.max(this.#forgottenMs, madeAt(nonce));
      this.#used.delete(nonce);
    }
  }
}

function madeAt(nonce: string): number {
  return Number.parseInt(nonce.slice(0, TIME_DIGITS), 16);
}
