import type { Frame } from '../media/frame.js';
import type { Track } from '../media/track.js';
import { type Choices, type Derivations, type Derived, mergeFrames } from './derivations.js';
import type { TrackAcceptance } from './track-deriver.js';

/** Which tracks of a stream one output gets: each the original or a derived one, chosen when it is first seen and again when it changes. */
export class TrackSelection {
  readonly #derivations: Derivations;
  readonly #output: TrackAcceptance;
  readonly #choices: Choices;
  /** By id: the track of the stream that was looked at last, and what the output gets for it. */
  readonly #sources = new Map<number, Track>();
  readonly #chosen = new Map<number, Track>();
  readonly #derived = new Map<number, Derived>();

  constructor(derivations: Derivations, output: TrackAcceptance, choices: Choices) {
    this.#derivations = derivations;
    this.#output = output;
    this.#choices = choices;
  }

  /** What the output gets for a track of the stream: itself, a derived one, or nothing. */
  of(source: Track): Track | undefined {
    const { id } = source;
    if (this.#sources.get(id) === source) return this.#chosen.get(id);
    this.#sources.set(id, source);
    const chosen = this.#choose(source);
    if (chosen === undefined) this.#chosen.delete(id);
    else this.#chosen.set(id, chosen);
    return chosen;
  }

  #choose(source: Track): Track | undefined {
    const before = this.#derived.get(source.id);
    const derived = this.#derivations.join(this, source, this.#output, this.#choices);
    if (before !== derived) {
      this.#drop(source.id);
      if (derived !== undefined) this.#derived.set(source.id, derived);
    }
    if (derived !== undefined) return derived.track;
    return this.#output.accepts(source) ? source : undefined;
  }

  /** Whether this very track of the stream was looked at last under its id. */
  knows(source: Track): boolean {
    return this.#sources.get(source.id) === source;
  }

  /** Whether it has derived tracks, or would if they could be made: a matter of who watches. */
  get derives(): boolean {
    if (this.#derived.size > 0) return true;
    for (const source of this.#sources.values()) if (this.#derivations.offered(source, this.#output, this.#choices) !== undefined) return true;
    return false;
  }

  /** Whether frames of this very track, original or derived, are the output's. */
  carries(track: Track): boolean {
    return this.#chosen.get(track.id) === track;
  }

  /** The group of pictures with what was derived of it until now. */
  group(frames: readonly Frame[]): readonly Frame[] {
    let merged = frames;
    const [first] = frames;
    if (first === undefined) return frames;
    const start = first.dts / first.track.clockRate;
    for (const derived of this.#derived.values()) {
      merged = mergeFrames(
        merged,
        derived.frames.filter((frame) => frame.dts / frame.track.clockRate >= start),
      );
    }
    return merged;
  }

  /** Forgets a track: its next frame is chosen for anew. */
  forget(id: number): void {
    this.#sources.delete(id);
    this.#chosen.delete(id);
    this.#drop(id);
  }

  #drop(id: number): void {
    const derived = this.#derived.get(id);
    if (derived === undefined) return;
    this.#derived.delete(id);
    this.#derivations.leave(this, derived);
  }

  /** The output is over. */
  close(): void {
    for (const id of [...this.#sources.keys()]) this.forget(id);
  }
}
