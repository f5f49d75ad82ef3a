import type { Frame } from '../media/frame.js';
import { inTime } from './patience.js';

/** Frames that a player got, for a test to look at one by one. */
export class FrameQueue {
  readonly #frames: Frame[] = [];
  #ended = false;
  #wake: (() => void) | undefined;

  /** True once nothing more comes; frames may be left. */
  get ended(): boolean {
    return this.#ended;
  }
  /** Frames not yet taken. */
  get length(): number {
    return this.#frames.length;
  }

  push(frame: Frame): void {
    this.#frames.push(frame);
    this.#wake?.();
  }

  /** The player's connection is over. */
  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  /** The next frame if it is there already. */
  take(): Frame | undefined {
    return this.#frames.shift();
  }

  /** The next frame; `undefined` when there are no more. Rejects with `ERR_TEST_TIMEOUT` where none comes. */
  async next(): Promise<Frame | undefined> {
    while (this.#frames.length === 0 && !this.#ended) {
      await inTime(
        'a frame',
        new Promise<void>((resolve) => {
          this.#wake = resolve;
        }),
      );
    }
    return this.#frames.shift();
  }

  /** Takes all there is until the connection ends. */
  async drain(): Promise<readonly Frame[]> {
    const all: Frame[] = [];
    for (let frame = await this.next(); frame !== undefined; frame = await this.next()) all.push(frame);
    return all;
  }
}
