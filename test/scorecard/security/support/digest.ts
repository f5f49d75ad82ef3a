import { createHash } from 'node:crypto';

const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

/** What a digest is made of (RFC 2617). */
export interface DigestFacts {
  readonly username: string;
  readonly realm: string;
  readonly password: string;
  readonly method: string;
  readonly uri: string;
  readonly nonce: string;
  /** Eight hex digits: with `qop=auth`. */
  readonly nc?: string;
}

const CNONCE = '0a4f113b';

/** The value of an Authorization header; written by hand so that nothing of the code under test makes it. */
export function digestHeader({ username, realm, password, method, uri, nonce, nc }: DigestFacts, more = ''): string {
  const ha1 = md5(`${username}:${realm}:${password}`);
  const ha2 = md5(`${method}:${uri}`);
  const response = md5(nc === undefined ? `${ha1}:${nonce}:${ha2}` : `${ha1}:${nonce}:${nc}:${CNONCE}:auth:${ha2}`);
  const quality = nc === undefined ? '' : `, qop=auth, nc=${nc}, cnonce="${CNONCE}"`;
  return `Digest username="${username}", realm="${realm}", nonce="${nonce}", uri="${uri}", response="${response}", algorithm=MD5${quality}${more}`;
}
