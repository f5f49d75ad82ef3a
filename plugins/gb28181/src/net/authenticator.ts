import { createHash, createHmac, randomBytes } from 'node:crypto';
import type { IncomingRequest, SipHeaders } from '@sluice/plugin-sip/service';
import {
  type DigestCredentials,
  type DigestHash,
  findHeaders,
  NonceIssuer,
  parseDigestCredentials,
  serializeDigestChallenge,
  verifyDigest,
} from '@sluice/plugin-wire-text';
import { FailureCap } from './failure-cap.js';

/** What came of a request's credentials. `denied` is final for the device: 403; `busy`, where its address failed too often: 503; `challenge`: 401. */
export type AuthVerdict =
  | { readonly kind: 'ok' }
  | { readonly kind: 'denied' }
  | { readonly kind: 'busy' }
  | { readonly kind: 'challenge'; readonly stale: boolean };

/** How to judge. */
export interface AuthenticatorOptions {
  readonly realm: string;
  readonly now: () => number;
  readonly maxFailuresPerSecond: number;
}

const hash: DigestHash = (name, text) => createHash(name).update(text).digest('hex');

/** Digest of devices (RFC 2617, RFC 7616; GB/T 28181-2016 9.1): minimal challenges, nonces of our own that are good once. */
export class Authenticator {
  readonly #realm: string;
  readonly #nonces: NonceIssuer;
  readonly #failures: FailureCap;

  constructor(options: AuthenticatorOptions) {
    const secret = randomBytes(32);
    this.#realm = options.realm;
    this.#nonces = new NonceIssuer({ hmac: (text) => createHmac('sha256', secret).update(text).digest('hex'), now: options.now });
    this.#failures = new FailureCap(options.maxFailuresPerSecond, options.now);
  }

  /** The smallest challenge: devices built on old stacks stumble over qop and opaque. */
  challenge(incoming: IncomingRequest, stale = false): SipHeaders {
    const nonce = this.#nonces.issue(incoming.source.address);
    return [['www-authenticate', serializeDigestChallenge({ realm: this.#realm, nonce, algorithm: 'MD5', ...(stale ? { stale } : {}) })]];
  }

  /**
   * Judges a request. `known`: the device registered once, or is in the configuration; `trusted`: it is registered from this address already,
   * so others behind it cannot lock it out.
   */
  judge(incoming: IncomingRequest, password: string, { known, trusted }: { readonly known: boolean; readonly trusted: boolean }): AuthVerdict {
    const { address } = incoming.source;
    const headers = findHeaders(incoming.request.headers, 'authorization');
    if (headers.length === 0) return known || trusted ? { kind: 'challenge', stale: false } : this.#challengeStranger(address);
    if (!trusted && this.#failures.blocked(address)) {
      this.#failures.refused(address);
      return { kind: 'denied' };
    }
    const credentials = readCredentials(headers);
    if (credentials === undefined || credentials.realm !== this.#realm) return this.#failed(address, 'challenge');
    // The username is hashed as sent: it may be `admin`. The password is that of the device.
    const right = verifyDigest({ hash, credentials, method: incoming.request.method, password });
    const verdict = this.#nonces.check(credentials.nonce, address);
    if (!right) return this.#failed(address, verdict === 'ok' ? 'denied' : 'challenge');
    // Devices refresh with the nonce of last time: the digest is right, so they are asked once more (RFC 2617 3.2.1).
    if (verdict !== 'ok' || !this.#nonces.use(credentials.nonce, credentials.qop === undefined ? undefined : credentials.nc))
      return { kind: 'challenge', stale: true };
    this.#failures.succeeded(address);
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

  #failed(address: string, kind: 'denied' | 'challenge'): AuthVerdict {
    this.#failures.failed(address);
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
