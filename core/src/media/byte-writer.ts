/** Writes big-endian fields into a buffer of known size, or one that grows. */
export class ByteWriter {
  #buffer: Buffer;
  #length = 0;

  constructor(capacity = 256) {
    this.#buffer = Buffer.allocUnsafe(capacity);
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#length;
  }

  #room(count: number): number {
    const at = this.#length;
    const need = at + count;
    if (need > this.#buffer.length) {
      const bigger = Buffer.allocUnsafe(Math.max(need, this.#buffer.length * 2));
      this.#buffer.copy(bigger, 0, 0, at);
      this.#buffer = bigger;
    }
    this.#length = need;
    return at;
  }

  u8(value: number): this {
    // First the room: making it may change the buffer.
    const at = this.#room(1);
    this.#buffer[at] = value;
    return this;
  }
  u16(value: number): this {
    const at = this.#room(2);
    this.#buffer.writeUInt16BE(value & 0xffff, at);
    return this;
  }
  u24(value: number): this {
    const at = this.#room(3);
    this.#buffer.writeUIntBE(value & 0xffffff, at, 3);
    return this;
  }
  u32(value: number): this {
    const at = this.#room(4);
    this.#buffer.writeUInt32BE(value >>> 0, at);
    return this;
  }
  f64(value: number): this {
    const at = this.#room(8);
    this.#buffer.writeDoubleBE(value, at);
    return this;
  }
  bytes(bytes: Uint8Array): this {
    const at = this.#room(bytes.length);
    this.#buffer.set(bytes, at);
    return this;
  }
  text(text: string, encoding: BufferEncoding = 'utf8'): this {
    return this.bytes(Buffer.from(text, encoding));
  }

  /** What was written, as a view. The writer must not be used after. */
  finish(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }
}
