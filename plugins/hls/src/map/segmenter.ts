import { type Frame, sameTrack, type Track } from '@sluice/core';

/** Frames of one segment. */
export interface SegmentFrames {
  /** Tracks of this segment and those that belong to it. */
  readonly tracks: readonly Track[];
  /** In the order in which they came; the first is where a decoder can start. */
  readonly frames: readonly Frame[];
  /** On the stream's time line, in milliseconds. */
  readonly startMs: number;
  readonly endMs: number;
  /** Its times or its tracks do not follow from the segment before. */
  readonly restart: boolean;
}

/** How a stream is cut. */
export interface SegmenterOptions {
  readonly segmentMs: number;
  readonly maxBytes: number;
}

/** Where segments go. */
export interface SegmentSink {
  segment(frames: SegmentFrames): void;
  /** A segment was thrown away: it is too large. */
  tooLarge(): void;
}

/** The first segment may be shorter: somebody waits for it. */
const FIRST_SEGMENT_MS = 1000;
/** Key frames that come a little early do. */
const TOLERANCE = 0.9;
/** Without a picture for so long the stream is one of sound. */
const NO_PICTURE_MS = 5000;
/** Nothing for so long, and for several frames, is a hole in the time line. */
const HOLE_MS = 1000;
const HOLE_FRAMES = 4;
/** The same, as long as the distance of frames is not known. */
const FIRST_HOLE_MS = 10_000;
const BACKWARD_MS = 500;

/** Where a track stands. */
interface Position {
  ms: number;
  stepMs: number;
}

/**
 * Cuts a stream into segments that each begin with a key frame. A new track, other parameters and a leap of the times begin anew; parameters are compared
 * byte by byte. A track is one of the segment if it has a frame in it: sound that was announced and never comes holds nothing up.
 */
export class Segmenter {
  readonly #options: SegmenterOptions;
  readonly #sink: SegmentSink;
  #frames: Frame[] = [];
  #bytes = 0;
  #startMs = 0;
  /** Tracks of the open segment. */
  #tracks = new Map<number, Track>();
  /** Tracks of the segments since the last restart; undefined: the next one restarts. */
  #told: Map<number, Track> | undefined;
  readonly #positions = new Map<number, Position>();
  #firstMs: number | undefined;
  #videoKnown = false;
  #videoMs: number | undefined;
  #videoId: number | undefined;
  /** Something of the open segment changed in its middle: it ends at the next chance. */
  #cutSoon = false;

  constructor(options: SegmenterOptions, sink: SegmentSink) {
    this.#options = options;
    this.#sink = sink;
  }

  /** A track that will come, as far as is known. */
  announce({ kind }: Track): void {
    if (kind === 'video') this.#videoKnown = true;
  }

  push(frame: Frame): void {
    const ms = (frame.dts * 1000) / frame.track.clockRate;
    if (this.#leaps(frame, ms)) this.interrupt();
    this.#move(frame, ms);
    const begins = this.#canStart(frame, ms) && (this.#frames.length === 0 || this.#isDue(frame, ms));
    if (begins) this.#begin(frame, ms);
    else if (this.#frames.length === 0 || !this.#belongs(frame)) return;
    this.#frames.push(frame);
    this.#bytes += frame.size;
    if (this.#bytes > this.#options.maxBytes) this.#discard();
  }

  /** What comes next does not follow from what was. The open segment ends with its last frame. */
  interrupt(): void {
    if (this.#frames.length > 0) this.#close(this.#naturalEndMs());
    this.#told = undefined;
    this.#positions.clear();
    this.#firstMs = undefined;
    this.#videoMs = undefined;
  }

  #leaps({ track }: Frame, ms: number): boolean {
    const own = this.#positions.get(track.id);
    if (own !== undefined && ms < own.ms - BACKWARD_MS) return true;
    if (this.#positions.size === 0) return false;
    let newestMs = Number.NEGATIVE_INFINITY;
    for (const position of this.#positions.values()) newestMs = Math.max(newestMs, position.ms);
    const pace = this.#positions.get(this.#videoId ?? track.id);
    const holeMs = pace === undefined || pace.stepMs === 0 ? FIRST_HOLE_MS : Math.max(HOLE_MS, HOLE_FRAMES * pace.stepMs);
    return ms - newestMs > holeMs;
  }

  #move({ track }: Frame, ms: number): void {
    this.#firstMs ??= ms;
    if (track.kind === 'video') {
      this.#videoMs = ms;
      this.#videoId = track.id;
    }
    const position = this.#positions.get(track.id);
    if (position === undefined) {
      this.#positions.set(track.id, { ms, stepMs: 0 });
    } else {
      if (ms > position.ms) position.stepMs = ms - position.ms;
      position.ms = ms;
    }
  }

  /** Pictures begin segments where there are any. */
  #canStart({ track, key }: Frame, ms: number): boolean {
    if (track.kind === 'video') return key;
    const since = this.#videoMs ?? (this.#videoKnown ? this.#firstMs : undefined);
    return since === undefined || ms - since >= NO_PICTURE_MS;
  }

  /** Whether the open segment ends before this frame, which a segment can begin with. */
  #isDue({ track }: Frame, ms: number): boolean {
    const known = this.#tracks.get(track.id);
    if (this.#cutSoon || known === undefined || !sameTrack(known, track)) return true;
    const pictures = this.#videoId !== undefined && this.#tracks.has(this.#videoId);
    if (pictures && track.kind !== 'video') return true;
    const shortest = this.#told === undefined ? Math.min(FIRST_SEGMENT_MS, this.#options.segmentMs) : this.#options.segmentMs;
    return ms - this.#startMs >= shortest * TOLERANCE;
  }

  #begin(frame: Frame, ms: number): void {
    // With other pictures the last one of before lasts until the new ones begin.
    if (this.#frames.length > 0) this.#close(this.#tracks.has(frame.track.id) ? ms : this.#naturalEndMs());
    this.#startMs = ms;
    this.#tracks = new Map([[frame.track.id, frame.track]]);
  }

  /** False for frames that a decoder of this segment could not take. */
  #belongs({ track }: Frame): boolean {
    const known = this.#tracks.get(track.id);
    if (known !== undefined && !sameTrack(known, track)) {
      this.#cutSoon = true;
      return false;
    }
    // A picture that is no key frame, in a segment that began without pictures.
    if (known === undefined && track.kind === 'video') return false;
    this.#tracks.set(track.id, track);
    return true;
  }

  #naturalEndMs(): number {
    const timed = this.#frames.filter(({ track }) => track.kind === 'video');
    const last = (timed.length > 0 ? timed : this.#frames).at(-1) as Frame;
    const stepMs = this.#positions.get(last.track.id)?.stepMs ?? 0;
    return (last.dts * 1000) / last.track.clockRate + stepMs;
  }

  #close(endMs: number): void {
    const restart = this.#restarts();
    if (restart) this.#told = this.#tracks;
    const tracks = [...(this.#told ?? this.#tracks).values()].sort((a, b) => a.id - b.id);
    const segment = { tracks, frames: this.#frames, startMs: this.#startMs, endMs: Math.max(endMs, this.#startMs + 1), restart };
    this.#empty();
    this.#sink.segment(segment);
  }

  #restarts(): boolean {
    const told = this.#told;
    if (told === undefined) return true;
    for (const [id, track] of this.#tracks) {
      const before = told.get(id);
      if (before === undefined || !sameTrack(before, track)) return true;
    }
    return false;
  }

  #empty(): void {
    this.#frames = [];
    this.#bytes = 0;
    this.#tracks = new Map();
    this.#cutSoon = false;
  }

  #discard(): void {
    this.#empty();
    this.#told = undefined;
    this.#sink.tooLarge();
  }
}
