import { type CloseReason, type Frame, messageOf, type Publisher, SluiceError } from '@sluice/core';

/** What a gate tells its owner. */
export interface FrameGateEvents {
  /** Becomes the publisher. Called once, with the first frame. */
  publish(): Promise<Publisher>;
  /** The first frame was published. */
  live(): void;
  /** Publishing was refused. */
  refused(error: SluiceError): void;
}

/** Frames kept while publishing is being asked for. */
const MAX_WAITING = 512;

/** Publishes with the first frame, so that a stream never shows before there is a picture or sound. */
export class FrameGate {
  readonly #events: FrameGateEvents;
  #waiting: Frame[] | undefined;
  #publisher: Publisher | undefined;
  #closed: CloseReason | undefined;
  #bytes = 0;

  constructor(events: FrameGateEvents) {
    this.#events = events;
  }

  get publisher(): Publisher | undefined {
    return this.#publisher;
  }

  /** Counts bytes of the wire, those before the stream is there too. */
  received(bytes: number): void {
    if (this.#publisher === undefined) this.#bytes += bytes;
    else this.#publisher.received(bytes);
  }

  write(frame: Frame): void {
    if (this.#publisher !== undefined) {
      this.#publisher.write(frame);
      return;
    }
    if (this.#closed !== undefined) return;
    if (this.#waiting === undefined) {
      this.#waiting = [frame];
      void this.#open();
    } else if (this.#waiting.length < MAX_WAITING) {
      this.#waiting.push(frame);
    }
  }

  async close(reason: CloseReason): Promise<void> {
    if (this.#closed !== undefined) return;
    this.#closed = reason;
    this.#waiting = undefined;
    await this.#publisher?.close(reason);
  }

  async #open(): Promise<void> {
    let publisher: Publisher;
    try {
      publisher = await this.#events.publish();
    } catch (error) {
      if (this.#closed === undefined) this.#events.refused(error instanceof SluiceError ? error : new SluiceError('ERR_RTP_PUBLISH', messageOf(error)));
      return;
    }
    if (this.#closed !== undefined) {
      await publisher.close(this.#closed);
      return;
    }
    this.#publisher = publisher;
    publisher.received(this.#bytes);
    for (const frame of this.#waiting ?? []) publisher.write(frame);
    this.#waiting = undefined;
    this.#events.live();
  }
}
