import type { Buffer } from 'node:buffer';
import { Slab } from '@sluice/core';

/** Views that will be joined, once, into a buffer of just their size. */
export class Pieces {
  #views: Buffer[] = [];
  #bytes = 0;
  #retained = 0;
  /** The only view is a buffer that was made here. */
  #own = false;
  readonly #slab: Slab;

  /** `slabBytes`: what is joined is cut from slabs of this size. */
  constructor(slabBytes?: number) {
    this.#slab = new Slab(slabBytes);
  }

  /** Bytes held. */
  get length(): number {
    return this.#bytes;
  }

  append(view: Buffer): void {
    if (view.length === 0) return;
    if (this.#views[this.#views.length - 1]?.buffer !== view.buffer) this.#retained += view.buffer.byteLength;
    this.#views.push(view);
    this.#own = false;
    this.#bytes += view.length;
    // A few bytes in many large chunks must not keep the chunks alive.
    if (this.#retained > 4 * this.#bytes + 1024 * 1024 && this.#views.length > 1) this.peek();
  }

  /** All in one buffer; still held. */
  peek(): Buffer {
    if (this.#views.length === 1) return this.#views[0] as Buffer;
    const joined = this.#join();
    this.#views = [joined];
    this.#retained = this.#bytes;
    this.#own = true;
    return joined;
  }

  /** All in one buffer of its own, and forgets it. */
  take(): Buffer {
    // A single view of a chunk is copied too: what leaves here is kept in rings, and must not keep a chunk of the network alive.
    const joined = this.#own ? (this.#views[0] as Buffer) : this.#join();
    this.clear();
    return joined;
  }

  #join(): Buffer {
    const joined = this.#slab.take(this.#bytes);
    const views = this.#views;
    for (let i = 0, at = 0; i < views.length; i++) {
      const view = views[i] as Buffer;
      joined.set(view, at);
      at += view.length;
    }
    return joined;
  }

  clear(): void {
    this.#views = [];
    this.#bytes = 0;
    this.#retained = 0;
    this.#own = false;
  }
}
