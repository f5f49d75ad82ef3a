import type { Cancel, Clock } from '@sluice/core';

/** Lets the BYE of the lost call go first. */
const FIRST_MS = 100;
const MAX_WAIT_MS = 8000;
/** Media that lasted so long stopped for a reason of its own: the next try is at once again. */
const STEADY_MS = 30_000;

/** How to bring streams back. */
export interface RevivalOptions {
  readonly clock: Clock;
  /** Whether somebody still waits for a stream that nobody publishes. */
  readonly isWanted: (path: string) => boolean;
}

interface Lost {
  readonly deviceId: string;
  /** Resolves when the picture is there again; rejects when that failed. */
  readonly start: () => Promise<void>;
  tries: number;
  running: boolean;
  cancel: Cancel | undefined;
}

/** Invites again what stopped sending while somebody watches, with growing pauses: at once, then after 1, 2, 4 and every 8 s, until nobody waits. */
export class Revival {
  readonly #options: RevivalOptions;
  readonly #lost = new Map<string, Lost>();
  /** Tries of paths that came back but may not have for long. */
  readonly #tries = new Map<string, number>();
  #closed = false;

  constructor(options: RevivalOptions) {
    this.#options = options;
  }

  /** Paths that are waited for. */
  get size(): number {
    return this.#lost.size;
  }

  /** The media of a path stopped, after `livedMs`. */
  lost(path: string, deviceId: string, livedMs: number, start: () => Promise<void>): void {
    if (this.#closed || this.#lost.has(path)) return;
    const tries = livedMs >= STEADY_MS ? 0 : (this.#tries.get(path) ?? 0);
    this.#tries.delete(path);
    const lost: Lost = { deviceId, start, tries, running: false, cancel: undefined };
    this.#lost.set(path, lost);
    this.#schedule(path, lost);
  }

  /** The device is there (again): no need to wait longer. */
  deviceOnline(deviceId: string): void {
    for (const [path, lost] of [...this.#lost]) if (lost.deviceId === deviceId && !lost.running) this.#schedule(path, lost, FIRST_MS);
  }

  /** The path ended for another reason. */
  forget(path: string): void {
    this.#tries.delete(path);
    this.#end(path);
  }

  close(): void {
    this.#closed = true;
    for (const path of [...this.#lost.keys()]) this.forget(path);
    this.#tries.clear();
  }

  #schedule(path: string, lost: Lost, waitMs = lost.tries === 0 ? FIRST_MS : Math.min(1000 * 2 ** (lost.tries - 1), MAX_WAIT_MS)): void {
    lost.cancel?.();
    lost.cancel = this.#options.clock.after(waitMs, () => void this.#try(path, lost));
  }

  async #try(path: string, lost: Lost): Promise<void> {
    lost.cancel = undefined;
    if (!this.#options.isWanted(path)) return this.forget(path);
    lost.tries++;
    lost.running = true;
    const isBack = await lost.start().then(
      () => true,
      () => false,
    );
    lost.running = false;
    if (this.#closed || this.#lost.get(path) !== lost) return;
    if (!isBack) return this.#schedule(path, lost);
    this.#tries.set(path, lost.tries);
    this.#end(path);
  }

  #end(path: string): void {
    this.#lost.get(path)?.cancel?.();
    this.#lost.delete(path);
  }
}
