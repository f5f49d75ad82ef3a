import { Buffer } from 'node:buffer';
import { rtmpError } from '../errors.js';

/** What the handshake needs and pure code has not. */
export interface HandshakeTools {
  randomBytes(count: number): Buffer;
  hmacSha256(key: Buffer, data: Buffer): Buffer;
}

const VERSION = 3;
/** Bytes of C1, C2, S1 and S2 (RTMP 1.0, 5.2). */
const BLOCK = 1536;
const DIGEST = 32;

// The handshake with digests is in no specification; Flash servers and players, librtmp and nginx-rtmp do it alike.
const KEY_TAIL = Buffer.from('f0eec24a8068bee82e00d0d1029e7e576eec5d2d29806fab93b8e636cfeb31ae', 'hex');
const PLAYER_KEY = Buffer.from('Genuine Adobe Flash Player 001', 'latin1');
const SERVER_KEY = Buffer.from('Genuine Adobe Flash Media Server 001', 'latin1');
const SERVER_FULL_KEY = Buffer.concat([SERVER_KEY, KEY_TAIL]);
const SERVER_VERSION = Buffer.from([4, 5, 0, 1]);

/** Where the digest is in schema 0 (digest first) or 1 (key first): four bytes say it. */
function digestOffset(block: Buffer, schema: 0 | 1): number {
  const base = schema === 0 ? 8 : 772;
  let sum = 0;
  for (let n = 0; n < 4; n++) sum += block[base + n] as number;
  return (sum % 728) + base + 4;
}

function digestAt(block: Buffer, offset: number, key: Buffer, tools: HandshakeTools): Buffer {
  return tools.hmacSha256(key, Buffer.concat([block.subarray(0, offset), block.subarray(offset + DIGEST)]));
}

/** The digest and schema of a C1 that carries a right one. */
export function verifyClientDigest(c1: Buffer, tools: HandshakeTools): { readonly schema: 0 | 1; readonly digest: Buffer } | undefined {
  if (c1.readUInt32BE(4) === 0) return undefined; // the simple handshake has zeros here
  for (const schema of [1, 0] as const) {
    const offset = digestOffset(c1, schema);
    const digest = c1.subarray(offset, offset + DIGEST);
    if (digest.equals(digestAt(c1, offset, PLAYER_KEY, tools))) return { schema, digest };
  }
  return undefined;
}

/** S0, S1 and S2 for a C1: with digests where the client's is right, else S2 echoes C1 (RTMP 1.0, 5.2.4). */
export function answerHandshake(c1: Buffer, tools: HandshakeTools): Buffer {
  const answer = Buffer.concat([Buffer.of(VERSION), tools.randomBytes(BLOCK), c1]);
  const s1 = answer.subarray(1, 1 + BLOCK);
  const s2 = answer.subarray(1 + BLOCK);
  s1.fill(0, 0, 8);
  const client = verifyClientDigest(c1, tools);
  if (client === undefined) return answer;
  SERVER_VERSION.copy(s1, 4);
  const offset = digestOffset(s1, client.schema);
  digestAt(s1, offset, SERVER_KEY, tools).copy(s1, offset);
  tools.randomBytes(BLOCK - DIGEST).copy(s2);
  const key = tools.hmacSha256(SERVER_FULL_KEY, client.digest);
  tools.hmacSha256(key, s2.subarray(0, BLOCK - DIGEST)).copy(s2, BLOCK - DIGEST);
  return answer;
}

/** The server's side of the handshake, from bytes in any pieces. */
export class ServerHandshake {
  readonly #tools: HandshakeTools;
  readonly #send: (bytes: Buffer) => void;
  #block: Buffer = Buffer.allocUnsafe(1 + BLOCK);
  #filled = 0;
  #answered = false;

  constructor(tools: HandshakeTools, send: (bytes: Buffer) => void) {
    this.#tools = tools;
    this.#send = send;
  }

  /** Takes bytes; answers those after the handshake once it is done. Throws `ERR_RTMP_VERSION`. */
  receive(bytes: Buffer): Buffer | undefined {
    let rest = this.#fill(bytes);
    if (!this.#answered && this.#filled > 0 && this.#block[0] !== VERSION) throw rtmpError('ERR_RTMP_VERSION', `RTMP version ${this.#block[0]}`);
    if (rest !== undefined && !this.#answered) {
      this.#send(answerHandshake(this.#block.subarray(1), this.#tools));
      this.#answered = true;
      this.#block = Buffer.allocUnsafe(BLOCK);
      this.#filled = 0;
      rest = this.#fill(rest); // C2 is not looked at: many clients send noise
    }
    return rest;
  }

  #fill(bytes: Buffer): Buffer | undefined {
    const copied = bytes.copy(this.#block, this.#filled);
    this.#filled += copied;
    return this.#filled === this.#block.length ? bytes.subarray(copied) : undefined;
  }
}
