import { Buffer } from 'node:buffer';

const SLAB_BYTES = 64 * 1024;

/**
 * Cuts buffers that live about equally long (the frames of one stream) from larger ones, as the system asks much for each piece of memory.
 * A buffer keeps its whole slab alive: what is kept longer than the others must be copied.
 */
export class Slab {
  readonly #size: number;
  #slab: Buffer | undefined;
  #used = 0;

  /** `size` in bytes, 64 KiB by default. */
  constructor(size: number = SLAB_BYTES) {
    this.#size = size;
  }

  /** A buffer of `bytes` with undefined contents. Larger ones than a quarter of a slab are made apart. */
  take(bytes: number): Buffer {
    if (bytes > this.#size / 4) return Buffer.allocUnsafeSlow(bytes);
    if (this.#slab === undefined || this.#used + bytes > this.#size) {
      this.#slab = Buffer.allocUnsafeSlow(this.#size);
      this.#used = 0;
    }
    const start = this.#used;
    this.#used += bytes;
    return this.#slab.subarray(start, this.#used);
  }
}
