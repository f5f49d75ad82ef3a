import type { Cancel, Clock } from '@sluice/core';
import type { SqliteFile } from '@sluice/plugin-sqlite';

const DELAY_MS = 1000;
/** A batch blocks the event loop while it is written: so many rows take about 2 ms. */
const MAX_BATCH = 500;
const PAUSE_MS = 5;

/** A statement that is to be run. */
export interface Write {
  readonly sql: string;
  readonly parameters: readonly (string | number)[];
}

/** Writes that may wait, in their order, a second at most and in batches of a bounded size; of several of one key only the newest is written. */
export class WriteQueue {
  readonly #db: SqliteFile;
  readonly #clock: Clock;
  readonly #onError: (error: unknown) => void;
  readonly #waiting = new Map<string, Write>();
  #cancel: Cancel | undefined;

  constructor(db: SqliteFile, clock: Clock, onError: (error: unknown) => void) {
    this.#db = db;
    this.#clock = clock;
    this.#onError = onError;
  }

  get size(): number {
    return this.#waiting.size;
  }

  add(key: string, write: Write): void {
    this.#waiting.delete(key);
    this.#waiting.set(key, write);
    this.#cancel ??= this.#clock.after(DELAY_MS, () => this.#batch());
  }

  /** It was overtaken by a write that did not wait. */
  drop(key: string): void {
    this.#waiting.delete(key);
  }

  /** Writes all now. */
  flush(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#write([...this.#waiting.keys()]);
  }

  #batch(): void {
    this.#cancel = undefined;
    const keys: string[] = [];
    for (const key of this.#waiting.keys()) if (keys.push(key) >= MAX_BATCH) break;
    this.#write(keys);
    if (this.#waiting.size > 0) this.#cancel = this.#clock.after(PAUSE_MS, () => this.#batch());
  }

  #write(keys: readonly string[]): void {
    if (keys.length === 0) return;
    try {
      this.#db.transaction(() => {
        for (const key of keys) {
          const write = this.#waiting.get(key);
          if (write !== undefined) this.#db.run(write.sql, ...write.parameters);
        }
      });
    } catch (error) {
      this.#onError(error);
    }
    // What could not be written is not tried again: its next change is.
    for (const key of keys) this.#waiting.delete(key);
  }
}
