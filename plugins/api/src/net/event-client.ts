import type { Writable } from 'node:stream';
import type { EventHistory } from '../proto/event-history.js';
import { KEEP_ALIVE, serializeServerSentEvent } from '../proto/server-sent-event.js';

/**
 * A client of `GET /events`: a place in the history and a connection. A slow one is given more when it has taken what it was given, so it costs no
 * memory; one that is behind further than the history reaches, or takes nothing at all for a while, is cut and can resume.
 */
export class EventClient {
  readonly #response: Writable;
  readonly #history: EventHistory;
  readonly #wanted: (type: string) => boolean;
  #position: number;
  #full = false;
  /** Ticks since it was full first. */
  #stuck = 0;

  /** Begins at a position of the history. The response's head is written. */
  constructor(response: Writable, history: EventHistory, wanted: (type: string) => boolean, position: number) {
    this.#response = response;
    this.#history = history;
    this.#wanted = wanted;
    this.#position = position;
    response.on('drain', () => {
      this.#full = false;
      this.#stuck = 0;
      this.send();
    });
    // Its head goes out at once.
    response.write(KEEP_ALIVE);
  }

  /** Sends what there is and what it takes. */
  send(): void {
    while (!this.#full && this.#position < this.#history.next) {
      const kept = this.#history.at(this.#position++);
      if (kept === undefined) {
        this.#response.destroy();
        return;
      }
      if (!this.#wanted(kept.event.type)) continue;
      kept.text ??= serializeServerSentEvent(kept.event);
      this.#full = !this.#response.write(kept.text);
    }
  }

  /** Keeps the connection alive. One that has taken nothing for `maxStuck` ticks is cut. */
  tick(maxStuck: number): void {
    if (!this.#full) this.#response.write(KEEP_ALIVE);
    else if (++this.#stuck > maxStuck) this.#response.destroy();
  }

  end(): void {
    this.#response.end();
  }
}
