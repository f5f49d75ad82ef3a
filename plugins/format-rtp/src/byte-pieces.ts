import { Buffer } from 'node:buffer';

const MAX_PIECES = 4096;

/** Parts of one access unit, copied as they come: sound is small. */
export class BytePieces {
  readonly #maxBytes: number;
  #pieces: Buffer[] = [];
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get length(): number {
    return this.#bytes;
  }

  /** False where it is too much. */
  append(view: Buffer): boolean {
    if (this.#bytes + view.length > this.#maxBytes || this.#pieces.length >= MAX_PIECES) return false;
    this.#pieces.push(Buffer.from(view));
    this.#bytes += view.length;
    return true;
  }

  take(): Buffer {
    const data = this.#pieces.length === 1 ? (this.#pieces[0] as Buffer) : Buffer.concat(this.#pieces, this.#bytes);
    this.clear();
    return data;
  }

  clear(): void {
    this.#pieces = [];
    this.#bytes = 0;
  }
}
