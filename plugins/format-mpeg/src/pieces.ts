import { Buffer } from 'node:buffer';

const SLAB_BYTES = 64 * 1024;
const NOTHING = Buffer.alloc(0);

/**
 * Bytes that come in pieces, put one behind the other: one copy, after which the pieces may be overwritten. What is taken is cut from slabs,
 * as the system asks much for each piece of memory; what outgrows its slab moves to a larger one.
 */
export class Pieces {
  readonly #slabBytes: number;
  #slab: Buffer = NOTHING;
  #start = 0;
  #end = 0;
  /** What was looked at and has not changed since. */
  #view: Buffer | undefined;

  /** `slabBytes`: 64 KiB by default. */
  constructor(slabBytes: number = SLAB_BYTES) {
    this.#slabBytes = slabBytes;
  }

  /** Bytes held. */
  get length(): number {
    return this.#end - this.#start;
  }

  append(piece: Buffer): void {
    if (piece.length === 0) return;
    const end = this.#end + piece.length;
    if (end > this.#slab.length) this.#move(piece.length);
    this.#slab.set(piece, this.#end);
    this.#end += piece.length;
    this.#view = undefined;
  }

  /** All in one buffer; still held, and to be looked at only until more comes. The same buffer as long as nothing does. */
  peek(): Buffer {
    this.#view ??= this.#slab.subarray(this.#start, this.#end);
    return this.#view;
  }

  /** All in one buffer, and forgets it. */
  take(): Buffer {
    const all = this.peek();
    this.#start = this.#end;
    this.#view = undefined;
    return all;
  }

  clear(): void {
    this.#end = this.#start;
    this.#view = undefined;
  }

  /** What grows is given room to double, so that it is not moved with each piece. */
  #move(more: number): void {
    const held = this.peek();
    const wanted = held.length === 0 ? more : 2 * (held.length + more);
    this.#slab = Buffer.allocUnsafeSlow(Math.max(this.#slabBytes, wanted));
    this.#slab.set(held, 0);
    this.#start = 0;
    this.#end = held.length;
    this.#view = undefined;
  }
}
