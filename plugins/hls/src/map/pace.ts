import type { Frame } from '@sluice/core';

/** Nothing for so long, and for several frames, is a hole in the time line. */
const HOLE_MS = 1000;
const HOLE_FRAMES = 4;
/** The same, as long as the distance of frames is not known. */
const FIRST_HOLE_MS = 10_000;
const BACKWARD_MS = 500;

/** Where a track stands. */
export interface Position {
  /** Time of its newest frame, in milliseconds. */
  readonly ms: number;
  /** From the frame before to that one. */
  readonly stepMs: number;
}

/** Decoding time of a frame in milliseconds. */
export function frameMs({ dts, track }: Frame): number {
  return (dts * 1000) / track.clockRate;
}

/** How the tracks of a stream go on: what they usually do, and where they leap. */
export class Pace {
  readonly #positions = new Map<number, Position>();
  #videoId: number | undefined;
  #firstMs: number | undefined;

  /** Time of the first frame. */
  get firstMs(): number | undefined {
    return this.#firstMs;
  }
  /** Time of the newest picture. */
  get videoMs(): number | undefined {
    return this.#videoId === undefined ? undefined : this.#positions.get(this.#videoId)?.ms;
  }

  of(trackId: number): Position | undefined {
    return this.#positions.get(trackId);
  }

  /** Whether a frame is not where its track could be: back, or behind a hole in which no track had anything. */
  leaps(frame: Frame): boolean {
    const ms = frameMs(frame);
    const own = this.#positions.get(frame.track.id);
    if (own === undefined && this.#positions.size === 0) return false;
    if (own !== undefined && ms < own.ms - BACKWARD_MS) return true;
    let newestMs = Number.NEGATIVE_INFINITY;
    for (const position of this.#positions.values()) newestMs = Math.max(newestMs, position.ms);
    const pace = this.#positions.get(this.#videoId ?? frame.track.id);
    const holeMs = pace === undefined || pace.stepMs === 0 ? FIRST_HOLE_MS : Math.max(HOLE_MS, HOLE_FRAMES * pace.stepMs);
    return ms - newestMs > holeMs;
  }

  note(frame: Frame): void {
    const { id, kind } = frame.track;
    const ms = frameMs(frame);
    this.#firstMs ??= ms;
    if (kind === 'video') this.#videoId = id;
    const last = this.#positions.get(id);
    this.#positions.set(id, { ms, stepMs: last === undefined ? 0 : ms > last.ms ? ms - last.ms : last.stepMs });
  }

  clear(): void {
    this.#positions.clear();
    this.#firstMs = undefined;
  }
}
