import { Buffer } from 'node:buffer';
import { HandshakeBlocks } from './handshake-blocks.js';
import {
  findDigest,
  HANDSHAKE_BLOCK,
  type HandshakeTools,
  PLAYER_FULL_KEY,
  PLAYER_KEY,
  RTMP_VERSION,
  SERVER_KEY,
  signedBlock,
  writeDigest,
} from './handshake-digest.js';

/** Flash Player 9.0.124.2, the first that servers take digests of. */
const PLAYER_VERSION = Buffer.from([9, 0, 124, 2]);

/**
 * The client's side of the handshake, from bytes in any pieces. C1 carries a digest: servers that know none take it for random bytes, and are
 * echoed as the simple handshake says (RTMP 1.0, 5.2.4); those that answer with a digest get a C2 that is signed.
 */
export class ClientHandshake {
  readonly #tools: HandshakeTools;
  readonly #send: (bytes: Buffer) => void;
  readonly #blocks: HandshakeBlocks;

  constructor(tools: HandshakeTools, send: (bytes: Buffer) => void) {
    this.#tools = tools;
    this.#send = send;
    this.#blocks = new HandshakeBlocks((s1) => {
      const digest = findDigest(s1, SERVER_KEY, tools)?.digest;
      send(digest === undefined ? s1 : signedBlock(PLAYER_FULL_KEY, digest, tools));
    });
  }

  /** Sends C0 and C1. */
  start(): void {
    const c1 = this.#tools.randomBytes(HANDSHAKE_BLOCK).fill(0, 0, 4);
    PLAYER_VERSION.copy(c1, 4);
    writeDigest(c1, 0, PLAYER_KEY, this.#tools);
    this.#send(Buffer.concat([Buffer.of(RTMP_VERSION), c1]));
  }

  /** Takes bytes; answers those after S2 once it is there. Throws `ERR_RTMP_VERSION`. */
  receive(bytes: Buffer): Buffer | undefined {
    return this.#blocks.receive(bytes);
  }
}
