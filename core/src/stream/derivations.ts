import type { Frame } from '../media/frame.js';
import type { Track } from '../media/track.js';
import type { TrackAcceptance, TrackDerivation, TrackDeriver, TrackOffer } from './track-deriver.js';

/** What a stream gives to its derivations and takes from them. */
export interface DerivationOwner {
  /** Frames of the newest group of pictures, from its key frame on. */
  readonly group: readonly Frame[];
  derived(frame: Frame): void;
  /** Outputs of this derived track must choose again. */
  withdrawn(track: Track): void;
  count(kind: string, by: number): void;
  /** A deriver threw. */
  failed(error: unknown): void;
}

/** A derived track that is being made, and who wants it. */
export interface Derived {
  readonly key: string;
  readonly track: Track;
  /** Frames since the newest key picture began. */
  readonly frames: Frame[];
  readonly users: Set<object>;
  derivation: TrackDerivation | undefined;
}

/** What viewers ask of each deriver. */
export type Choices = readonly string[];

/** The derived tracks of one stream: each is made once for all who want it, from the first one to the last. */
export class Derivations {
  readonly #derivers: () => readonly TrackDeriver[];
  readonly #owner: DerivationOwner;
  #running: Derived[] = [];

  constructor(derivers: () => readonly TrackDeriver[], owner: DerivationOwner) {
    this.#derivers = derivers;
    this.#owner = owner;
  }

  choicesOf(query: Readonly<Record<string, string>>): Choices {
    return this.#derivers().map((deriver) => deriver.choiceOf(query));
  }

  /** The derived track that `output` would get in place of `track`. */
  offered(track: Track, output: TrackAcceptance, choices: Choices): Track | undefined {
    return this.#offer(track, output, choices)?.track;
  }

  /** The derived track that `output` is to get in place of `track`, begun if need be; `user` wants it until it leaves. */
  join(user: object, track: Track, output: TrackAcceptance, choices: Choices): Derived | undefined {
    const offer = this.#offer(track, output, choices);
    if (offer === undefined) return undefined;
    const key = `${track.id} ${offer.key}`;
    const derived = this.#running.find((running) => running.key === key) ?? this.#start(key, offer);
    derived?.users.add(user);
    return derived;
  }

  #offer(track: Track, output: TrackAcceptance, choices: Choices): TrackOffer | undefined {
    try {
      for (const [index, deriver] of this.#derivers().entries()) {
        const offer = deriver.offer(track, output, choices[index] ?? '');
        if (offer !== undefined) return offer;
      }
    } catch (error) {
      this.#owner.failed(error);
    }
    return undefined;
  }

  #start(key: string, offer: TrackOffer): Derived | undefined {
    const owner = this.#owner;
    const derived: Derived = { key, track: offer.track, frames: [], users: new Set(), derivation: undefined };
    const isRunning = (): boolean => this.#running.includes(derived);
    try {
      derived.derivation = offer.start({
        emit: (frame) => {
          if (!isRunning()) return;
          derived.frames.push(frame);
          owner.derived(frame);
        },
        end: () => {
          if (!isRunning()) return;
          this.#end(derived);
          owner.withdrawn(derived.track);
        },
        count: (kind, by = 1) => owner.count(kind, by),
      });
    } catch (error) {
      owner.failed(error);
      return undefined;
    }
    if (derived.derivation === undefined) return undefined;
    this.#running.push(derived);
    // Who joins begins with a group of pictures, and so does its sound.
    for (const frame of owner.group) if (frame.track.id === derived.track.id) this.#feed(derived, frame);
    return derived;
  }

  /** `user` wants it no more. What nobody wants ends. */
  leave(user: object, derived: Derived): void {
    derived.users.delete(user);
    if (derived.users.size === 0) this.#end(derived);
  }

  #end(derived: Derived): void {
    if (!this.#running.includes(derived)) return;
    this.#running = this.#running.filter((running) => running !== derived);
    try {
      derived.derivation?.close();
    } catch (error) {
      this.#owner.failed(error);
    }
  }

  /** A frame of the stream. */
  push(frame: Frame): void {
    const running = this.#running;
    if (running.length === 0) return;
    for (let i = 0; i < running.length; i++) {
      const derived = running[i] as Derived;
      if (frame.track.id === derived.track.id) this.#feed(derived, frame);
      else if (frame.key && frame.track.kind === 'video') forgetBefore(derived.frames, secondsOf(frame));
    }
    if (this.#owner.group.length === 0) for (const derived of running) derived.frames.length = 0;
  }

  #feed(derived: Derived, frame: Frame): void {
    try {
      derived.derivation?.push(frame);
    } catch (error) {
      this.#owner.failed(error);
    }
  }
}

function secondsOf(frame: Frame): number {
  return frame.dts / frame.track.clockRate;
}

function forgetBefore(frames: Frame[], seconds: number): void {
  const first = frames.findIndex((frame) => secondsOf(frame) >= seconds);
  frames.splice(0, first < 0 ? frames.length : first);
}

/** Two runs of frames in the order of their decoding times. */
export function mergeFrames(first: readonly Frame[], second: readonly Frame[]): readonly Frame[] {
  if (second.length === 0) return first;
  return [...first, ...second].sort((a, b) => secondsOf(a) - secondsOf(b));
}
