import { FIX_KINDS, type FixKind } from './fixes.js';
import type { Lane } from './lane.js';

const FIELDS = 8;

/** Times of one frame as the ring gives them. */
export interface KeptTimes {
  readonly track: number;
  readonly clockRate: number;
  readonly receivedAtMs: number;
  readonly dts: number;
  readonly pts: number;
  readonly outDts: number;
  readonly outPts: number;
  readonly repair?: FixKind;
}

/** The newest times, in one array made once. */
export class TimesRing {
  readonly #values: Float64Array;
  readonly #capacity: number;
  #count = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#values = new Float64Array(capacity * FIELDS);
  }

  /** Keeps the times of a frame that `lane` has just placed. */
  push(track: number, dts: number, pts: number, lane: Lane): void {
    if (this.#capacity === 0) return;
    const values = this.#values;
    const at = (this.#count++ % this.#capacity) * FIELDS;
    values[at] = track;
    values[at + 1] = lane.clockRate;
    values[at + 2] = lane.atMs;
    values[at + 3] = dts;
    values[at + 4] = pts;
    values[at + 5] = lane.out;
    values[at + 6] = lane.pts;
    values[at + 7] = lane.fix === undefined ? -1 : FIX_KINDS.indexOf(lane.fix);
  }

  /** All that is kept, oldest first. */
  list(): KeptTimes[] {
    const kept = Math.min(this.#count, this.#capacity);
    return Array.from({ length: kept }, (_, index) => this.#read(((this.#count - kept + index) % this.#capacity) * FIELDS));
  }

  #read(at: number): KeptTimes {
    const value = (field: number): number => this.#values[at + field] as number;
    const repair = FIX_KINDS[value(7)];
    return {
      track: value(0),
      clockRate: value(1),
      receivedAtMs: value(2),
      dts: value(3),
      pts: value(4),
      outDts: value(5),
      outPts: value(6),
      ...(repair === undefined ? {} : { repair }),
    };
  }
}
