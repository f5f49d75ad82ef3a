import type { EngineSettings } from '../config/engine-schema.js';
import type { Frame } from '../media/frame.js';
import { rescale } from '../media/time.js';
import type { Track } from '../media/track.js';
import type { TrackSelection } from './track-selection.js';
import type { ViewerSession } from './viewer-session.js';
import type { WireForm, WireMuxer, WireOutput } from './wire-form.js';
import { WireLog } from './wire-log.js';

/** A derived track begins with the group of pictures, and that much before the original's last frame at the most. */
const MAX_OVERLAP_MS = 60_000;

/**
 * A stream in one wire form, made once for all its viewers: a log of ready-made bytes and a list of cursors into it.
 * Exists while somebody watches in this form, and a little longer where the form is kept warm.
 */
export class Rendition implements WireOutput {
  readonly selection: TrackSelection;
  readonly log = new WireLog();
  readonly viewers: ViewerSession[] = [];
  readonly keptWarm: boolean;
  /** Monotonic ms at which the last viewer left. */
  unwatchedSinceMs = Number.POSITIVE_INFINITY;
  readonly #muxer: WireMuxer;
  readonly #settings: EngineSettings;
  readonly #envelope: ((length: number) => Buffer) | undefined;
  /** Tracks as viewers know them now. */
  readonly #tracks = new Map<number, Track>();
  /** Tracks as they were at the newest key entry. */
  #keyTracks: Track[] = [];
  #hasVideo = false;
  #flushed = 0;
  #key = false;
  #dtsMs = 0;
  #joined: Buffer | undefined;
  #joinedEnd = -1;
  /** By id, the time in ms from which on viewers get a derived track that took the original's place. */
  readonly #takeovers = new Map<number, number>();
  /** A track of the newest group of pictures became one of another codec: players that begin with the old one wait for more of it, some for ever. */
  #isSplit = false;
  /** Where tracks changed last. */
  #changedSeq = -1;
  /** What was last told of each changed track, for viewers that passed over it. */
  readonly #changes = new Map<number, { readonly seq: number; readonly bytes: Buffer }>();

  /** `frames` is the newest group of pictures, `tracks` what is known of the stream. */
  constructor(form: WireForm, selection: TrackSelection, settings: EngineSettings, tracks: readonly Track[], frames: readonly Frame[]) {
    this.selection = selection;
    this.keptWarm = form.keptWarm ?? false;
    this.#settings = settings;
    this.#envelope = form.envelope?.bind(form);
    const group = canBeTold(form, tracks, frames) ? frames : [];
    for (const track of tracks) {
      const carried = selection.of(firstEpoch(track, group));
      if (carried !== undefined) this.#adopt(carried);
    }
    this.#keyTracks = [...this.#tracks.values()];
    this.#muxer = form.createMuxer(this.#keyTracks);
    for (const frame of selection.group(group)) this.push(frame);
    this.#flushed = this.log.end;
  }

  #adopt(track: Track): void {
    this.#tracks.set(track.id, track);
    if (track.kind === 'video') this.#hasVideo = true;
  }

  /** Muxes a frame into the log, if its track is one of this rendition's. */
  push(frame: Frame): void {
    const track = frame.track;
    this.#dtsMs = (frame.dts * 1000) / track.clockRate;
    if (this.#tracks.get(track.id) !== track && !this.#meet(frame)) return;
    if (this.#takeovers.size > 0 && this.#wasGiven(track.id)) return;
    this.#key = frame.key && (track.kind === 'video' || !this.#hasVideo);
    if (this.#key) {
      this.#keyTracks = [...this.#tracks.values()];
      this.#isSplit = false;
    }
    this.#muxer.mux(frame, this);
    // What the pump did not come to hand out is bounded as well.
    if (this.log.bytes > 2 * this.#maxBytes) this.#trim();
  }

  /** A frame of a track that viewers do not know: they are told what they get for it. False where that is not the frame itself. */
  #meet(frame: Frame): boolean {
    const { track } = frame;
    const carried = this.selection.carries(track) ? track : this.selection.of(track);
    if (carried === undefined) return false;
    const before = this.#tracks.get(track.id);
    if (before !== carried) {
      if (before !== undefined && carried !== track) this.#takeovers.set(track.id, this.#dtsMs);
      if (before !== undefined && before.codec !== carried.codec) this.#isSplit = true;
      this.#adopt(carried);
      this.#key = false;
      if (frame.key && track.kind === 'video') this.#keyTracks = [...this.#tracks.values()];
      this.#change(carried, rescale(frame.dts, track.clockRate, carried.clockRate));
    }
    return carried === track;
  }

  /** Whether the frame in hand is of a derived track, from before it took the place of the original. */
  #wasGiven(id: number): boolean {
    const sinceMs = this.#takeovers.get(id);
    if (sinceMs === undefined) return false;
    if (this.#dtsMs < sinceMs && this.#dtsMs > sinceMs - MAX_OVERLAP_MS) return true;
    this.#takeovers.delete(id);
    return false;
  }

  #change(track: Track, dts: number): void {
    const seq = this.log.end;
    this.#muxer.changed(track, dts, this);
    this.#changedSeq = seq;
    if (this.log.end > seq) this.#changes.set(track.id, { seq, bytes: this.log.join(seq, this.log.end) });
  }

  /** What a viewer must be told that goes on at `to` and was given nothing from `from` on: changes of tracks in between. */
  changesBetween(from: number, to: number): Buffer | undefined {
    const passed = [...this.#changes.values()].filter(({ seq }) => seq >= from && seq < to).sort((a, b) => a.seq - b.seq);
    if (passed.length === 0) return undefined;
    const changes = passed.map((change) => change.bytes);
    if (this.#envelope === undefined) return Buffer.concat(changes);
    return Buffer.concat([this.#envelope(changes.reduce((sum, { length }) => sum + length, 0)), ...changes]);
  }

  /** Tracks that are no more: joiners are not told of them. */
  forget(ids: ReadonlySet<number>): void {
    for (const id of ids) {
      this.#tracks.delete(id);
      this.selection.forget(id);
    }
    this.#keyTracks = this.#keyTracks.filter((track) => !ids.has(track.id));
    this.#hasVideo = this.tracks.some((track) => track.kind === 'video');
  }

  get #maxBytes(): number {
    return this.#settings.gop.maxBytes + this.#settings.delivery.maxLagBytes;
  }

  #trim(): void {
    this.log.trim(this.#settings.delivery.maxLagMs, this.#maxBytes);
  }

  /** For the muxer: bytes of the frame in hand. Only the first of a key frame is where a viewer begins. */
  append(bytes: Buffer, boundaries?: readonly number[]): void {
    this.log.append(this.#key, this.#dtsMs, bytes, boundaries);
    this.#key = false;
  }

  /** What a joiner is told of the tracks. */
  get tracks(): readonly Track[] {
    return [...this.#tracks.values()];
  }

  /** Makes what is newest fit for joiners: where a group of pictures or other tracks begin among what was not handed out yet, it is handed out now. */
  settle(nowMs: number): void {
    if (this.log.keySeq >= this.#flushed || this.#changedSeq >= this.#flushed) this.flush(nowMs);
  }

  /** First pieces of a joiner, in the form's envelope: header, and with `gop` the newest group of pictures. Where it goes on is `flushed`. */
  snapshot(gop: boolean): { pieces: Buffer[]; hasGroup: boolean } {
    const group = gop && this.#hasVideo ? this.#group() : undefined;
    const header = this.#muxer.header(group === undefined ? this.tracks : this.#groupTracks());
    const pieces = group === undefined ? [header] : [header, group];
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
    if (this.#envelope !== undefined && length > 0) pieces.unshift(this.#envelope(length));
    return { pieces, hasGroup: group !== undefined };
  }

  /** The group's own bytes tell of later changes. */
  #groupTracks(): Track[] {
    const known = new Set(this.#keyTracks.map((track) => track.id));
    return [...this.#keyTracks, ...this.tracks.filter((track) => !known.has(track.id))];
  }

  /** What was handed out of the newest group of pictures; joined once for all who join before the next batch. */
  #group(): Buffer | undefined {
    const { keySeq } = this.log;
    const end = this.#flushed;
    if (keySeq < 0 || keySeq >= end || this.#isSplit) return undefined;
    const key = this.log.at(keySeq);
    const { maxBytes, maxSeconds } = this.#settings.gop;
    if (key === undefined || this.log.position - key.position > maxBytes || this.log.newestMs - key.dtsMs > maxSeconds * 1000) return undefined;
    if (this.#joinedEnd !== end || this.#joined === undefined) {
      this.#joined = this.log.join(keySeq, end);
      this.#joinedEnd = end;
    }
    return this.#joined;
  }

  /** Hands all that is new to the viewers: joined once, one write each. */
  flush(nowMs: number): void {
    const from = this.#flushed;
    const to = this.log.end;
    if (from === to) return;
    this.#flushed = to;
    this.#joined = undefined;
    if (this.viewers.length > 0) this.#deliver(from, to, nowMs);
    this.#trim();
  }

  #deliver(from: number, to: number, nowMs: number): void {
    // A burst larger than the log lost its beginning: what is left is handed out, viewers go on at a key frame.
    const first = Math.max(from, this.log.start);
    const batch = this.log.join(first, to, this.#envelope);
    // Backwards, because a viewer may take itself off the list.
    for (let i = this.viewers.length - 1; i >= 0; i--) (this.viewers[i] as ViewerSession).deliver(batch, first, to, nowMs);
  }

  /** Everything before this was handed out. */
  get flushed(): number {
    return this.#flushed;
  }

  /** Bytes from `seq` on for one viewer that was behind, at most `maxBytes` (at least one entry); answers where it ends. */
  catchUp(seq: number, maxBytes: number): { bytes: Buffer; next: number } {
    const start = this.log.at(seq);
    const limit = (start?.position ?? 0) + maxBytes;
    let next = seq + 1;
    while (next < this.#flushed && (this.log.at(next)?.position ?? limit) < limit) next++;
    return { bytes: this.log.join(seq, next, this.#envelope), next };
  }
}

/** The kept frames may begin with older parameters than the newest ones: the header must fit the first frame. */
function firstEpoch(track: Track, frames: readonly Frame[]): Track {
  for (const frame of frames) if (frame.track.id === track.id) return frame.track;
  return track;
}

/** Whether a viewer who is told of the first of the kept frames can be told of all that changed in them. */
function canBeTold(form: WireForm, tracks: readonly Track[], frames: readonly Frame[]): boolean {
  if (form.follows === undefined) return true;
  for (const now of tracks) {
    if (!form.accepts(now)) continue;
    let before: Track | undefined;
    for (const { track } of frames) {
      if (track.id !== now.id || track === before) continue;
      if (before !== undefined && !form.follows(before, track)) return false;
      before = track;
    }
    if (before !== undefined && before !== now && !form.follows(before, now)) return false;
  }
  return true;
}
