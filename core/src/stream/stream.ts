import type { EngineSettings } from '../config/engine-schema.js';
import { messageOf } from '../error.js';
import type { Frame } from '../media/frame.js';
import type { Track, TrackKind } from '../media/track.js';
import { BitrateMeter } from './bitrate-meter.js';
import { type CloseReason, closeReason } from './close-reason.js';
import { Derivations } from './derivations.js';
import { FrameRing } from './frame-ring.js';
import type { FrameSubscription } from './frame-subscription.js';
import type { PublisherSession } from './publisher-session.js';
import type { Flushable, Pump } from './pump.js';
import { Rendition } from './rendition.js';
import { Timeline } from './timeline.js';
import type { TrackAcceptance, TrackDeriver } from './track-deriver.js';
import { TrackSelection } from './track-selection.js';
import type { StreamInfo, StreamState, StreamTrackInfo } from './types.js';
import type { ViewerSession } from './viewer-session.js';
import type { WireForm } from './wire-form.js';

/** Tracks are numbered by inputs; more than this is a fault of one. */
const MAX_TRACKS = 16;
/** Counters are named by inputs. */
const MAX_HEALTH_KINDS = 64;
/** After a picture the next one is expected for so long. */
const PICTURES_FLOW_MS = 200;
const KEY_FRAME_EVERY_MS = 2000;
/** A form that is kept warm is made for so long after its last viewer left. */
const KEEP_WARM_MS = 5000;
const PICTURE_AND_SOUND: readonly TrackKind[] = ['video', 'audio'];

/** What a stream tells its registry. */
export interface StreamListener {
  tracksChanged(stream: Stream): void;
  /** Plugins that derive tracks. */
  derivers(): readonly TrackDeriver[];
  /** A plugin threw. */
  failed(error: unknown): void;
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
  soundUntilMs = Number.POSITIVE_INFINITY;
  readonly meter = new BitrateMeter();
  readonly #settings: EngineSettings;
  readonly #pump: Pump;
  readonly #listener: StreamListener;
  readonly #ring: FrameRing;
  readonly #timeline = new Timeline();
  readonly #tracks = new Map<number, Track>();
  readonly #derivations: Derivations;
  /** By form and what their viewers chose. */
  readonly #renditions = new Map<string, Rendition>();
  /** `#renditions` as an array, so that a frame costs no iterator. */
  #muxing: Rendition[] = [];
  readonly #waiters = new Set<() => void>();
  readonly #health = new Map<string, number>();
  #ready = false;
  #expected: readonly TrackKind[] | undefined;
  #dirty = false;
  #due = false;
  #pictureAtMs = Number.NEGATIVE_INFINITY;
  #writtenAtMs: number;
  #awaitingKey = false;
  /** Tracks of the last publisher that the new one has not shown yet. */
  readonly #stale = new Set<number>();
  #keyFrameWanted = false;
  #keyFrameAskedMs = Number.NEGATIVE_INFINITY;

  constructor(path: string, instance: string, settings: EngineSettings, pump: Pump, listener: StreamListener, nowMs: number) {
    this.path = path;
    this.instance = instance;
    this.#settings = settings;
    this.#pump = pump;
    this.#listener = listener;
    this.#ring = new FrameRing(settings.gop.maxBytes, settings.gop.maxSeconds);
    this.idleSinceMs = nowMs;
    this.#writtenAtMs = nowMs;
    this.#derivations = this.#createDerivations();
  }

  #createDerivations(): Derivations {
    const group = (): readonly Frame[] => this.#ring.frames;
    return new Derivations(() => this.#listener.derivers(), {
      get group() {
        return group();
      },
      derived: (frame) => this.#spread(frame),
      withdrawn: (track) => this.#withdraw(track),
      count: (kind, by) => this.count(kind, by),
      failed: (error) => this.#listener.failed(error),
    });
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

  /** True while somebody watches or waits for it. */
  get wanted(): boolean {
    return this.#waiters.size > 0 || this.viewerCount > 0;
  }

  /** A publisher comes on (the first, or another). */
  begin(publisher: PublisherSession): void {
    this.publisher = publisher;
    this.lingerUntilMs = Number.POSITIVE_INFINITY;
    this.#expected = undefined;
    this.#timeline.restart();
    for (const id of this.#tracks.keys()) this.#stale.add(id);
    // Pictures of the old publisher are no reference for those of the new one.
    this.#awaitingKey = true;
  }

  expect(kinds: readonly TrackKind[]): void {
    this.#expected = kinds;
    this.#checkReady();
  }

  /** False where there are too many tracks already. */
  setTrack(track: Track): boolean {
    this.#stale.delete(track.id);
    const old = this.#tracks.get(track.id);
    if (old === track) return true;
    if (old === undefined && this.#tracks.size >= MAX_TRACKS) return false;
    this.#tracks.set(track.id, track);
    const wasReady = this.#ready;
    if (old === undefined) this.#checkReady();
    if (wasReady) this.#listener.tracksChanged(this);
    return true;
  }

  /** The publisher that took over has shown its tracks: those of the one before that it did not go on with are gone. */
  dropStaleTracks(): void {
    if (this.#stale.size === 0) return;
    for (const id of this.#stale) this.#tracks.delete(id);
    for (const rendition of this.#muxing) rendition.forget(this.#stale);
    this.#stale.clear();
    this.#listener.tracksChanged(this);
  }

  #checkReady(): void {
    if (this.#ready || this.#tracks.size === 0) return;
    const kinds = new Set([...this.#tracks.values()].map((track) => track.kind));
    // With nothing said, a picture and sound is all that can be expected.
    if ((this.#expected ?? PICTURE_AND_SOUND).every((kind) => kinds.has(kind))) this.makeReady();
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
    if (this.#tracks.get(track.id) !== track) {
      if (!this.setTrack(track)) {
        this.count('tooManyTracks', 1);
        return;
      }
    } else if (this.#stale.size > 0) {
      this.#stale.delete(track.id);
    }
    if (this.#awaitingKey && !this.#admit(input)) return;
    if (input.key && track.kind === 'video') this.#keyFrameWanted = false;
    const frame = this.#timeline.place(input, nowMs);
    if (frame === undefined) {
      this.count('behind', 1);
      return;
    }
    this.#writtenAtMs = nowMs;
    this.#ring.push(frame);
    this.#derivations.push(frame);
    const muxing = this.#muxing;
    for (let i = 0; i < muxing.length; i++) this.#mux(muxing[i] as Rendition, frame);
    // Without the check each frame would make an iterator.
    if (this.subscriptions.size > 0) for (const subscription of this.subscriptions) subscription.push(frame);
    if (this.#muxing.length > 0) this.#mark(track.kind === 'video', nowMs);
  }

  /** A derived frame goes to those who chose it. */
  #spread(frame: Frame): void {
    const muxing = this.#muxing;
    for (let i = 0; i < muxing.length; i++) {
      const rendition = muxing[i] as Rendition;
      if (rendition.selection.carries(frame.track)) this.#mux(rendition, frame);
    }
    for (const subscription of this.subscriptions) if (subscription.selection?.carries(frame.track) === true) subscription.push(frame);
    if (this.#muxing.length > 0) this.#mark(false, this.#writtenAtMs);
  }

  #withdraw(track: Track): void {
    const selections = [...this.#muxing, ...this.subscriptions].map(({ selection }) => selection);
    for (const selection of selections) if (selection?.carries(track) === true) selection.forget(track.id);
  }

  /** A frame that one form cannot carry ends the viewers of that form, not the publisher. What nobody watches is not told of other tracks, nor are any made for it. */
  #mux(rendition: Rendition, frame: Frame): void {
    if (rendition.viewers.length === 0 && !rendition.selection.knows(frame.track)) {
      this.#dropRendition(rendition);
      return;
    }
    try {
      rendition.push(frame);
    } catch (error) {
      this.count('muxFailed', 1);
      for (const viewer of [...rendition.viewers]) viewer.end(closeReason('protocol-error', messageOf(error)));
      this.#dropRendition(rendition);
    }
  }

  #mark(picture: boolean, nowMs: number): void {
    if (picture) this.#pictureAtMs = nowMs;
    if (picture && this.#due) {
      this.#pump.more();
    } else if (picture) {
      this.#due = true;
      this.#pump.due(this);
    } else if (!picture && !this.#dirty) {
      this.#pump.wait(this, nowMs - this.#pictureAtMs < PICTURES_FLOW_MS);
    }
    this.#dirty = true;
  }

  /** After a publisher came on, pictures before its first key frame are of no use to anybody. */
  #admit(frame: Frame): boolean {
    if (frame.track.kind !== 'video') return true;
    if (frame.key) this.#awaitingKey = false;
    else this.count('beforeKey', 1);
    return frame.key;
  }

  flush(nowMs: number): void {
    this.soundUntilMs = Number.POSITIVE_INFINITY;
    this.#dirty = false;
    this.#due = false;
    const muxing = this.#muxing;
    for (let i = 0; i < muxing.length; i++) (muxing[i] as Rendition).flush(nowMs);
  }

  /** The tracks that an output is going to get whose query is `query`. Makes none of them. */
  tracksFor(output: TrackAcceptance, query: Readonly<Record<string, string>>): Track[] {
    const choices = this.#derivations.choicesOf(query);
    return this.tracks.flatMap((track) => this.#derivations.offered(track, output, choices) ?? (output.accepts(track) ? track : []));
  }

  /** Which tracks an output gets whose query is `query`. To be closed. */
  select(output: TrackAcceptance, query: Readonly<Record<string, string>>): TrackSelection {
    return new TrackSelection(this.#derivations, output, this.#derivations.choicesOf(query));
  }

  /** The rendition in `form` with the tracks that `query` chooses, ready for a joiner. */
  rendition(form: WireForm, query: Readonly<Record<string, string>>, nowMs: number): Rendition {
    const key = [form.name, ...this.#derivations.choicesOf(query)].join(' ');
    let rendition = this.#renditions.get(key);
    if (rendition === undefined) {
      rendition = this.#createRendition(form, this.select(form, query));
      this.#renditions.set(key, rendition);
      this.#muxing = [...this.#renditions.values()];
    } else {
      rendition.settle(nowMs);
    }
    return rendition;
  }

  #createRendition(form: WireForm, selection: TrackSelection): Rendition {
    try {
      return new Rendition(form, selection, this.#settings, this.tracks, this.#ring.frames);
    } catch (error) {
      selection.close();
      throw error;
    }
  }

  /** A viewer left. What nobody watches is made no more; later where its form is kept warm, unless another track than the original would have to be made for it. */
  releaseRendition(rendition: Rendition, nowMs: number): void {
    if (rendition.viewers.length > 0) return;
    if (rendition.keptWarm && !rendition.selection.derives) rendition.unwatchedSinceMs = nowMs;
    else this.#dropRendition(rendition);
  }

  /** What nobody has watched for a while is made no more. */
  dropUnwatched(nowMs: number): void {
    for (const rendition of this.#muxing) {
      if (rendition.viewers.length === 0 && nowMs - rendition.unwatchedSinceMs >= KEEP_WARM_MS) this.#dropRendition(rendition);
    }
  }

  #dropRendition(rendition: Rendition): void {
    for (const [key, made] of this.#renditions) if (made === rendition) this.#renditions.delete(key);
    this.#muxing = [...this.#renditions.values()];
    rendition.selection.close();
  }

  /** Counts under `kind`; beyond so many kinds, under `other`. */
  count(kind: string, by: number): void {
    const counted = this.#health.has(kind) || this.#health.size < MAX_HEALTH_KINDS ? kind : 'other';
    this.#health.set(counted, (this.#health.get(counted) ?? 0) + by);
  }

  /** Somebody waits for a key frame: the publisher is asked for one, now or as soon as it may be asked again. */
  wantKeyFrame(nowMs: number): void {
    this.#keyFrameWanted = true;
    this.askKeyFrame(nowMs);
  }

  /** Asks the publisher for a key frame that is still wanted, at most once per two seconds. */
  askKeyFrame(nowMs: number): void {
    if (!this.#keyFrameWanted || this.publisher === undefined || nowMs - this.#keyFrameAskedMs < KEY_FRAME_EVERY_MS) return;
    this.#keyFrameAskedMs = nowMs;
    this.publisher.askKeyFrame();
  }

  /** Ends every viewer and subscription. */
  endViewers(reason: CloseReason): void {
    const viewers: ViewerSession[] = this.#muxing.flatMap((rendition) => rendition.viewers);
    for (const viewer of viewers) viewer.end(reason);
    for (const subscription of [...this.subscriptions]) subscription.close();
    for (const rendition of this.#muxing) this.#dropRendition(rendition);
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
      health: Object.fromEntries(this.#health),
    };
  }
}

function trackInfo(track: Track): StreamTrackInfo {
  return { id: String(track.id), kind: track.kind, codec: track.codec, ...track.info };
}
