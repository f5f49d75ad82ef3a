import { Buffer } from 'node:buffer';
import { HandshakeBlocks } from './handshake-blocks.js';
import {
  findDigest,
  HANDSHAKE_BLOCK,
  type HandshakeTools,
  PLAYER_KEY,
  RTMP_VERSION,
  SERVER_FULL_KEY,
  SERVER_KEY,
  signedBlock,
  writeDigest,
} from './handshake-digest.js';

const SERVER_VERSION = Buffer.from([4, 5, 0, 1]);

/** The digest and schema of a C1 that carries a right one. */
export function verifyClientDigest(c1: Buffer, tools: HandshakeTools): ReturnType<typeof findDigest> {
  return findDigest(c1, PLAYER_KEY, tools);
}

/** S0, S1 and S2 for a C1: with digests where the client's is right, else S2 echoes C1 (RTMP 1.0, 5.2.4). */
export function answerHandshake(c1: Buffer, tools: HandshakeTools): Buffer {
  const s1 = tools.randomBytes(HANDSHAKE_BLOCK).fill(0, 0, 8);
  const client = verifyClientDigest(c1, tools);
  if (client === undefined) return Buffer.concat([Buffer.of(RTMP_VERSION), s1, c1]);
  SERVER_VERSION.copy(s1, 4);
  writeDigest(s1, client.schema, SERVER_KEY, tools);
  return Buffer.concat([Buffer.of(RTMP_VERSION), s1, signedBlock(SERVER_FULL_KEY, client.digest, tools)]);
}

/** The server's side of the handshake, from bytes in any pieces. */
export class ServerHandshake {
  readonly #blocks: HandshakeBlocks;

  constructor(tools: HandshakeTools, send: (bytes: Buffer) => void) {
    this.#blocks = new HandshakeBlocks((c1) => send(answerHandshake(c1, tools)));
  }

  /** Takes bytes; answers those after the handshake once it is done. Throws `ERR_RTMP_VERSION`. */
  receive(bytes: Buffer): Buffer | undefined {
    return this.#blocks.receive(bytes);
  }
}
