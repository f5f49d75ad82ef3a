import { Buffer } from 'node:buffer';

const BEAT = 0;
const TARGET = 1;
const LENGTH = 2;
const HEAD_BYTES = 16;
/** Longer inputs than any target takes. */
export const MAX_INPUT_BYTES = 256 * 1024;

/** What a thread is at, in memory that the main thread can read when the thread hangs. */
export class Progress {
  readonly shared: SharedArrayBuffer;
  readonly #head: Int32Array;
  readonly #input: Buffer;

  constructor(shared = new SharedArrayBuffer(HEAD_BYTES + MAX_INPUT_BYTES)) {
    this.shared = shared;
    this.#head = new Int32Array(shared, 0, HEAD_BYTES / 4);
    this.#input = Buffer.from(shared, HEAD_BYTES);
  }

  /** An input is about to be executed. */
  begin(target: number, input: Buffer): void {
    input.copy(this.#input);
    Atomics.store(this.#head, TARGET, target);
    Atomics.store(this.#head, LENGTH, Math.min(input.length, MAX_INPUT_BYTES));
    this.beat();
  }

  /** A sign of life. */
  beat(): void {
    Atomics.add(this.#head, BEAT, 1);
  }

  /** Changes with each sign of life. */
  get beats(): number {
    return Atomics.load(this.#head, BEAT);
  }

  /** What is being executed. */
  current(): { readonly target: number; readonly input: Buffer } {
    return { target: Atomics.load(this.#head, TARGET), input: Buffer.from(this.#input.subarray(0, Atomics.load(this.#head, LENGTH))) };
  }
}
