import { type Frame, sameTrack, type Track } from '@sluice/core';
import { OpenSegment } from './open-segment.js';
import { frameMs, Pace } from './pace.js';

/** Frames of one segment. */
export interface SegmentFrames {
  /** Tracks of this segment and those that belong to it. */
  readonly tracks: readonly Track[];
  /** The first is where a decoder can start. */
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
/** Sound may come so much later than its pictures and still be of their segment: what is made of another codec does. */
const LATE_SOUND_MS = 1000;

/**
 * Cuts a stream into segments that each begin with a key frame. A new track, other parameters and a leap of the times begin anew; parameters are compared
 * byte by byte. A track is one of the segment if it has a frame in it: sound that was announced and never comes holds nothing up.
 */
export class Segmenter {
  readonly #options: SegmenterOptions;
  readonly #sink: SegmentSink;
  readonly #pace = new Pace();
  readonly #announced = new Set<Track['kind']>();
  #open: OpenSegment | undefined;
  /** A segment that has all its pictures, and waits for its last sound. */
  #ending: { readonly segment: OpenSegment; readonly endMs: number } | undefined;
  /** Tracks of the segments since the last restart; undefined: the next one restarts. */
  #told: ReadonlyMap<number, Track> | undefined;
  /** A track changed in the middle of the open segment, which ends at the next chance. */
  #cutSoon = false;

  constructor(options: SegmenterOptions, sink: SegmentSink) {
    this.#options = options;
    this.#sink = sink;
  }

  /** A track that will come, as far as is known. */
  announce({ kind }: Track): void {
    this.#announced.add(kind);
  }

  push(frame: Frame): void {
    if (this.#pace.leaps(frame)) this.interrupt();
    this.#pace.note(frame);
    if (this.#ending !== undefined && this.#completes(frame, this.#ending)) return;
    if (this.#canStart(frame) && (this.#open === undefined || this.#isDue(frame, this.#open))) this.#begin(frame);
    else if (this.#open?.takes(frame.track) === true) this.#open.add(frame);
    else this.#cutSoon = true;
    if (this.#open !== undefined && this.#open.bytes > this.#options.maxBytes) this.#discard();
  }

  /** What comes next does not follow from what was. The open segment ends with its last frame. */
  interrupt(): void {
    this.#end();
    if (this.#open !== undefined) this.#emit(this.#open, this.#open.naturalEndMs(this.#pace));
    this.#open = undefined;
    this.#told = undefined;
    this.#pace.clear();
  }

  /** Takes sound that belongs to the segment that waits for it, and ends the wait when later sound comes, or none. True where the frame is taken. */
  #completes(frame: Frame, { segment, endMs }: { readonly segment: OpenSegment; readonly endMs: number }): boolean {
    const late = frameMs(frame) - endMs;
    const sound = frame.track.kind !== 'video';
    if (sound && late < 0 && segment.takes(frame.track)) {
      segment.add(frame);
      return true;
    }
    if (late >= (sound ? 0 : LATE_SOUND_MS)) this.#end();
    return false;
  }

  /** Pictures begin segments where there are any. */
  #canStart(frame: Frame): boolean {
    if (frame.track.kind === 'video') return frame.key;
    const since = this.#pace.videoMs ?? (this.#announced.has('video') ? this.#pace.firstMs : undefined);
    return since === undefined || frameMs(frame) - since >= NO_PICTURE_MS;
  }

  /** Whether the open segment ends before this frame, which a segment can begin with. */
  #isDue(frame: Frame, open: OpenSegment): boolean {
    const known = open.tracks.get(frame.track.id);
    if (this.#cutSoon || known === undefined || !sameTrack(known, frame.track)) return true;
    if (open.hasVideo && frame.track.kind !== 'video') return true;
    const shortest = this.#told === undefined ? Math.min(FIRST_SEGMENT_MS, this.#options.segmentMs) : this.#options.segmentMs;
    return frameMs(frame) - open.startMs >= shortest * TOLERANCE;
  }

  #begin(frame: Frame): void {
    const open = this.#open;
    this.#end();
    // With other pictures the last one of before lasts until the new ones begin.
    if (open !== undefined) this.#finish(open, open.tracks.has(frame.track.id) ? frameMs(frame) : open.naturalEndMs(this.#pace));
    this.#open = new OpenSegment(frame);
    this.#cutSoon = false;
  }

  /** The segment has all its pictures; it is given out now, or with its last sound. */
  #finish(segment: OpenSegment, endMs: number): void {
    if (this.#awaitsSound(segment, endMs)) this.#ending = { segment, endMs };
    else this.#emit(segment, endMs);
  }

  #awaitsSound(segment: OpenSegment, endMs: number): boolean {
    if (!segment.hasVideo) return false;
    if (!segment.hasAudio) return this.#told === undefined && this.#announced.has('audio');
    for (const { id, kind } of segment.tracks.values()) {
      const position = this.#pace.of(id);
      if (kind === 'audio' && position !== undefined && position.ms + position.stepMs < endMs) return true;
    }
    return false;
  }

  #end(): void {
    if (this.#ending === undefined) return;
    const { segment, endMs } = this.#ending;
    this.#ending = undefined;
    this.#emit(segment, endMs);
  }

  #emit({ tracks, frames, startMs }: OpenSegment, endMs: number): void {
    const restart = this.#restarts(tracks);
    if (restart) this.#told = tracks;
    const listed = [...(this.#told ?? tracks).values()].sort((a, b) => a.id - b.id);
    this.#sink.segment({ tracks: listed, frames, startMs, endMs: Math.max(endMs, startMs + 1), restart });
  }

  #restarts(tracks: ReadonlyMap<number, Track>): boolean {
    const told = this.#told;
    if (told === undefined) return true;
    for (const [id, track] of tracks) {
      const before = told.get(id);
      if (before === undefined || !sameTrack(before, track)) return true;
    }
    return false;
  }

  #discard(): void {
    this.#end();
    this.#open = undefined;
    this.#told = undefined;
    this.#sink.tooLarge();
  }
}
