import type { PlaylistSegment } from '../proto/playlist.js';
import type { SegmentStore } from './segment-store.js';

/** How much is kept. */
export interface WindowLimits {
  readonly playlistSegments: number;
  readonly keptSegments: number;
  readonly maxBytes: number;
}

/** A segment to be kept. */
export interface NewSegment {
  readonly bytes: Buffer;
  readonly suffix: string;
  readonly durationMs: number;
  readonly discontinuity: boolean;
  /** The initialisation segment, where it is another one than before. */
  readonly init?: Buffer;
  readonly startedAtMs: number;
}

interface Kept extends PlaylistSegment {
  readonly bytes: number;
}

/** A playlist must name something, whatever the limits are. */
const MIN_SEGMENTS = 2;

/** The newest segments of a stream: numbered, bounded by number and bytes. */
export class SegmentWindow {
  readonly #limits: WindowLimits;
  readonly #store: SegmentStore;
  #segments: Kept[] = [];
  #next = 0;
  #inits = 0;
  #discontinuities = 0;
  #bytes = 0;
  #map: string | undefined;
  #longestMs = 0;

  constructor(limits: WindowLimits, store: SegmentStore) {
    this.#limits = limits;
    this.#store = store;
  }

  /** Number of the next segment. */
  get next(): number {
    return this.#next;
  }
  /** Duration of the longest segment ever. */
  get longestMs(): number {
    return this.#longestMs;
  }
  /** What a playlist names now. */
  get listed(): readonly PlaylistSegment[] {
    return this.#segments.slice(-this.#limits.playlistSegments);
  }
  get bytes(): number {
    return this.#bytes;
  }

  add({ bytes, suffix, durationMs, discontinuity, init, startedAtMs }: NewSegment): void {
    if (init !== undefined) {
      this.#map = `init-${this.#inits++}.${suffix}`;
      this.#store.put(this.#map, init);
    } else if (discontinuity) {
      this.#map = undefined;
    }
    const file = `${this.#next}.${suffix}`;
    const named = { sequence: this.#next, file, durationMs, discontinuity, discontinuitiesBefore: this.#discontinuities, startedAtMs, bytes: bytes.length };
    this.#segments.push(this.#map === undefined ? named : { ...named, map: this.#map });
    this.#store.put(file, bytes);
    this.#next++;
    this.#bytes += bytes.length;
    this.#longestMs = Math.max(this.#longestMs, durationMs);
    if (discontinuity) this.#discontinuities++;
    this.#trim();
  }

  #trim(): void {
    const { playlistSegments, keptSegments, maxBytes } = this.#limits;
    const isOver = (): boolean => this.#segments.length > playlistSegments + keptSegments || this.#bytes > maxBytes;
    while (this.#segments.length > MIN_SEGMENTS && isOver()) {
      const oldest = this.#segments.shift() as Kept;
      this.#bytes -= oldest.bytes;
      this.#store.remove(oldest.file);
      const { map } = oldest;
      if (map !== undefined && map !== this.#map && this.#segments[0]?.map !== map) this.#store.remove(map);
    }
  }
}
