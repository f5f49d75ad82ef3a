import { Buffer } from 'node:buffer';
import { rtmpError } from '../errors.js';
import { HANDSHAKE_BLOCK, RTMP_VERSION } from './handshake-digest.js';

/**
 * What either side reads of a handshake, from bytes in any pieces: a version and a block, which is answered, then a block that is not looked
 * at, as many peers send noise and what it proves keeps nobody out.
 */
export class HandshakeBlocks {
  readonly #onFirst: (block: Buffer) => void;
  #block: Buffer = Buffer.allocUnsafe(1 + HANDSHAKE_BLOCK);
  #filled = 0;
  #answered = false;

  constructor(onFirst: (block: Buffer) => void) {
    this.#onFirst = onFirst;
  }

  /** Takes bytes; answers those after the second block once it is there. Throws `ERR_RTMP_VERSION`. */
  receive(bytes: Buffer): Buffer | undefined {
    let rest = this.#fill(bytes);
    if (!this.#answered && this.#filled > 0 && this.#block[0] !== RTMP_VERSION) throw rtmpError('ERR_RTMP_VERSION', `RTMP version ${this.#block[0]}`);
    if (rest !== undefined && !this.#answered) {
      this.#onFirst(this.#block.subarray(1));
      this.#answered = true;
      this.#block = Buffer.allocUnsafe(HANDSHAKE_BLOCK);
      this.#filled = 0;
      rest = this.#fill(rest);
    }
    return rest;
  }

  #fill(bytes: Buffer): Buffer | undefined {
    const copied = bytes.copy(this.#block, this.#filled);
    this.#filled += copied;
    return this.#filled === this.#block.length ? bytes.subarray(copied) : undefined;
  }
}
