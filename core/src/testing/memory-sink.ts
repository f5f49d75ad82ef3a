import type { CloseReason } from '../stream/close-reason.js';
import type { ViewerSink } from '../stream/types.js';

/** A viewer's connection in memory. `full` makes it refuse more, as a socket does. */
export class MemorySink implements ViewerSink {
  readonly writes: Buffer[] = [];
  ended: CloseReason | undefined;
  full = false;

  get queued(): number {
    return this.full ? this.bytes.length : 0;
  }
  /** Everything written. */
  get bytes(): Buffer {
    return Buffer.concat(this.writes);
  }
  write(bytes: Buffer): boolean {
    this.writes.push(bytes);
    return !this.full;
  }
  end(reason: CloseReason): void {
    this.ended = reason;
  }
}
