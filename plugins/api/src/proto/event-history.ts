import type { ReportEvent } from '@sluice/core';

/** An event, and its text once somebody wanted it. */
export interface KeptEvent {
  readonly event: ReportEvent;
  text: string | undefined;
}

/** The newest events, up to a number. Each has a position, which counts from 0. */
export class EventHistory {
  readonly #limit: number;
  readonly #events: KeptEvent[] = [];
  #next = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Position of the event that comes next. */
  get next(): number {
    return this.#next;
  }

  add(event: ReportEvent): void {
    this.#events.push({ event, text: undefined });
    this.#next++;
    if (this.#events.length > this.#limit) this.#events.shift();
  }

  /** The event at a position; `undefined` where it is not kept any more, or did not happen yet. */
  at(position: number): KeptEvent | undefined {
    return this.#events[position - this.#first];
  }

  /** Position of what came after the event `id`: the oldest that is kept, where that one is not known any more. */
  after(id: string): number {
    return this.#first + this.#events.findIndex(({ event }) => event.id === id) + 1;
  }

  get #first(): number {
    return this.#next - this.#events.length;
  }
}
