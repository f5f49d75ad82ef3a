import type { Lane } from './lane.js';

const MAX_OFFSETS = 8;

/**
 * The offsets that tracks of a publisher were moved by. A track that leaps is first tried with those: both tracks leap to the same place,
 * and back to where they were, so that they stay beside each other to the millisecond.
 */
export class Offsets {
  readonly #list: number[] = [0];

  /** Newest offset in ms. */
  get newestMs(): number {
    return this.#list[this.#list.length - 1] as number;
  }

  add(ms: number): void {
    this.#list.push(ms);
    if (this.#list.length > MAX_OFFSETS) this.#list.shift();
  }

  /** The newest offset, in ticks, that puts `raw` between two times in ms; `undefined` where none does. */
  find(lane: Lane, raw: number, fromMs: number, toMs: number): number | undefined {
    for (let i = this.#list.length - 1; i >= 0; i--) {
      const offset = lane.toTicks(this.#list[i] as number);
      const ms = lane.toMs(raw + offset);
      if (ms >= fromMs && ms <= toMs) return offset;
    }
    return undefined;
  }
}
