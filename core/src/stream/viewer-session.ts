import type { EngineSettings } from '../config/engine-schema.js';
import type { CloseReason } from './close-reason.js';
import type { Rendition } from './rendition.js';
import type { SessionRecord } from './session-record.js';
import type { Viewer, ViewerSink, ViewOptions } from './types.js';

const CATCH_UP_BYTES = 256 * 1024;
/** What a viewer was given on joining is no lag until drained or this old. */
const JOIN_GRACE_MS = 10_000;

/** A cursor into a rendition, and its socket. Its memory is bounded: nothing is written while the sink is full. */
export class ViewerSession implements Viewer {
  readonly record: SessionRecord;
  readonly #rendition: Rendition;
  readonly #sink: ViewerSink;
  readonly #settings: EngineSettings;
  readonly #disconnectOnLag: boolean;
  readonly #onEnd: (session: ViewerSession, reason: CloseReason) => void;
  /** Next entry to send; -1 while waiting for a key frame. */
  #next: number;
  #blocked = false;
  #behindSinceMs = -1;
  #graceUntilMs: number;
  /** Newest entry when it was last made to skip, or joined without a group: it begins at a later key frame. */
  #skippedAt = -1;
  #ended = false;

  constructor(
    record: SessionRecord,
    rendition: Rendition,
    options: ViewOptions,
    settings: EngineSettings,
    nowMs: number,
    onEnd: (session: ViewerSession, reason: CloseReason) => void,
  ) {
    this.record = record;
    this.#rendition = rendition;
    this.#sink = options.sink;
    this.#settings = settings;
    this.#disconnectOnLag = options.onLag === 'disconnect';
    this.#onEnd = onEnd;
    this.#graceUntilMs = nowMs + JOIN_GRACE_MS;
    this.#next = this.#join(options);
  }

  get sessionId(): string {
    return this.record.id;
  }
  get path(): string {
    return this.record.stream;
  }

  /** Writes preamble, header and group of pictures at once; answers the cursor. */
  #join(options: ViewOptions): number {
    const rendition = this.#rendition;
    const start = options.start ?? 'gop';
    const { header, group } = rendition.snapshot(start === 'gop');
    const media = group === undefined ? header : Buffer.concat([header, group]);
    const framed = rendition.form.envelope === undefined ? media : rendition.form.envelope(media);
    const preamble = options.preamble?.(rendition.tracks);
    this.#write(preamble === undefined ? framed : Buffer.concat([preamble, framed]));
    const hasVideo = rendition.tracks.some((track) => track.kind === 'video');
    if (group !== undefined || start === 'now' || !hasVideo) return rendition.log.end;
    this.#skippedAt = rendition.log.end - 1;
    return -1;
  }

  #write(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.record.bytesOut += bytes.length;
    if (!this.#sink.write(bytes)) this.#blocked = true;
  }

  /** A batch of new entries `from` up to `to`. Called by the rendition only. */
  deliver(batch: Buffer, from: number, to: number, nowMs: number): void {
    if (this.#blocked) {
      this.#watchLag(to - from, nowMs);
    } else if (this.#next === from) {
      this.#next = to;
      this.record.lagMs = 0;
      this.#write(batch);
    } else {
      this.#advance();
      if (this.#next < 0 && this.record.skips > 0) this.record.drops += to - from;
    }
  }

  drained(): void {
    if (this.#ended) return;
    this.#blocked = false;
    this.#graceUntilMs = 0;
    this.#advance();
  }

  /** Sends what the log has for a viewer that is behind, as long as the sink takes it. */
  #advance(): void {
    const { log, flushed } = this.#rendition;
    if (this.#next < 0 || this.#next < log.start) this.#seekKey();
    while (!this.#blocked && !this.#ended && this.#next >= 0 && this.#next < flushed) {
      const { bytes, next } = this.#rendition.catchUp(this.#next, CATCH_UP_BYTES);
      this.#next = next;
      this.#write(bytes);
    }
    if (this.#next === flushed) {
      this.#behindSinceMs = -1;
      this.record.lagMs = 0;
    }
  }

  /** Moves on to the newest key frame that was not passed yet, or waits for the next one. */
  #seekKey(): void {
    const { log } = this.#rendition;
    const key = log.keySeq;
    if (this.#next >= 0) this.record.drops += Math.max(0, (key < 0 ? log.end : key) - this.#next);
    this.#next = key >= 0 && key > this.#skippedAt ? key : -1;
  }

  #watchLag(fresh: number, nowMs: number): void {
    if (nowMs < this.#graceUntilMs) return;
    const { log } = this.#rendition;
    const { maxLagMs, maxLagBytes, slowSeconds } = this.#settings.delivery;
    if (this.#next >= 0) {
      const entry = log.at(this.#next);
      const lagMs = entry === undefined ? Number.POSITIVE_INFINITY : log.newestMs - entry.dtsMs;
      const lagBytes = entry === undefined ? Number.POSITIVE_INFINITY : log.position - entry.position;
      this.record.lagMs = Math.round(Math.min(lagMs, 3_600_000));
      if (lagMs > maxLagMs || lagBytes > maxLagBytes) this.#fallBehind(nowMs);
    } else {
      this.record.drops += fresh;
    }
    if (this.#behindSinceMs >= 0 && nowMs - this.#behindSinceMs > slowSeconds * 1000) {
      this.end({ code: 'slow', message: `behind for ${slowSeconds} s` });
    }
  }

  #fallBehind(nowMs: number): void {
    if (this.#disconnectOnLag) {
      this.end({ code: 'slow', message: 'lagging' });
      return;
    }
    const { log } = this.#rendition;
    this.record.drops += log.end - this.#next;
    this.record.skips++;
    this.#skippedAt = log.end - 1;
    this.#next = -1;
    if (this.#behindSinceMs < 0) this.#behindSinceMs = nowMs;
  }

  received(bytes: number): void {
    this.record.bytesIn += bytes;
  }

  /** Ends it from our side: the sink is told. */
  end(reason: CloseReason): void {
    if (this.#ended) return;
    this.close(reason);
    this.#sink.end(reason);
  }

  /** Ends it because the peer went. */
  close(reason: CloseReason): void {
    if (this.#ended) return;
    this.#ended = true;
    const { viewers } = this.#rendition;
    const at = viewers.indexOf(this);
    if (at >= 0) viewers.splice(at, 1);
    this.#onEnd(this, reason);
  }
}
