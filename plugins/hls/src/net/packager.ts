import { randomBytes } from 'node:crypto';
import type { Cancel, Clock, WireForm, WireMuxer } from '@sluice/core';
import { type ContainerWriter, carriesTrack, createContainerWriter, type FormChoice, playsTrack } from '../map/container.js';
import { Segmenter, type SegmentFrames } from '../map/segmenter.js';
import { serializePlaylist } from '../proto/playlist.js';
import type { SegmentStore } from './segment-store.js';
import { SegmentWindow, type WindowLimits } from './segment-window.js';

/** How a stream is packaged. */
export interface PackagerOptions extends WindowLimits {
  readonly segmentSeconds: number;
  readonly maxSegmentBytes: number;
}

const NOTHING = Buffer.alloc(0);
/** The wall clock and the stream's may drift apart by so much until the dates are set right. */
const MAX_DATE_DRIFT_MS = 1000;

/**
 * Makes the segments of one stream, once for all its viewers. It is the stream's wire form: frames come as long as somebody views the stream in it;
 * its bytes do not go through the form's log, but into files. It outlives the stream for a while, so that a publisher that comes back goes on in the same playlist.
 */
export class Packager {
  /** Names it in URLs. */
  readonly key = randomBytes(9).toString('base64url');
  readonly form: WireForm;
  /** Those who keep it. */
  users = 0;
  readonly #choice: FormChoice;
  readonly #options: PackagerOptions;
  readonly #clock: Clock;
  readonly #store: SegmentStore;
  readonly #onError: (kind: string) => void;
  readonly #window: SegmentWindow;
  readonly #segmenter: Segmenter;
  readonly #waiters = new Set<() => void>();
  #writer: ContainerWriter | undefined;
  #anchor = { mediaMs: 0, wallMs: 0 };
  #endedAtMs: number | undefined;

  constructor(choice: FormChoice, options: PackagerOptions, parts: { clock: Clock; store: (key: string) => SegmentStore; onError: (kind: string) => void }) {
    this.#choice = choice;
    this.#options = options;
    this.#clock = parts.clock;
    this.#store = parts.store(this.key);
    this.#onError = parts.onError;
    this.#window = new SegmentWindow(options, this.#store);
    this.#segmenter = new Segmenter(
      { segmentMs: options.segmentSeconds * 1000, maxBytes: options.maxSegmentBytes },
      { segment: (frames) => this.#add(frames), tooLarge: () => this.#onError('segment-too-large') },
    );
    this.form = {
      name: `hls ${this.key}`,
      accepts: (track) => carriesTrack(choice, track),
      plays: playsTrack,
      createMuxer: () => this.#createMuxer(),
    };
  }

  #createMuxer(): WireMuxer {
    this.#segmenter.interrupt();
    this.#endedAtMs = undefined;
    const segmenter = this.#segmenter;
    return {
      header: (tracks) => {
        for (const track of tracks) segmenter.announce(track);
        return NOTHING;
      },
      changed: (track) => segmenter.announce(track),
      mux: (frame) => segmenter.push(frame),
    };
  }

  #add(frames: SegmentFrames): void {
    const { startMs, endMs, restart } = frames;
    const fresh = restart || this.#writer === undefined;
    const discontinuity = fresh && this.#window.next > 0;
    if (fresh) this.#writer = createContainerWriter(this.#choice, frames, this.#writer);
    const writer = this.#writer as ContainerWriter;
    const durationMs = endMs - startMs;
    this.#window.add({
      bytes: writer.write(frames, this.#window.next),
      suffix: writer.suffix,
      durationMs,
      discontinuity,
      ...(fresh && writer.init !== undefined ? { init: writer.init } : {}),
      startedAtMs: this.#date(frames, fresh),
    });
    for (const waiter of [...this.#waiters]) waiter();
  }

  /** When a segment's first frame was taken: as the source says it, else by when its last one came. Between discontinuities dates follow the media's times. */
  #date({ frames, startMs, endMs }: SegmentFrames, fresh: boolean): number {
    const wallMs = frames[0]?.wallClockMs ?? this.#clock.wallMs() - (endMs - startMs);
    const dateMs = this.#anchor.wallMs + startMs - this.#anchor.mediaMs;
    if (!fresh && Math.abs(dateMs - wallMs) < MAX_DATE_DRIFT_MS) return dateMs;
    this.#anchor = { mediaMs: startMs, wallMs };
    return wallMs;
  }

  /** The stream is over; what it left is the last segment. */
  end(): void {
    if (this.#endedAtMs !== undefined) return;
    this.#segmenter.interrupt();
    this.#endedAtMs = this.#clock.now();
  }

  /** Whether a playlist has something to name. */
  get ready(): boolean {
    return this.#window.next > 0;
  }
  /** Time between two requests of a player: the longest segment. In ms. */
  get targetMs(): number {
    return Math.max(Math.ceil(this.#options.segmentSeconds), Math.round(this.#window.longestMs / 1000)) * 1000;
  }

  /** Resolves with true once there is a segment, with false when `waitMs` are over or `signal` fires. */
  firstSegment(waitMs: number, signal: AbortSignal): Promise<boolean> {
    if (this.ready || signal.aborted) return Promise.resolve(this.ready);
    return new Promise((resolve) => {
      let stopTimer: Cancel = () => {};
      const done = (): void => {
        stopTimer();
        this.#waiters.delete(done);
        signal.removeEventListener('abort', done);
        resolve(this.ready);
      };
      stopTimer = this.#clock.after(waitMs, done);
      this.#waiters.add(done);
      signal.addEventListener('abort', done);
    });
  }

  /** The playlist now. It says that it is over when the stream did not come back within `lingerMs`. */
  playlist(urlOf: (file: string) => string, lingerMs: number): string {
    const ended = this.#endedAtMs !== undefined && this.#clock.now() - this.#endedAtMs >= lingerMs;
    return serializePlaylist({ targetSeconds: this.targetMs / 1000, segments: this.#window.listed, ended }, urlOf);
  }

  /** The bytes of a file; `undefined` where there is none of that name, or not any more. */
  file(name: string): Promise<Buffer> | Buffer | undefined {
    return this.#store.get(name);
  }

  close(): void {
    this.#store.close();
    for (const waiter of [...this.#waiters]) waiter();
  }
}
