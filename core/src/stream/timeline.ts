import { type Frame, shiftFrame } from '../media/frame.js';
import { rescale } from '../media/time.js';

/** For how long after a take-over the tracks are kept from going back. */
const GUARD_MS = 5000;

/**
 * Keeps one time line over several publishers: the frames of a publisher that takes over are moved so that they go on where the last
 * one stopped, plus the time that really passed. The first publisher's times are left as they are, and so are leaps of any publisher
 * within its own times: those are not this one's business.
 */
export class Timeline {
  #lastMs = Number.NEGATIVE_INFINITY;
  #lastAtMs = 0;
  #offsetMs: number | undefined = 0;
  readonly #lastByTrack = new Map<number, number>();
  /** Times that tracks must pass after a take-over; a track that did is not looked at any more. */
  readonly #floors = new Map<number, number>();
  #guardUntilMs = 0;

  /** A new publisher begins; its first frame sets the offset. */
  restart(): void {
    if (this.#lastMs === Number.NEGATIVE_INFINITY) return;
    this.#offsetMs = undefined;
    for (const [id, lastMs] of this.#lastByTrack) this.#floors.set(id, lastMs);
    this.#lastByTrack.clear();
  }

  /** The frame on the stream's time line, or `undefined` for a frame that would go back behind what the last publisher showed. */
  place(frame: Frame, nowMs: number): Frame | undefined {
    const { clockRate, id } = frame.track;
    if (this.#offsetMs === undefined) {
      const elapsedMs = Math.max(1, nowMs - this.#lastAtMs);
      this.#offsetMs = Math.round(this.#lastMs + elapsedMs - (frame.dts * 1000) / clockRate);
      this.#guardUntilMs = nowMs + GUARD_MS;
      this.#lastMs = Number.NEGATIVE_INFINITY;
    }
    const placed = shiftFrame(frame, rescale(this.#offsetMs, 1000, clockRate));
    const placedMs = (placed.dts * 1000) / clockRate;
    if (this.#floors.size > 0 && this.#isBehind(id, placedMs, nowMs)) return undefined;
    this.#lastByTrack.set(id, placedMs);
    this.#lastMs = Math.max(this.#lastMs, placedMs);
    this.#lastAtMs = nowMs;
    return placed;
  }

  #isBehind(id: number, placedMs: number, nowMs: number): boolean {
    if (nowMs >= this.#guardUntilMs) {
      this.#floors.clear();
      return false;
    }
    const floorMs = this.#floors.get(id);
    if (floorMs === undefined) return false;
    if (placedMs <= floorMs) return true;
    this.#floors.delete(id);
    return false;
  }
}
