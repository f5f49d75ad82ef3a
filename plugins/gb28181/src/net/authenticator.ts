import { createHash, createHmac, getHashes, randomBytes } from 'node:crypto';
import type { IncomingRequest, SipHeaders } from '@sluice/plugin-sip/service';
import {
  type DigestAlgorithm,
  type DigestCredentials,
  type DigestHash,
  findHeaders,
  NonceIssuer,
  parseDigestCredentials,
  serializeDigestChallenge,
  verifyDigest,
} from '@sluice/plugin-wire-text';
import { FailureCap } from './failure-cap.js';

/** Digest algorithms by their names in the configuration. */
export type OfferedAlgorithm = 'md5' | 'sha-256' | 'sm3';

const NAMES: Readonly<Record<OfferedAlgorithm, DigestAlgorithm>> = { md5: 'MD5', 'sha-256': 'SHA-256', sm3: 'SM3' };

/** What can be worked out here: SM3 is not in every build of Node. */
export function knownAlgorithms(algorithms: readonly OfferedAlgorithm[]): OfferedAlgorithm[] {
  const hashes = new Set(getHashes().map((name) => name.toLowerCase()));
  return algorithms.filter((algorithm) => hashes.has(algorithm.replace('-', '')));
}

/** What came of a request's credentials. `denied` is final for the device: 403; `busy`, where its address failed too often: 503; `challenge`: 401. */
export type AuthVerdict =
  | { readonly kind: 'ok' }
  | { readonly kind: 'denied' }
  | { readonly kind: 'busy' }
  | { readonly kind: 'challenge'; readonly stale: boolean };

/** What is known of who asks. */
export interface Standing {
  /** The device registered once, or is in the configuration. */
  readonly known: boolean;
  /** The id of a device that is known to be at this address: its failures count for itself, so that others behind the address cannot lock it out. */
  readonly trusted: string | undefined;
}

/** How to judge. */
export interface AuthenticatorOptions {
  readonly realm: string;
  /** Offered, in this order. */
  readonly algorithms: readonly OfferedAlgorithm[];
  readonly now: () => number;
  readonly maxFailuresPerSecond: number;
}

const hash: DigestHash = (name, text) => createHash(name).update(text).digest('hex');

/** Digest of devices (RFC 2617, RFC 7616; GB/T 28181-2016 9.1): minimal challenges, nonces of our own that are good once. */
export class Authenticator {
  readonly #realm: string;
  readonly #offered: readonly DigestAlgorithm[];
  readonly #accepted: ReadonlySet<DigestAlgorithm>;
  readonly #nonces: NonceIssuer;
  readonly #failures: FailureCap;

  constructor(options: AuthenticatorOptions) {
    const secret = randomBytes(32);
    this.#realm = options.realm;
    this.#offered = knownAlgorithms(options.algorithms).map((algorithm) => NAMES[algorithm]);
    // Who takes a better one than it was offered is welcome; MD5 only where it is offered.
    this.#accepted = new Set([...this.#offered, ...knownAlgorithms(['sha-256', 'sm3']).map((algorithm) => NAMES[algorithm])]);
    this.#nonces = new NonceIssuer({ hmac: (text) => createHmac('sha256', secret).update(text).digest('hex'), now: options.now });
    this.#failures = new FailureCap(options.maxFailuresPerSecond, options.now);
  }

  /** The smallest challenge: devices built on old stacks stumble over qop and opaque. One header for each algorithm (RFC 8760 2.4). */
  challenge(incoming: IncomingRequest, stale = false): SipHeaders {
    const nonce = this.#nonces.issue(incoming.source.address);
    return this.#offered.map((algorithm) => [
      'www-authenticate',
      serializeDigestChallenge({ realm: this.#realm, nonce, algorithm, ...(stale ? { stale } : {}) }),
    ]);
  }

  /** Judges a request. */
  judge(incoming: IncomingRequest, password: string, { known, trusted }: Standing): AuthVerdict {
    const { address } = incoming.source;
    const source = trusted === undefined ? address : `${address} ${trusted}`;
    const headers = findHeaders(incoming.request.headers, 'authorization');
    if (headers.length === 0) return known || trusted !== undefined ? { kind: 'challenge', stale: false } : this.#challengeStranger(address);
    if (this.#failures.blocked(source)) {
      this.#failures.refused(source);
      return { kind: 'denied' };
    }
    const credentials = readCredentials(headers);
    if (credentials === undefined || credentials.realm !== this.#realm || !this.#accepted.has(credentials.algorithm)) return this.#failed(source, 'challenge');
    // The username is hashed as sent: it may be `admin`. The password is that of the device.
    const right = verifyDigest({ hash, credentials, method: incoming.request.method, password });
    const verdict = this.#nonces.check(credentials.nonce, address);
    if (!right) return this.#failed(source, verdict === 'ok' ? 'denied' : 'challenge');
    // Devices refresh with the nonce of last time: the digest is right, so they are asked once more (RFC 2617 3.2.1).
    if (verdict !== 'ok' || !this.#nonces.use(credentials.nonce, credentials.qop === undefined ? undefined : credentials.nc))
      return { kind: 'challenge', stale: true };
    if (!known && trusted === undefined) this.#failures.succeeded(address);
    return { kind: 'ok' };
  }

  #challengeStranger(address: string): AuthVerdict {
    if (this.#failures.blocked(address)) {
      this.#failures.refused(address);
      return { kind: 'busy' };
    }
    this.#failures.challenged(address);
    return { kind: 'challenge', stale: false };
  }

  #failed(source: string, kind: 'denied' | 'challenge'): AuthVerdict {
    this.#failures.failed(source);
    return kind === 'denied' ? { kind } : { kind, stale: false };
  }
}

function readCredentials(headers: readonly string[]): DigestCredentials | undefined {
  for (const header of headers) {
    try {
      return parseDigestCredentials(header);
    } catch {
      // Another scheme (GB 35114's Bidirection …) or broken: the next one may do.
    }
  }
  return undefined;
}
