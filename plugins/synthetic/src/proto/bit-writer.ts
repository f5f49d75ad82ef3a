/** Writes bits, most significant first, and Exp-Golomb codes (ITU-T H.264 9.1) into a scratch buffer that is used again and again. */
export class BitWriter {
  readonly #scratch: Buffer;
  #length = 0;
  #bits = 0;
  #free = 8;

  /** `capacity` in bytes must hold the largest NAL unit before emulation prevention. */
  constructor(capacity: number) {
    this.#scratch = Buffer.alloc(capacity);
  }

  /** Starts over. */
  reset(): this {
    this.#length = 0;
    this.#bits = 0;
    this.#free = 8;
    return this;
  }

  /** An unsigned number of `count` bits, 0 to 32. */
  bits(value: number, count: number): this {
    for (let left = count; left > 0; ) {
      const take = Math.min(left, this.#free);
      left -= take;
      this.#bits = (this.#bits << take) | (Math.floor(value / 2 ** left) & ((1 << take) - 1));
      this.#free -= take;
      if (this.#free === 0) this.#flush();
    }
    return this;
  }

  #flush(): void {
    this.#scratch[this.#length++] = this.#bits;
    this.#bits = 0;
    this.#free = 8;
  }

  /** ue(v). */
  ue(value: number): this {
    const length = 32 - Math.clz32(value + 1);
    return this.bits(0, length - 1).bits(value + 1, length);
  }

  /** se(v). */
  se(value: number): this {
    return this.ue(value > 0 ? 2 * value - 1 : -2 * value);
  }

  /** Zero bits up to the next byte. */
  align(): this {
    return this.#free === 8 ? this : this.bits(0, this.#free);
  }

  /** Copies a block of samples; only where `align` was called. */
  block(plane: Uint8Array, offset: number, stride: number, size: number): this {
    for (let row = 0; row < size; row++) {
      const from = offset + row * stride;
      for (let column = 0; column < size; column++) this.#scratch[this.#length++] = plane[from + column] as number;
    }
    return this;
  }

  /** Ends the RBSP (7.3.2.11) and answers a NAL unit of its own memory: the header byte, then the payload with emulation prevention (7.4.1). */
  nalUnit(header: number): Buffer {
    this.bits(1, 1).align();
    const payload = this.#scratch.subarray(0, this.#length);
    const stops = escapes(payload);
    const unit = Buffer.allocUnsafe(1 + payload.length + stops.length);
    unit[0] = header;
    let from = 0;
    let to = 1;
    for (const stop of stops) {
      to += payload.copy(unit, to, from, stop);
      unit[to++] = 3;
      from = stop;
    }
    payload.copy(unit, to, from);
    return unit;
  }
}

const ZEROS = Buffer.alloc(2);

/** Offsets before which an emulation_prevention_three_byte goes. */
function escapes(payload: Buffer): number[] {
  const stops: number[] = [];
  for (let at = payload.indexOf(ZEROS); at >= 0; ) {
    const next = payload[at + 2];
    if (next === undefined) break;
    if (next <= 3) stops.push(at + 2);
    // The third byte may begin the next pair; where a 3 was put in, the count of zeros begins anew.
    at = payload.indexOf(ZEROS, next <= 3 ? at + 2 : at + 1);
  }
  return stops;
}
