import type { Buffer } from 'node:buffer';
import { Slab } from '@sluice/core';

const FIRST_BYTES = 65536;

/**
 * Puts a body together from pieces with one copy into a buffer of the right size: the pieces may be overwritten afterwards.
 * A length that was only declared is not believed: the buffer begins at 64 KiB, or at the largest body that really came before, and doubles.
 */
export class Reassembler {
  readonly #slab: Slab;
  #believed = FIRST_BYTES;
  #length = 0;
  #filled = 0;
  #buffer: Buffer | undefined;
  #open = false;

  /** `slab`: what bodies are cut from; bodies that live equally long share one. */
  constructor(slab: Slab = new Slab()) {
    this.#slab = slab;
  }

  /** True between `begin` and the piece that completes the body. */
  get open(): boolean {
    return this.#open;
  }

  /** Bytes still missing. */
  get missing(): number {
    return this.#length - this.#filled;
  }

  /** Starts a body of `length` bytes; one that was open is forgotten. */
  begin(length: number): void {
    this.#length = length;
    this.#filled = 0;
    this.#buffer = undefined;
    this.#open = true;
  }

  /** Forgets what came. */
  abort(): void {
    this.#buffer = undefined;
    this.#open = false;
  }

  /** Adds a piece of at most `missing` bytes; answers the body where it is complete. */
  add(piece: Buffer): Buffer | undefined {
    const length = this.#length;
    if (this.#filled === 0 && piece.length === length) {
      this.#open = false;
      const body = this.#slab.take(length);
      piece.copy(body);
      return body;
    }
    const end = this.#filled + piece.length;
    const buffer = this.#room(end);
    piece.copy(buffer, this.#filled);
    this.#filled = end;
    if (end < length) return undefined;
    this.#buffer = undefined;
    this.#open = false;
    if (length > this.#believed) this.#believed = length;
    return buffer;
  }

  #room(end: number): Buffer {
    const old = this.#buffer;
    if (old !== undefined && end <= old.length) return old;
    const wanted = Math.min(this.#length, old === undefined ? Math.max(end, this.#believed) : Math.max(end, old.length * 2));
    const bigger = this.#slab.take(wanted);
    old?.copy(bigger, 0, 0, this.#filled);
    this.#buffer = bigger;
    return bigger;
  }
}
