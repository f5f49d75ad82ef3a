import { Buffer } from 'node:buffer';
import type { Credentials } from '@sluice/core';
import {
  constantTimeEqual,
  type DigestHash,
  parseBasicCredentials,
  parseDigestCredentials,
  serializeDigestChallenge,
  verifyDigest,
} from '@sluice/plugin-wire-text';
import { parseRtspUrl } from './rtsp-url.js';

/** How passwords may be proved. */
export type AuthScheme = 'digest-sha256' | 'basic' | 'digest-md5';

/** What a connection's answers are checked against. */
export interface ChallengeOptions {
  readonly realm: string;
  /** Of this connection alone, so that what was said on another one proves nothing here. */
  readonly nonce: string;
  readonly schemes: readonly AuthScheme[];
  readonly hash: DigestHash;
}

/** The values of `WWW-Authenticate`, each in a header of its own. Many clients know one scheme and keep the last header they can use. */
export function challenges({ realm, nonce, schemes }: ChallengeOptions): string[] {
  return schemes.map((scheme) => {
    if (scheme === 'basic') return `Basic realm="${realm}"`;
    return serializeDigestChallenge({ realm, nonce, algorithm: scheme === 'digest-md5' ? 'MD5' : 'SHA-256' });
  });
}

/** What an `Authorization` header claims; `undefined` where it is of no use here. Whether the password is right, `verify` says. */
export function readAuthorization(header: string, method: string, uri: string, options: ChallengeOptions): Credentials | undefined {
  try {
    return /^basic\s/i.test(header.trim()) ? basic(header, options) : digest(header, method, uri, options);
  } catch {
    // What cannot be read is no credential: the answer is a challenge.
    return undefined;
  }
}

function basic(header: string, { schemes }: ChallengeOptions): Credentials | undefined {
  if (!schemes.includes('basic')) return undefined;
  const { username, password } = parseBasicCredentials(header);
  return { name: username, verify: (wanted) => constantTimeEqual(Buffer.from(password), Buffer.from(wanted)) };
}

function digest(header: string, method: string, uri: string, { schemes, realm, nonce, hash }: ChallengeOptions): Credentials | undefined {
  const credentials = parseDigestCredentials(header);
  const scheme = credentials.algorithm === 'MD5' ? 'digest-md5' : credentials.algorithm === 'SHA-256' ? 'digest-sha256' : undefined;
  if (scheme === undefined || !schemes.includes(scheme) || credentials.realm !== realm || credentials.nonce !== nonce) return undefined;
  if (!isAbout(credentials.uri, uri)) return undefined;
  return { name: credentials.username, verify: (password) => verifyDigest({ hash, credentials, method, password }) };
}

/** A digest is about one URL (RFC 7616 3.4.6); clients write it with or without host and control. */
function isAbout(signed: string, asked: string): boolean {
  const [a, b] = [parseRtspUrl(signed).path, parseRtspUrl(asked).path];
  return a === b || a.startsWith(`${b}/`) || b.startsWith(`${a}/`);
}
