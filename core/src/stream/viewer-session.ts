import type { EngineSettings } from '../config/engine-schema.js';
import { messageOf } from '../error.js';
import { permittedUntilMs } from './admission.js';
import { type CloseReason, closeReason } from './close-reason.js';
import type { Rendition } from './rendition.js';
import type { SessionRecord } from './session-record.js';
import type { Viewer, ViewerSink, ViewOptions } from './types.js';

const CATCH_UP_BYTES = 256 * 1024;
/** What a viewer was given on joining is no lag until drained or this old. */
const JOIN_GRACE_MS = 10_000;
const SMALL_NUMBER = 2 ** 30;

/** Who is told that a viewer is over. `error` is what its sink threw, if it did. */
export type ViewerEnd = (session: ViewerSession, reason: CloseReason, error?: unknown) => void;

/** A cursor into a rendition, and its socket. Its memory is bounded: nothing is written while the sink is full. */
export class ViewerSession implements Viewer {
  readonly record: SessionRecord;
  readonly #rendition: Rendition;
  readonly #sink: ViewerSink;
  readonly #settings: EngineSettings;
  readonly #disconnectOnLag: boolean;
  readonly #onEnd: ViewerEnd;
  /** Next entry to send; -1 while waiting for a key frame. */
  #next: number;
  #blocked = false;
  #behindSinceMs = -1;
  #graceUntilMs: number;
  /** While waiting: the first entry that was not given, and the first key entry that will do. */
  #lostFrom = -1;
  #keyFrom = -1;
  /** `record.drops` when the waiting began; -1 where nothing is counted (it joined and waits for its first key frame). */
  #dropsBefore = -1;
  #ended = false;
  /** Bytes sent: a small number that is counted up per batch, and what became too large for one. */
  #sent = 0;
  #sentBefore = 0;

  constructor(record: SessionRecord, rendition: Rendition, options: ViewOptions, settings: EngineSettings, nowMs: number, onEnd: ViewerEnd) {
    this.record = record;
    record.sender = this;
    this.#rendition = rendition;
    this.#sink = options.sink;
    this.#settings = settings;
    this.#disconnectOnLag = options.onLag === 'disconnect';
    this.#onEnd = onEnd;
    this.#next = this.#join(options);
    this.#graceUntilMs = this.#blocked ? nowMs + JOIN_GRACE_MS : 0;
  }

  get bytesOut(): number {
    return this.#sentBefore + this.#sent;
  }
  get sessionId(): string {
    return this.record.id;
  }
  get path(): string {
    return this.record.stream;
  }
  get permittedUntilMs(): number {
    return permittedUntilMs(this.record.admission);
  }
  /** True while it needs a key frame to go on. */
  get awaitsKey(): boolean {
    return this.#next < 0;
  }

  /** Writes preamble, header and group of pictures at once; answers the cursor. Throws what the sink throws. */
  #join(options: ViewOptions): number {
    const rendition = this.#rendition;
    const start = options.start ?? 'gop';
    const { pieces, hasGroup } = rendition.snapshot(start === 'gop');
    const preamble = options.preamble?.(rendition.tracks, pieces);
    if (preamble !== undefined) pieces.unshift(preamble);
    this.#writeFirst(pieces.filter(({ length }) => length > 0));
    const next = rendition.flushed;
    const hasVideo = rendition.tracks.some((track) => track.kind === 'video');
    if (hasGroup || start === 'now' || !hasVideo) return next;
    this.#lostFrom = next;
    this.#keyFrom = next;
    return -1;
  }

  #writeFirst(pieces: readonly Buffer[]): void {
    const [first] = pieces;
    if (first === undefined) return;
    for (const { length } of pieces) this.#count(length);
    const sink = this.#sink;
    if (pieces.length === 1) this.#blocked = !sink.write(first);
    else this.#blocked = !(sink.writeAll?.(pieces) ?? sink.write(Buffer.concat(pieces)));
  }

  /** Per batch and viewer, so that it touches nothing but this object, and no number that needs an object of its own. */
  #count(bytes: number): void {
    this.#sent += bytes;
    if (this.#sent < SMALL_NUMBER) return;
    this.#sentBefore += this.#sent;
    this.#sent = 0;
  }

  #write(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#count(bytes.length);
    try {
      if (!this.#sink.write(bytes)) this.#blocked = true;
    } catch (error) {
      this.#blocked = true;
      this.end(closeReason('lost', messageOf(error)));
    }
  }

  /** A batch of new entries `from` up to `to`. Called by the rendition only. */
  deliver(batch: Buffer, from: number, to: number, nowMs: number): void {
    if (this.#ended) return;
    if (this.#blocked) {
      this.#watchLag(nowMs);
    } else if (this.#next === from) {
      this.#next = to;
      this.#write(batch);
    } else {
      this.#advance();
    }
  }

  drained(): void {
    // Most drains are of a large picture that went at once.
    if (this.#ended || !this.#blocked) return;
    this.#blocked = false;
    this.#graceUntilMs = 0;
    this.#advance();
  }

  /** Sends what the log has for a viewer that is behind, as long as the sink takes it. */
  #advance(): void {
    const { log, flushed } = this.#rendition;
    if (this.#next >= 0 && this.#next < log.start) this.#lose(this.#next);
    if (this.#next < 0) this.#seekKey();
    while (!this.#blocked && this.#next >= 0 && this.#next < flushed) {
      const { bytes, next } = this.#rendition.catchUp(this.#next, CATCH_UP_BYTES);
      this.#next = next;
      this.#write(bytes);
    }
    if (this.#next === flushed) {
      this.#behindSinceMs = -1;
      this.record.lagMs = 0;
    }
  }

  /** From `seq` on nothing is given until a later key frame. */
  #lose(seq: number): void {
    this.#lostFrom = seq;
    this.#keyFrom = seq + 1;
    this.#dropsBefore = this.record.drops;
    this.#next = -1;
  }

  /** Goes on at the newest key frame that was not passed yet and is no lag by itself, or waits for the next one. */
  #seekKey(): void {
    const rendition = this.#rendition;
    const { log, flushed } = rendition;
    const key = log.keySeq;
    const usable = key >= this.#keyFrom && key < flushed && !this.#isLag(key);
    if (this.#dropsBefore >= 0) this.record.drops = this.#dropsBefore + (usable ? key : flushed) - this.#lostFrom;
    if (!usable) return;
    this.#next = key;
    this.#dropsBefore = -1;
    const changes = rendition.changesBetween(this.#lostFrom, key);
    if (changes !== undefined) this.#write(changes);
  }

  /** Whether a viewer whose next entry is `seq` is too far behind. */
  #isLag(seq: number): boolean {
    const { log } = this.#rendition;
    const entry = log.at(seq);
    if (entry === undefined) return seq < log.start;
    const { maxLagMs, maxLagBytes } = this.#settings.delivery;
    // The entry itself is no lag, or a key frame larger than the limit could never be sent.
    return log.newestMs - entry.dtsMs > maxLagMs || log.position - entry.position - entry.bytes.length > maxLagBytes;
  }

  #watchLag(nowMs: number): void {
    if (nowMs < this.#graceUntilMs) return;
    const { log, flushed } = this.#rendition;
    if (this.#next >= 0) {
      const entry = log.at(this.#next);
      if (entry !== undefined) this.record.lagMs = Math.max(0, Math.round(log.newestMs - entry.dtsMs));
      if (this.#isLag(this.#next)) this.#fallBehind(nowMs);
    } else if (this.#dropsBefore >= 0) {
      this.record.drops = this.#dropsBefore + flushed - this.#lostFrom;
    }
    const { slowSeconds } = this.#settings.delivery;
    if (this.#behindSinceMs >= 0 && nowMs - this.#behindSinceMs > slowSeconds * 1000) {
      this.end(closeReason('slow', `behind for ${slowSeconds} s`));
    }
  }

  #fallBehind(nowMs: number): void {
    if (this.#disconnectOnLag) {
      this.end(closeReason('slow', 'lagging'));
      return;
    }
    this.record.skips++;
    this.#lose(this.#next);
    this.record.drops += this.#rendition.flushed - this.#lostFrom;
    if (this.#behindSinceMs < 0) this.#behindSinceMs = nowMs;
  }

  received(bytes: number): void {
    this.record.bytesIn += bytes;
  }

  sent(bytes: number): void {
    if (!this.#ended) this.#count(bytes);
  }

  /** Ends it from our side: the sink is told. */
  end(reason: CloseReason): void {
    if (this.#ended) return;
    let failure: unknown;
    this.#leave();
    try {
      this.#sink.end(reason);
    } catch (error) {
      failure = error;
    }
    this.#onEnd(this, reason, failure);
  }

  /** Ends it because the peer went. */
  close(reason: CloseReason): void {
    if (this.#ended) return;
    this.#leave();
    this.#onEnd(this, reason);
  }

  #leave(): void {
    this.#ended = true;
    const { viewers } = this.#rendition;
    const at = viewers.indexOf(this);
    if (at >= 0) viewers.splice(at, 1);
  }
}
