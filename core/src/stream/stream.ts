import type { EngineSettings } from '../config/engine-schema.js';
import type { Frame } from '../media/frame.js';
import type { Track, TrackKind } from '../media/track.js';
import { BitrateMeter } from './bitrate-meter.js';
import type { CloseReason } from './close-reason.js';
import { FrameRing } from './frame-ring.js';
import type { FrameSubscription } from './frame-subscription.js';
import type { PublisherSession } from './publisher-session.js';
import type { Flushable, Pump } from './pump.js';
import { Rendition } from './rendition.js';
import { Timeline } from './timeline.js';
import type { StreamInfo, StreamState, StreamTrackInfo } from './types.js';
import type { ViewerSession } from './viewer-session.js';
import type { WireForm } from './wire-form.js';

/** What a stream tells its registry. */
export interface StreamListener {
  tracksChanged(stream: Stream): void;
}

/** One stream: its tracks, the newest group of pictures, and what is made of it for viewers. Outlives its publishers. */
export class Stream implements Flushable {
  readonly path: string;
  readonly instance: string;
  readonly subscriptions = new Set<FrameSubscription>();
  publisher: PublisherSession | undefined;
  /** Set while a lost publisher may come back; monotonic ms. */
  lingerUntilMs = Number.POSITIVE_INFINITY;
  /** Since when nobody watches; monotonic ms. */
  idleSinceMs: number;
  /** True while the idle hook is being asked. */
  idleAsked = false;
  /** True where a demand brought it. */
  demanded = false;
  bytesIn = 0;
  bytesOut = 0;
  readonly health: Record<string, number> = {};
  readonly meter = new BitrateMeter();
  readonly #settings: EngineSettings;
  readonly #pump: Pump;
  readonly #listener: StreamListener;
  readonly #ring: FrameRing;
  readonly #timeline = new Timeline();
  readonly #tracks = new Map<number, Track>();
  readonly #renditions = new Map<string, Rendition>();
  /** `#renditions` as an array, so that a frame costs no iterator. */
  #muxing: Rendition[] = [];
  readonly #waiters = new Set<() => void>();
  #ready = false;
  #expected: readonly TrackKind[] | undefined;
  #dirty = false;
  #awaitingKey = false;

  constructor(path: string, instance: string, settings: EngineSettings, pump: Pump, listener: StreamListener, nowMs: number) {
    this.path = path;
    this.instance = instance;
    this.#settings = settings;
    this.#pump = pump;
    this.#listener = listener;
    this.#ring = new FrameRing(settings.gop.maxBytes, settings.gop.maxSeconds);
    this.idleSinceMs = nowMs;
  }

  get tracks(): readonly Track[] {
    return [...this.#tracks.values()].sort((a, b) => a.id - b.id);
  }
  /** Known well enough to be shown. */
  get ready(): boolean {
    return this.#ready;
  }
  get state(): StreamState {
    if (this.publisher === undefined) return this.#ready ? 'lingering' : 'waiting';
    return this.#ready ? 'live' : 'waiting';
  }
  /** Frames of the newest group of pictures. */
  get group(): readonly Frame[] {
    return this.#ring.frames;
  }
  get viewerCount(): number {
    let count = this.subscriptions.size;
    for (const rendition of this.#muxing) count += rendition.viewers.length;
    return count;
  }

  /** A publisher comes on (the first, or another). */
  begin(publisher: PublisherSession): void {
    this.publisher = publisher;
    this.lingerUntilMs = Number.POSITIVE_INFINITY;
    this.#expected = undefined;
    this.#timeline.restart();
    // Pictures of the old publisher are no reference for those of the new one.
    this.#awaitingKey = true;
  }

  expect(kinds: readonly TrackKind[]): void {
    this.#expected = kinds;
    this.#checkReady();
  }

  setTrack(track: Track): void {
    const old = this.#tracks.get(track.id);
    if (old === track) return;
    this.#tracks.set(track.id, track);
    if (old === undefined) this.#checkReady();
    if (this.#ready) this.#listener.tracksChanged(this);
  }

  #checkReady(): void {
    if (this.#ready || this.#tracks.size === 0 || this.#expected === undefined) return;
    const kinds = new Set([...this.#tracks.values()].map((track) => track.kind));
    if (this.#expected.every((kind) => kinds.has(kind))) this.makeReady();
  }

  /** No more tracks are waited for. */
  makeReady(): void {
    if (this.#ready || this.#tracks.size === 0) return;
    this.#ready = true;
    this.#listener.tracksChanged(this);
    this.wake();
  }

  /** Lets those who wait for the stream look again. */
  wake(): void {
    const waiters = [...this.#waiters];
    this.#waiters.clear();
    for (const waiter of waiters) waiter();
  }

  /** Resolves at the next `wake`. */
  changed(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.#waiters.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      this.#waiters.add(done);
      signal.addEventListener('abort', done);
    });
  }

  write(input: Frame, nowMs: number): void {
    const track = input.track;
    if (this.#tracks.get(track.id) !== track) this.setTrack(track);
    if (this.#awaitingKey && !this.#admit(input)) return;
    const frame = this.#timeline.place(input, nowMs);
    if (frame === undefined) {
      this.count('behind', 1);
      return;
    }
    this.#ring.push(frame);
    for (let i = 0; i < this.#muxing.length; i++) (this.#muxing[i] as Rendition).push(frame);
    for (const subscription of this.subscriptions) subscription.push(frame);
    if (this.#muxing.length > 0) {
      const first = !this.#dirty;
      this.#dirty = true;
      if (first || track.kind === 'video') this.#pump.mark(this, first, track.kind === 'video');
    }
  }

  /** After a publisher came on, pictures before its first key frame are of no use to anybody. */
  #admit(frame: Frame): boolean {
    if (frame.track.kind !== 'video') return true;
    if (frame.key) this.#awaitingKey = false;
    else this.count('beforeKey', 1);
    return frame.key;
  }

  flush(nowMs: number): void {
    this.#dirty = false;
    for (let i = 0; i < this.#muxing.length; i++) (this.#muxing[i] as Rendition).flush(nowMs);
  }

  /** The rendition in `form`, everything in it handed out, so that a joiner can begin at its end. */
  rendition(form: WireForm, nowMs: number): Rendition {
    let rendition = this.#renditions.get(form.name);
    if (rendition === undefined) {
      rendition = new Rendition(form, this.#settings, this.tracks, this.#ring.frames);
      this.#renditions.set(form.name, rendition);
      this.#muxing = [...this.#renditions.values()];
    } else {
      rendition.flush(nowMs);
    }
    return rendition;
  }

  /** A viewer of `form` left: what nobody watches is made no more. */
  releaseRendition(form: WireForm): void {
    if (this.#renditions.get(form.name)?.viewers.length !== 0) return;
    this.#renditions.delete(form.name);
    this.#muxing = [...this.#renditions.values()];
  }

  count(kind: string, by: number): void {
    this.health[kind] = (this.health[kind] ?? 0) + by;
  }

  /** Ends every viewer and subscription. */
  endViewers(reason: CloseReason): void {
    const viewers: ViewerSession[] = this.#muxing.flatMap((rendition) => rendition.viewers);
    for (const viewer of viewers) viewer.end(reason);
    for (const subscription of [...this.subscriptions]) subscription.close();
    this.wake();
  }

  *viewerSessions(): Iterable<ViewerSession> {
    for (const rendition of this.#muxing) yield* rendition.viewers;
  }

  info(): StreamInfo {
    return {
      path: this.path,
      state: this.state,
      instance: this.instance,
      publisher: this.publisher?.publisherInfo() ?? null,
      tracks: this.tracks.map(trackInfo),
      viewers: this.viewerCount,
      bytesIn: this.bytesIn,
      bytesOut: this.bytesOut,
      bitrate: this.meter.bitsPerSecond,
      gopMs: this.#ring.gopMs,
      health: { ...this.health },
    };
  }
}

function trackInfo(track: Track): StreamTrackInfo {
  return { id: track.id, kind: track.kind, codec: track.codec, ...track.info };
}
