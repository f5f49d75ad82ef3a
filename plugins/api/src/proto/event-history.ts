import type { ReportEvent } from '@sluice/core';

/** The newest events, up to a number. */
export class EventHistory {
  readonly #limit: number;
  readonly #events: ReportEvent[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(event: ReportEvent): void {
    this.#events.push(event);
    if (this.#events.length > this.#limit) this.#events.shift();
  }

  /** What came after the event `id`; everything kept, where it is not known any more. */
  after(id: string): readonly ReportEvent[] {
    const at = this.#events.findIndex((event) => event.id === id);
    return this.#events.slice(at + 1);
  }
}
