import { Buffer } from 'node:buffer';

/** What the handshake needs and pure code has not. */
export interface HandshakeTools {
  randomBytes(count: number): Buffer;
  hmacSha256(key: Buffer, data: Buffer): Buffer;
}

/** First byte of C0 and S0 (RTMP 1.0, 5.2.2). */
export const RTMP_VERSION = 3;
/** Bytes of C1, C2, S1 and S2 (RTMP 1.0, 5.2). */
export const HANDSHAKE_BLOCK = 1536;
/** Bytes of a digest. */
export const DIGEST_BYTES = 32;

// The handshake with digests is in no specification; Flash servers and players, librtmp and nginx-rtmp do it alike.
const KEY_TAIL = Buffer.from('f0eec24a8068bee82e00d0d1029e7e576eec5d2d29806fab93b8e636cfeb31ae', 'hex');
/** Key of digests of clients. */
export const PLAYER_KEY = Buffer.from('Genuine Adobe Flash Player 001', 'latin1');
/** Key of digests of servers. */
export const SERVER_KEY = Buffer.from('Genuine Adobe Flash Media Server 001', 'latin1');
/** Keys that sign C2 and S2. */
export const PLAYER_FULL_KEY = Buffer.concat([PLAYER_KEY, KEY_TAIL]);
export const SERVER_FULL_KEY = Buffer.concat([SERVER_KEY, KEY_TAIL]);

/** Where the digest is: schema 0 has it first, 1 behind the key. */
export type DigestSchema = 0 | 1;

function digestOffset(block: Buffer, schema: DigestSchema): number {
  const base = schema === 0 ? 8 : 772;
  let sum = 0;
  for (let n = 0; n < 4; n++) sum += block[base + n] as number;
  return (sum % 728) + base + 4;
}

function digestAt(block: Buffer, offset: number, key: Buffer, tools: HandshakeTools): Buffer {
  return tools.hmacSha256(key, Buffer.concat([block.subarray(0, offset), block.subarray(offset + DIGEST_BYTES)]));
}

/** Writes the digest of a C1 or S1 into it, where four of its bytes say. Answers the digest. */
export function writeDigest(block: Buffer, schema: DigestSchema, key: Buffer, tools: HandshakeTools): Buffer {
  const offset = digestOffset(block, schema);
  digestAt(block, offset, key, tools).copy(block, offset);
  return block.subarray(offset, offset + DIGEST_BYTES);
}

/** The digest and schema of a C1 or S1 that carries a right one. */
export function findDigest(block: Buffer, key: Buffer, tools: HandshakeTools): { readonly schema: DigestSchema; readonly digest: Buffer } | undefined {
  if (block.readUInt32BE(4) === 0) return undefined; // the simple handshake has zeros here
  for (const schema of [1, 0] as const) {
    const offset = digestOffset(block, schema);
    const digest = block.subarray(offset, offset + DIGEST_BYTES);
    if (digest.equals(digestAt(block, offset, key, tools))) return { schema, digest };
  }
  return undefined;
}

/** A C2 or S2 signed for the peer's digest. */
export function signedBlock(fullKey: Buffer, digest: Buffer, tools: HandshakeTools): Buffer {
  const noise = tools.randomBytes(HANDSHAKE_BLOCK - DIGEST_BYTES);
  return Buffer.concat([noise, tools.hmacSha256(tools.hmacSha256(fullKey, digest), noise)]);
}
