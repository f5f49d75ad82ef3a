import { type Frame, shiftFrame } from '../media/frame.js';
import { rescale } from '../media/time.js';

/**
 * Keeps one time line over several publishers: the frames of a publisher that takes over are moved so that they go on where the last
 * one stopped, plus the time that really passed. The first publisher's times are left as they are.
 */
export class Timeline {
  #lastMs = Number.NEGATIVE_INFINITY;
  #lastAtMs = 0;
  #offsetMs: number | undefined = 0;
  readonly #floorByTrack = new Map<number, number>();
  #guarded = false;

  /** A new publisher begins; its first frame sets the offset. */
  restart(): void {
    if (this.#lastMs === Number.NEGATIVE_INFINITY) return;
    this.#offsetMs = undefined;
    this.#guarded = true;
  }

  /** The frame on the stream's time line, or `undefined` for a frame that would go back behind what its track already showed. */
  place(frame: Frame, nowMs: number): Frame | undefined {
    const { clockRate, id } = frame.track;
    if (this.#offsetMs === undefined) {
      const elapsedMs = Math.max(1, nowMs - this.#lastAtMs);
      this.#offsetMs = Math.round(this.#lastMs + elapsedMs - (frame.dts * 1000) / clockRate);
    }
    const placed = shiftFrame(frame, rescale(this.#offsetMs, 1000, clockRate));
    const placedMs = (placed.dts * 1000) / clockRate;
    if (this.#guarded && placedMs <= (this.#floorByTrack.get(id) ?? Number.NEGATIVE_INFINITY)) return undefined;
    this.#floorByTrack.set(id, placedMs);
    this.#lastMs = Math.max(this.#lastMs, placedMs);
    this.#lastAtMs = nowMs;
    return placed;
  }
}
