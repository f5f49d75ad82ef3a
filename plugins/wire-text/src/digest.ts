import { constantTimeEqual } from './compare.js';

/** Digest algorithms understood: RFC 2617 MD5, RFC 7616 SHA-256, GB/T 28181-2022 SM3 (GM/T 0004). */
export type DigestAlgorithm = 'MD5' | 'SHA-256' | 'SM3';

/** The hash, as lower-case hex. The names are those of `node:crypto`: `(name, text) => createHash(name).update(text).digest('hex')`. */
export type DigestHash = (name: 'md5' | 'sha256' | 'sm3', text: string) => string;

const HASH_NAME: Readonly<Record<DigestAlgorithm, 'md5' | 'sha256' | 'sm3'>> = { MD5: 'md5', 'SHA-256': 'sha256', SM3: 'sm3' };

/** What a digest response is made from. */
export interface DigestInput {
  readonly hash: DigestHash;
  /** Default MD5. */
  readonly algorithm?: DigestAlgorithm;
  readonly username: string;
  readonly realm: string;
  readonly password: string;
  readonly method: string;
  readonly uri: string;
  readonly nonce: string;
  /** Without it the response is that of RFC 2069: old cameras know no other. */
  readonly qop?: 'auth';
  /** Eight hex digits, as sent. */
  readonly nc?: string;
  readonly cnonce?: string;
}

/** `response` of RFC 2617 3.2.2.1 in lower-case hex: H(HA1:nonce:HA2), or H(HA1:nonce:nc:cnonce:qop:HA2) with qop. */
export function digestResponse(input: DigestInput): string {
  const hash = (text: string) => input.hash(HASH_NAME[input.algorithm ?? 'MD5'], text);
  const ha1 = hash(`${input.username}:${input.realm}:${input.password}`);
  const ha2 = hash(`${input.method}:${input.uri}`);
  if (input.qop === undefined) return hash(`${ha1}:${input.nonce}:${ha2}`);
  return hash(`${ha1}:${input.nonce}:${input.nc ?? ''}:${input.cnonce ?? ''}:${input.qop}:${ha2}`);
}

/** `Authorization: Digest …`. */
export interface DigestCredentials {
  readonly username: string;
  readonly realm: string;
  readonly nonce: string;
  /** As sent; it may differ from the Request-URI. */
  readonly uri: string;
  /** Hex as sent. */
  readonly response: string;
  /** MD5 where the header names none. */
  readonly algorithm: DigestAlgorithm;
  readonly opaque?: string;
  readonly qop?: 'auth';
  readonly nc?: string;
  readonly cnonce?: string;
}

/**
 * Whether the credentials prove knowledge of `password`, compared in constant time. The username and uri of the credentials are hashed as sent: whether
 * they are the right ones, and whether the nonce is ours and fresh (`NonceIssuer`), is the caller's business. An offered qop that was not taken is allowed.
 */
export function verifyDigest(input: {
  readonly hash: DigestHash;
  readonly credentials: DigestCredentials;
  readonly method: string;
  readonly password: string;
}): boolean {
  const { hash, credentials, method, password } = input;
  const expected = digestResponse({ ...credentials, hash, method, password });
  return constantTimeEqual(Buffer.from(expected, 'latin1'), Buffer.from(credentials.response.toLowerCase(), 'latin1'));
}
