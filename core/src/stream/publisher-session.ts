import type { Frame } from '../media/frame.js';
import type { Track, TrackKind } from '../media/track.js';
import { type CloseReason, closeReason } from './close-reason.js';
import { IngestChain, type IngestFilterFactory } from './ingest-filter.js';
import type { SessionRecord } from './session-record.js';
import type { Stream } from './stream.js';
import type { Publisher, PublishOptions, StreamInfo } from './types.js';

/** What a publisher asks of its registry. */
export interface PublisherOwner {
  now(): number;
  /** How long further tracks are waited for. */
  readonly trackWaitMs: number;
  publisherClosed(publisher: PublisherSession, reason: CloseReason): void;
  /** What rewrites frames on the way in. */
  ingestFilters(): readonly IngestFilterFactory[];
  /** A callback of the publisher threw. */
  failed(error: unknown): void;
}

/** The writing end of a stream. */
export class PublisherSession implements Publisher {
  readonly record: SessionRecord;
  readonly receiveTimeoutMs: number;
  readonly #stream: Stream;
  readonly #options: PublishOptions;
  readonly #owner: PublisherOwner;
  readonly #ingest: IngestChain;
  /** Monotonic ms of the last sign of life: bytes or a frame. */
  lastSignMs: number;
  /** Monotonic ms of the first track, for those who wait for the others. */
  firstTrackMs: number | undefined;
  #closed = false;

  constructor(record: SessionRecord, stream: Stream, options: PublishOptions, receiveTimeoutMs: number, owner: PublisherOwner) {
    this.record = record;
    this.#stream = stream;
    this.#options = options;
    this.#owner = owner;
    this.receiveTimeoutMs = receiveTimeoutMs;
    this.lastSignMs = owner.now();
    const source = { path: stream.path, protocol: record.peer.protocol ?? 'internal', count: (kind: string, by?: number) => this.count(kind, by) };
    this.#ingest = new IngestChain(owner.ingestFilters(), source, (error) => owner.failed(error));
  }

  get path(): string {
    return this.#stream.path;
  }
  get sessionId(): string {
    return this.record.id;
  }
  get closed(): boolean {
    return this.#closed;
  }

  setTrack(track: Track): void {
    if (this.#closed) return;
    this.firstTrackMs ??= this.#owner.now();
    this.#stream.setTrack(track);
  }

  expect(kinds: readonly TrackKind[]): void {
    if (!this.#closed) this.#stream.expect(kinds);
  }

  write(frame: Frame): void {
    if (this.#closed) return;
    const now = this.#owner.now();
    this.lastSignMs = now;
    this.firstTrackMs ??= now;
    const placed = this.#ingest.write(frame, now);
    if (placed !== undefined) this.#stream.write(placed, now);
    // The sweep gives up late tracks as well, but looks once a second only.
    if (!this.#stream.ready && now - this.firstTrackMs >= this.#owner.trackWaitMs) this.#stream.makeReady();
  }

  received(bytes: number): void {
    if (this.#closed) return;
    this.lastSignMs = this.#owner.now();
    this.record.bytesIn += bytes;
    this.#stream.bytesIn += bytes;
  }

  count(kind: string, by = 1): void {
    if (!this.#closed) this.#stream.count(kind, by);
  }

  close(reason: CloseReason = closeReason('ended')): Promise<void> {
    this.#finish(reason);
    return Promise.resolve();
  }

  /** Ends it from the engine's side: its owner is told. */
  end(reason: CloseReason): void {
    if (!this.#finish(reason)) return;
    try {
      this.#options.onClose?.(reason);
    } catch (error) {
      this.#owner.failed(error);
    }
  }

  askKeyFrame(): void {
    try {
      this.#options.controls?.keyFrame?.();
    } catch (error) {
      this.#owner.failed(error);
    }
  }

  #finish(reason: CloseReason): boolean {
    if (this.#closed) return false;
    this.#closed = true;
    this.#ingest.close();
    this.#owner.publisherClosed(this, reason);
    return true;
  }

  publisherInfo(): NonNullable<StreamInfo['publisher']> {
    const info = this.record.info();
    return {
      sessionId: info.id,
      protocol: info.protocol,
      ...(info.remote === undefined ? {} : { remote: info.remote }),
      since: info.since,
      query: info.query,
    };
  }
}
