/** Thrown when a reader is asked for more than there is. */
export class OutOfBytesError extends Error {
  readonly code = 'ERR_OUT_OF_BYTES';
  constructor(wanted: number, left: number) {
    super(`wanted ${wanted} more, ${left} left`);
    this.name = 'OutOfBytesError';
  }
}

/** Reads big-endian fields from a buffer. Answers views, never copies. Throws `OutOfBytesError` past the end. */
export class ByteReader {
  readonly buffer: Buffer;
  offset: number;

  constructor(buffer: Buffer, offset = 0) {
    this.buffer = buffer;
    this.offset = offset;
  }

  /** Bytes not yet read. */
  get left(): number {
    return this.buffer.length - this.offset;
  }

  #take(count: number): number {
    const at = this.offset;
    if (count < 0 || at + count > this.buffer.length) throw new OutOfBytesError(count, this.left);
    this.offset = at + count;
    return at;
  }

  u8(): number {
    return this.buffer[this.#take(1)] as number;
  }
  u16(): number {
    return this.buffer.readUInt16BE(this.#take(2));
  }
  u24(): number {
    return this.buffer.readUIntBE(this.#take(3), 3);
  }
  u32(): number {
    return this.buffer.readUInt32BE(this.#take(4));
  }
  i24(): number {
    return this.buffer.readIntBE(this.#take(3), 3);
  }
  f64(): number {
    return this.buffer.readDoubleBE(this.#take(8));
  }
  /** A view of the next `count` bytes. */
  bytes(count: number): Buffer {
    const at = this.#take(count);
    return this.buffer.subarray(at, at + count);
  }
  /** A view of all that is left. */
  rest(): Buffer {
    return this.bytes(this.left);
  }
  skip(count: number): void {
    this.#take(count);
  }
}
