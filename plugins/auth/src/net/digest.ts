import { createHash } from 'node:crypto';

/** SHA-256, hexadecimal. Tokens are looked up by it: how long a search takes tells of the digest, of which nobody can choose a part. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
