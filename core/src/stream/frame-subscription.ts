import type { Frame } from '../media/frame.js';
import type { Track } from '../media/track.js';
import type { Admission } from './admission.js';
import type { TrackSelection } from './track-selection.js';
import type { Subscription } from './types.js';

/** How a subscription begins. */
export interface FrameSubscriptionOptions {
  readonly path: string;
  readonly tracks: readonly Track[];
  /** Frames that it is given at once. */
  readonly first: readonly Frame[];
  readonly awaitKey: boolean;
  readonly maxQueued: number;
  /** Left out: all original tracks. */
  readonly selection: TrackSelection | undefined;
  /** Left out: it is the process's own. */
  readonly admission?: Admission;
}

/** Frames for code in the process: a bounded queue with an async iterator. A slow consumer is moved to the next key frame. */
export class FrameSubscription implements Subscription {
  readonly path: string;
  readonly tracks: readonly Track[];
  readonly selection: TrackSelection | undefined;
  readonly admission: Admission | undefined;
  readonly #maxQueued: number;
  readonly #onClose: (subscription: FrameSubscription) => void;
  #queue: Frame[] = [];
  #wake: (() => void) | undefined;
  #closed = false;
  #awaitingKey: boolean;

  constructor({ path, tracks, first, awaitKey, maxQueued, selection, admission }: FrameSubscriptionOptions, onClose: (s: FrameSubscription) => void) {
    this.admission = admission;
    this.path = path;
    this.tracks = tracks;
    this.selection = selection;
    this.#queue = [...first];
    this.#maxQueued = maxQueued + first.length;
    this.#awaitingKey = awaitKey && tracks.some((track) => track.kind === 'video');
    this.#onClose = onClose;
  }

  push(frame: Frame): void {
    const { selection } = this;
    if (selection !== undefined && !selection.carries(frame.track) && selection.of(frame.track) !== frame.track) return;
    if (this.#awaitingKey) {
      if (!(frame.key && frame.track.kind === 'video')) return;
      this.#awaitingKey = false;
    }
    if (this.#queue.length >= this.#maxQueued) {
      this.#queue = [];
      this.#awaitingKey = this.tracks.some((track) => track.kind === 'video');
      if (this.#awaitingKey) return;
    }
    this.#queue.push(frame);
    this.#wake?.();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#onClose(this);
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncIterator<Frame> {
    try {
      for (;;) {
        const frames = this.#queue;
        this.#queue = [];
        yield* frames;
        if (this.#queue.length > 0) continue;
        if (this.#closed) return;
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    } finally {
      this.close();
    }
  }
}
