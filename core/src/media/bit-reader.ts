import { OutOfBytesError } from './byte-reader.js';

/** Reads bits, most significant first, and Exp-Golomb codes. Throws `OutOfBytesError` past the end. */
export class BitReader {
  readonly #bytes: Uint8Array;
  #bit = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Bits not yet read. */
  get left(): number {
    return this.#bytes.length * 8 - this.#bit;
  }

  /** Bits read so far. */
  get position(): number {
    return this.#bit;
  }

  /** An unsigned number of `count` bits, 0 to 32. */
  bits(count: number): number {
    if (count > this.left) throw new OutOfBytesError(count, this.left);
    let value = 0;
    for (let done = 0; done < count; ) {
      const offset = this.#bit & 7;
      const take = Math.min(8 - offset, count - done);
      const byte = this.#bytes[this.#bit >> 3] as number;
      value = value * 2 ** take + ((byte >> (8 - offset - take)) & ((1 << take) - 1));
      this.#bit += take;
      done += take;
    }
    return value;
  }

  flag(): boolean {
    return this.bits(1) === 1;
  }

  skip(count: number): void {
    if (count > this.left) throw new OutOfBytesError(count, this.left);
    this.#bit += count;
  }

  /** ue(v). At most 32 leading zeros. */
  ue(): number {
    let zeros = 0;
    while (!this.flag()) {
      zeros++;
      if (zeros > 32) throw new OutOfBytesError(1, 0);
    }
    return 2 ** zeros - 1 + this.bits(zeros);
  }

  /** se(v). */
  se(): number {
    const code = this.ue();
    return code % 2 === 1 ? (code + 1) / 2 : -(code / 2);
  }
}
