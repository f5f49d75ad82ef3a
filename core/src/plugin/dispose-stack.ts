import { withTimeout } from '../hooks/taps.js';

/** Tear-down work, run last in first out, each step whatever the others do. */
export class DisposeStack {
  readonly #steps: (() => Promise<void> | void)[] = [];

  push(step: () => Promise<void> | void): void {
    this.#steps.push(step);
  }

  /** Runs all steps, each no longer than `stepTimeoutMs` then says; errors are told, not thrown. */
  async run(stepTimeoutMs: () => number, onError: (error: unknown) => void): Promise<void> {
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      try {
        await withTimeout(Promise.resolve(step()), stepTimeoutMs());
      } catch (error) {
        onError(error);
      }
    }
  }
}
