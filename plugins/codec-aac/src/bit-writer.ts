import { Buffer } from 'node:buffer';

/** Writes bits, most significant first; for a handful of bytes. */
export class BitWriter {
  readonly #bytes: number[] = [];
  #length = 0;

  bits(value: number, count: number): this {
    for (let bit = count - 1; bit >= 0; bit--) {
      const at = this.#length >> 3;
      const one = (value >>> bit) & 1;
      this.#bytes[at] = (this.#bytes[at] ?? 0) | (one << (7 - (this.#length & 7)));
      this.#length++;
    }
    return this;
  }

  finish(): Buffer {
    return Buffer.from(this.#bytes);
  }
}
