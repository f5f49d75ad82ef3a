import { type Frame, sameTrack, type Track } from '@sluice/core';
import { frameMs, type Pace } from './pace.js';

/** A segment in the making. */
export class OpenSegment {
  readonly startMs: number;
  readonly tracks = new Map<number, Track>();
  readonly frames: Frame[] = [];
  bytes = 0;

  /** `first` is where a decoder can start. */
  constructor(first: Frame) {
    this.startMs = frameMs(first);
    this.add(first);
  }

  get hasVideo(): boolean {
    return this.#has('video');
  }
  get hasAudio(): boolean {
    return this.#has('audio');
  }

  #has(kind: Track['kind']): boolean {
    for (const track of this.tracks.values()) if (track.kind === kind) return true;
    return false;
  }

  /** Whether a decoder of this segment could take frames of a track. Pictures cannot begin in its middle. */
  takes(track: Track): boolean {
    const known = this.tracks.get(track.id);
    return known === undefined ? track.kind !== 'video' : sameTrack(known, track);
  }

  add(frame: Frame): void {
    this.tracks.set(frame.track.id, frame.track);
    this.frames.push(frame);
    this.bytes += frame.size;
  }

  /** Where it ends if nothing follows: behind its last picture, or its last sound where it has none. */
  naturalEndMs(pace: Pace): number {
    const last = this.frames.findLast(({ track }) => !this.hasVideo || track.kind === 'video');
    return last === undefined ? this.startMs : frameMs(last) + (pace.of(last.track.id)?.stepMs ?? 0);
  }
}
