import { randomBytes } from 'node:crypto';
import type { EngineSettings } from '../config/engine-schema.js';
import { SluiceError } from '../error.js';
import type { EngineHooks } from '../hooks/hooks.js';
import type { Reports } from '../hooks/reports.js';
import type { Clock } from '../kernel/clock.js';
import type { Guesses } from '../kernel/guesses.js';
import { type AccessAction, type AccessRequest, credentialOf, type Peer, type Verdict } from './access.js';
import { type Admission, admit, checkAdmission, endRefused } from './admission.js';
import { type CloseReason, closeReason } from './close-reason.js';
import { FrameSubscription } from './frame-subscription.js';
import type { IngestFilterFactory } from './ingest-filter.js';
import { Locator } from './locator.js';
import { PublisherSession } from './publisher-session.js';
import { Pump } from './pump.js';
import type { Rendition } from './rendition.js';
import type { SessionInfo } from './session.js';
import { SessionRecord } from './session-record.js';
import { Stream, type StreamListener } from './stream.js';
import { checkStreamPath } from './stream-path.js';
import { sweepStream } from './sweep.js';
import type { TrackDeriver } from './track-deriver.js';
import { TrafficMeter } from './traffic.js';
import type {
  LocatedStream,
  LocateOptions,
  Publisher,
  PublishOptions,
  StreamInfo,
  Streams,
  SubscribeOptions,
  Subscription,
  Viewer,
  ViewOptions,
} from './types.js';
import { ViewerSession } from './viewer-session.js';

/** What a registry works with. */
export interface RegistryDependencies {
  readonly settings: EngineSettings;
  readonly hooks: EngineHooks;
  readonly reports: Reports;
  readonly clock: Clock;
  readonly guesses: Guesses;
  readonly derivers?: () => readonly TrackDeriver[];
  /** What rewrites frames on the way in. */
  readonly ingestFilters?: () => readonly IngestFilterFactory[];
  /** A callback of a plugin threw; nobody else is harmed. */
  readonly onError: (error: unknown, what: string) => void;
}

/** A publisher that showed no sign of life for this long may be taken over. */
const SILENT_MS = 1000;
/** A query may ask for no longer silence than this. */
const MAX_RECEIVE_TIMEOUT_SECONDS = 3600;
/** Reasons after which a stream waits for its publisher to come back. */
const LINGERING = new Set(['lost', 'timeout', 'protocol-error']);

/** All streams of an engine: who publishes, who watches, what is asked for and what is over. */
export class StreamRegistry implements Streams {
  readonly #settings: EngineSettings;
  readonly #hooks: EngineHooks;
  readonly #reports: Reports;
  readonly #clock: Clock;
  readonly #guesses: Guesses;
  readonly #onError: RegistryDependencies['onError'];
  readonly #ingestFilters: () => readonly IngestFilterFactory[];
  readonly #streams = new Map<string, Stream>();
  readonly #listener: StreamListener;
  readonly #pump: Pump;
  readonly #locator: Locator;
  readonly #traffic: TrafficMeter;
  readonly #prefix = randomBytes(5).toString('hex');
  readonly #stopSweep: () => void;
  #ids = 0;
  #viewers = 0;
  #closing = false;

  constructor({ settings, hooks, reports, clock, guesses, derivers, ingestFilters, onError }: RegistryDependencies) {
    this.#settings = settings;
    this.#hooks = hooks;
    this.#reports = reports;
    this.#clock = clock;
    this.#guesses = guesses;
    this.#onError = onError;
    this.#ingestFilters = ingestFilters ?? (() => []);
    this.#listener = {
      tracksChanged: (stream) => this.#tracksChanged(stream),
      derivers: derivers ?? (() => []),
      failed: (error) => this.#onError(error, 'track deriver'),
    };
    this.#pump = new Pump(clock, settings.delivery);
    this.#locator = new Locator({ hooks, clock, waitMs: settings.streamWaitSeconds * 1000, find: (path) => this.#streams.get(path) });
    this.#traffic = new TrafficMeter(reports, settings.trafficSeconds);
    this.#stopSweep = clock.every(1000, () => this.#sweep());
  }

  #id(): string {
    this.#ids++;
    return `${this.#prefix}-${this.#ids.toString(36)}`;
  }

  async #admit(action: AccessAction, path: string, peer: Partial<Peer>, trusted: boolean): Promise<Admission> {
    this.#checkOpen();
    const request: AccessRequest = { ...peer, protocol: peer.protocol ?? 'internal', action, path: checkStreamPath(path) };
    const resolved = checkStreamPath(await this.#hooks.resolvePath.promise(path, request));
    const verdict = trusted ? undefined : await this.#judge({ ...request, path: resolved });
    if (verdict?.allow === false) throw new SluiceError('ERR_NOT_ALLOWED', verdict.message ?? 'not allowed', { status: verdict.status });
    this.#checkOpen();
    return admit(resolved, verdict?.grant, this.#clock.now());
  }

  #judge(request: AccessRequest): Promise<Verdict | undefined> {
    const guess = { remote: request.remote, credential: credentialOf(request) };
    return this.#guesses.judge(
      guess,
      () => this.#hooks.authorize.promise(request),
      (verdict) => verdict?.allow !== false,
    );
  }

  async authorize(action: AccessAction, path: string, peer: Peer): Promise<void> {
    await this.#admit(action, path, peer, false);
  }

  #checkOpen(): void {
    if (this.#closing) throw new SluiceError('ERR_SHUTTING_DOWN', 'shutting down', { status: 503 });
  }

  async publish(path: string, options: PublishOptions = {}): Promise<Publisher> {
    const admission = await this.#admit('publish', path, options, options.trusted ?? options.protocol === undefined);
    const { path: resolved } = admission;
    const now = this.#clock.now();
    const taken = this.#streams.get(resolved);
    const current = taken?.publisher;
    if (taken !== undefined && current !== undefined) {
      if (this.#settings.publisherConflict === 'refuse' && now - current.lastSignMs < SILENT_MS) {
        throw new SluiceError('ERR_STREAM_BUSY', `${resolved} has a publisher already`, { status: 409 });
      }
      taken.publisher = undefined;
      current.end(closeReason('replaced'));
    }
    // Looked up again: whoever was replaced may have done anything on being told.
    return this.#begin(this.#streams.get(resolved) ?? this.#open(resolved), options, admission);
  }

  #open(path: string): Stream {
    if (this.#streams.size >= this.#settings.limits.maxStreams) {
      throw new SluiceError('ERR_TOO_MANY_STREAMS', 'too many streams (engine.limits.maxStreams)', { status: 503 });
    }
    const stream = new Stream(path, this.#id(), this.#settings, this.#pump, this.#listener, this.#clock.now());
    this.#streams.set(path, stream);
    this.#locator.arrived(path);
    return stream;
  }

  #begin(stream: Stream, options: PublishOptions, admission: Admission): Publisher {
    const record = new SessionRecord(this.#id(), 'publisher', stream.path, { protocol: 'internal', ...options }, this.#clock.wallMs(), admission);
    const asked = Number(options.query?.receiveTimeoutSeconds);
    const seconds = asked > 0 ? Math.min(asked, MAX_RECEIVE_TIMEOUT_SECONDS) : (options.receiveTimeoutSeconds ?? this.#settings.receiveTimeoutSeconds);
    const publisher = new PublisherSession(record, stream, options, seconds === 0 ? Number.POSITIVE_INFINITY : seconds * 1000, {
      now: () => this.#clock.now(),
      trackWaitMs: this.#settings.trackWaitMs,
      publisherClosed: (closed, reason) => this.#publisherClosed(stream, closed, reason),
      ingestFilters: this.#ingestFilters,
      failed: (error) => this.#onError(error, 'publisher'),
    });
    stream.begin(publisher);
    if (this.#locator.isDemanded(stream.path)) stream.demanded = true;
    const info = stream.info();
    this.#hooks.published.call(info);
    this.#reports.report('stream.published', { path: stream.path, publisher: info.publisher });
    this.#reports.report('session.started', { path: stream.path, session: record.info() });
    // Told of after the publisher that has them.
    for (const track of options.tracks ?? []) publisher.setTrack(track);
    const kinds = options.expects ?? (options.tracks === undefined || options.tracks.length === 0 ? undefined : options.tracks.map((track) => track.kind));
    if (kinds !== undefined) publisher.expect(kinds);
    stream.wake();
    return publisher;
  }

  #tracksChanged(stream: Stream): void {
    const info = stream.info();
    this.#hooks.tracksReady.call(info);
    this.#reports.report('stream.tracks', { path: stream.path, tracks: info.tracks });
  }

  #publisherClosed(stream: Stream, publisher: PublisherSession, reason: CloseReason): void {
    this.#sessionEnded(publisher.record, reason);
    // Replaced, or ended together with its stream.
    if (stream.publisher !== publisher) return;
    stream.publisher = undefined;
    const lingerMs = this.#settings.lingerSeconds * 1000;
    if (LINGERING.has(reason.code) && stream.ready && lingerMs > 0 && !this.#closing) {
      stream.lingerUntilMs = this.#clock.now() + lingerMs;
      this.#reports.report('stream.lingering', { path: stream.path, reason });
    } else {
      this.#drop(stream, reason);
    }
  }

  #drop(stream: Stream, reason: CloseReason): void {
    if (this.#streams.get(stream.path) !== stream) return;
    this.#streams.delete(stream.path);
    const { publisher } = stream;
    stream.publisher = undefined;
    publisher?.end(reason);
    stream.endViewers(reason.code === 'kicked' || reason.code === 'shutdown' ? reason : closeReason('stream-closed', reason.message ?? reason.code));
    this.#hooks.closed.call(stream.path, reason);
    this.#reports.report('stream.closed', { path: stream.path, reason });
  }

  #sessionEnded(record: SessionRecord, reason: CloseReason): void {
    this.#traffic.end(record);
    const session = record.ended(reason, this.#clock.wallMs());
    const { bytes } = record;
    this.#reports.report('session.ended', { path: record.stream, session, bytes, durationMs: session.durationMs, reason });
  }

  async view(path: string, options: ViewOptions): Promise<Viewer> {
    const admission = await this.#admit('play', path, options, options.trusted ?? false);
    const { path: resolved } = admission;
    if (this.#viewers >= this.#settings.limits.maxViewers) {
      throw new SluiceError('ERR_TOO_MANY_VIEWERS', 'too many viewers (engine.limits.maxViewers)', { status: 503 });
    }
    options.onAllowed?.();
    // Counted from here on, as many may wait for a stream at once.
    this.#viewers++;
    let viewer: ViewerSession | undefined;
    try {
      const stream = await this.#locator.locate(resolved, options.signal);
      checkWanted(options.signal);
      checkAdmission(admission, this.#clock.now());
      viewer = this.#join(stream, options, admission);
    } finally {
      if (viewer === undefined) this.#viewers--;
    }
    this.#reports.report('session.started', { path: resolved, session: viewer.record.info() });
    return viewer;
  }

  #join(stream: Stream, options: ViewOptions, admission: Admission): ViewerSession {
    const now = this.#clock.now();
    const record = new SessionRecord(this.#id(), 'viewer', stream.path, options, this.#clock.wallMs(), admission);
    const rendition = stream.rendition(options.form, options.query ?? {}, now);
    try {
      const viewer = new ViewerSession(record, rendition, options, this.#settings, now, (_, reason, error) => {
        if (error !== undefined) this.#onError(error, 'viewer');
        this.#viewerEnded(stream, record, rendition, reason);
      });
      rendition.viewers.push(viewer);
      if (viewer.awaitsKey) stream.wantKeyFrame(now);
      return viewer;
    } catch (error) {
      stream.releaseRendition(rendition, now);
      throw error;
    }
  }

  #viewerEnded(stream: Stream, record: SessionRecord, rendition: Rendition, reason: CloseReason): void {
    this.#viewers--;
    stream.bytesOut += record.bytesOut;
    const now = this.#clock.now();
    stream.releaseRendition(rendition, now);
    if (stream.viewerCount === 0) stream.idleSinceMs = now;
    this.#sessionEnded(record, reason);
  }

  async locate(path: string, options: LocateOptions): Promise<LocatedStream> {
    const { path: resolved } = await this.#admit('play', path, options, false);
    options.onAllowed?.();
    const stream = await this.#locator.locate(resolved, options.signal);
    checkWanted(options.signal);
    const { output, query = {} } = options;
    return { path: resolved, tracks: output === undefined ? stream.tracks : stream.tracksFor(output, query) };
  }

  async subscribe(path: string, options: SubscribeOptions = {}): Promise<Subscription> {
    const admission = await this.#admit('play', path, options, options.trusted ?? options.protocol === undefined);
    const { path: resolved } = admission;
    const stream = await this.#locator.locate(resolved, options.signal);
    checkWanted(options.signal);
    checkAdmission(admission, this.#clock.now());
    const start = options.start ?? 'gop';
    const group = start === 'gop' ? stream.group : [];
    const awaitKey = start === 'key' || (start === 'gop' && group.length === 0);
    const abort = (): void => subscription.close();
    const selection = options.output === undefined ? undefined : stream.select(options.output, options.query ?? {});
    const tracks = selection === undefined ? stream.tracks : stream.tracks.map((track) => selection.of(track)).filter((track) => track !== undefined);
    const first = selection?.group(group).filter(({ track }) => selection.carries(track)) ?? group;
    const maxQueued = options.maxQueued ?? 512;
    const subscription = new FrameSubscription({ path: resolved, tracks, first, awaitKey, maxQueued, selection, admission }, (closed) => {
      options.signal?.removeEventListener('abort', abort);
      selection?.close();
      stream.subscriptions.delete(closed);
      if (stream.viewerCount === 0) stream.idleSinceMs = this.#clock.now();
    });
    stream.subscriptions.add(subscription);
    options.signal?.addEventListener('abort', abort);
    if (awaitKey) stream.wantKeyFrame(this.#clock.now());
    return subscription;
  }

  #sweep(): void {
    const now = this.#clock.now();
    for (const stream of [...this.#streams.values()]) {
      endRefused(stream, now);
      this.#checkTraffic(stream, now);
      const due = sweepStream(stream, now, this.#settings);
      if (due === 'lingered') this.#drop(stream, closeReason('lost', 'the publisher did not come back'));
      else if (due === 'silent') stream.publisher?.end(closeReason('timeout', 'nothing received'));
      else if (due === 'idle') void this.#idle(stream);
    }
  }

  #checkTraffic(stream: Stream, nowMs: number): void {
    if (stream.publisher !== undefined) this.#traffic.check(stream.publisher.record, nowMs);
    for (const viewer of stream.viewerSessions()) this.#traffic.check(viewer.record, nowMs);
  }

  async #idle(stream: Stream): Promise<void> {
    stream.idleAsked = true;
    const verdict = await this.#hooks.idle.promise({ path: stream.path, idleSeconds: this.#settings.idleSeconds }).catch(() => undefined);
    stream.idleAsked = false;
    if (stream.wanted) return;
    if (verdict === 'end' || (verdict === undefined && stream.demanded)) this.#drop(stream, closeReason('idle', 'nobody watches'));
    else stream.idleSinceMs = this.#clock.now();
  }

  list(): StreamInfo[] {
    return [...[...this.#streams.values()].map(infoOf), ...this.#locator.awaited.map((path) => this.#awaitedInfo(path))];
  }

  describe(path: string): StreamInfo | undefined {
    const stream = this.#streams.get(path);
    if (stream !== undefined) return infoOf(stream);
    return this.#locator.isAwaited(path) ? this.#awaitedInfo(path) : undefined;
  }

  /** What is shown of paths that are waited for: they are no streams yet, count nowhere and are not swept. */
  #awaitedInfo(path: string): StreamInfo {
    const nothing = { viewers: 0, bytesIn: 0, bytesOut: 0, bitrate: 0, gopMs: 0, health: {} };
    return { path, state: 'waiting', instance: `${this.#prefix}-0`, publisher: null, tracks: [], ...nothing };
  }

  close(path: string, reason: CloseReason): boolean {
    const stream = this.#streams.get(path);
    if (stream === undefined) return this.#locator.endWait(path);
    this.#drop(stream, reason);
    return true;
  }

  sessions(path?: string): SessionInfo[] {
    const streams = path === undefined ? [...this.#streams.values()] : [this.#streams.get(path)].filter((stream) => stream !== undefined);
    return streams.flatMap((stream) => {
      const viewers = [...stream.viewerSessions()].map((viewer) => viewer.record.info());
      return stream.publisher === undefined ? viewers : [stream.publisher.record.info(), ...viewers];
    });
  }

  closeSession(id: string, reason: CloseReason): boolean {
    for (const stream of this.#streams.values()) {
      if (stream.publisher?.sessionId === id) {
        this.#drop(stream, reason);
        return true;
      }
      for (const viewer of stream.viewerSessions()) {
        if (viewer.sessionId !== id) continue;
        viewer.end(reason);
        return true;
      }
    }
    return false;
  }

  /** Nothing begins any more: whoever asks is answered 503. What runs goes on. */
  drain(): void {
    this.#closing = true;
    this.#locator.close();
  }

  /** Ends everything. */
  shutdown(): void {
    this.drain();
    for (const stream of [...this.#streams.values()]) this.#drop(stream, closeReason('shutdown'));
    this.#stopSweep();
    this.#pump.close();
  }
}

function infoOf(stream: Stream): StreamInfo {
  const info = stream.info();
  let live = 0;
  for (const viewer of stream.viewerSessions()) live += viewer.record.bytesOut;
  return { ...info, bytesOut: info.bytesOut + live };
}

function checkWanted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new SluiceError('ERR_ABORTED', 'the viewer went away', { status: 499 });
}
