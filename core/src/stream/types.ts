import type { Frame } from '../media/frame.js';
import type { Track, TrackInfo, TrackKind } from '../media/track.js';
import type { AccessAction, Peer } from './access.js';
import type { CloseReason } from './close-reason.js';
import type { SessionInfo } from './session.js';
import type { TrackAcceptance } from './track-deriver.js';
import type { WireForm } from './wire-form.js';

/** What a publisher may be asked for, where it can. Calls are coalesced and rate-limited by the stream. */
export interface PublisherControls {
  keyFrame?(): void;
  pause?(): void;
  resume?(): void;
  seek?(positionSeconds: number): void;
  speed?(factor: number): void;
}

/** How to publish. */
export interface PublishOptions extends Partial<Peer> {
  /** Tracks known already. Others are taken from the frames. */
  readonly tracks?: readonly Track[];
  /** Kinds that will come; a stream is ready without waiting once all of these are known. */
  readonly expects?: readonly TrackKind[];
  readonly controls?: PublisherControls;
  /** Called once, when the publisher is over for whatever reason but its own `close`. */
  readonly onClose?: (reason: CloseReason) => void;
  /** True for what the process itself decided (a demand, a relay, an embedder): nobody is asked for permission. */
  readonly trusted?: boolean;
  /** Ends the publisher with `timeout` after this long without a frame; 0 for never. Default `engine.receiveTimeoutSeconds`. */
  readonly receiveTimeoutSeconds?: number;
}

/** The writing end of a stream. */
export interface Publisher {
  readonly path: string;
  readonly sessionId: string;
  readonly closed: boolean;
  /** Adds a track, or replaces the one with its id. Frames of an unknown track do so by themselves. */
  setTrack(track: Track): void;
  /** Says which kinds will come, once known. */
  expect(kinds: readonly TrackKind[]): void;
  /** Hands a frame to everybody. Never blocks; does nothing once closed. */
  write(frame: Frame): void;
  /** Counts bytes of the wire. */
  received(bytes: number): void;
  /** Counts something about the health of the input: `lost`, `reordered`, `duplicate`, `resyncs` … */
  count(kind: string, by?: number): void;
  /** Ends it; `ended` by default. The stream lingers where the reason is `lost`, `timeout` or `protocol-error`. */
  close(reason?: CloseReason): Promise<void>;
}

/** Where a viewer's bytes go. */
export interface ViewerSink {
  /** Sends bytes; false means full: nothing more is written until `Viewer.drained` is called. */
  write(bytes: Buffer): boolean;
  /** Sends several pieces at once, without joining them; a sink that cannot is given them joined. */
  writeAll?(pieces: readonly Buffer[]): boolean;
  /** Bytes written and not yet taken by the peer. */
  readonly queued: number;
  /** The viewer is over; close the connection as its protocol does. Called once, not after `Viewer.close`. */
  end(reason: CloseReason): void;
}

/** How to view a stream as wire bytes. */
export interface ViewOptions extends Peer {
  readonly form: WireForm;
  readonly sink: ViewerSink;
  /** Where to start: the newest group of pictures (default), the next key frame, or at once. */
  readonly start?: 'gop' | 'key' | 'now';
  /** What to do when the viewer lags: jump to a key frame (default) or disconnect. */
  readonly onLag?: 'skip' | 'disconnect';
  /** Bytes to go before `first`, the form's header and group of pictures, in the same write (a response head). Called when the stream is there. */
  readonly preamble?: (tracks: readonly Track[], first: readonly Buffer[]) => Buffer;
  /** Called when it may view; what comes then may be a long wait for the stream. Whoever may wait is no stranger: the place to admit its connection. */
  readonly onAllowed?: () => void;
  /** Gives up waiting for the stream. */
  readonly signal?: AbortSignal;
  readonly trusted?: boolean;
}

/** A running viewer. */
export interface Viewer {
  readonly sessionId: string;
  readonly path: string;
  /** When the permission ends (monotonic milliseconds); 0 once it was taken back. For outputs that have something to give after the viewer is over. */
  readonly permittedUntilMs: number;
  /** To be called when the sink has room again. */
  drained(): void;
  /** Counts bytes that the viewer sent. */
  received(bytes: number): void;
  /** Counts bytes that went to the viewer past its sink, where an output answers requests. */
  sent(bytes: number): void;
  /** The peer went away or is no longer wanted. */
  close(reason: CloseReason): void;
}

/** How to find a stream without viewing it yet. */
export interface LocateOptions extends Peer {
  /** As in `ViewOptions`. */
  readonly onAllowed?: () => void;
  readonly signal?: AbortSignal;
  /** What the viewer is going to be sent in, which decides which tracks it gets. Left out: the originals, all of them. */
  readonly output?: TrackAcceptance;
}

/** A stream that can be viewed, as plain data. */
export interface LocatedStream {
  /** The path it is really at. */
  readonly path: string;
  /** With `output`: those that a viewer of this query gets, original or derived. */
  readonly tracks: readonly Track[];
}

/** How to get frames themselves. */
export interface SubscribeOptions extends Partial<Peer> {
  readonly start?: 'gop' | 'key' | 'now';
  /** Which tracks are wanted, original or derived, as for a viewer. Left out: the originals, all of them. */
  readonly output?: TrackAcceptance;
  /** Frames kept for a slow consumer before it is moved to the next key frame. Default 512. */
  readonly maxQueued?: number;
  readonly signal?: AbortSignal;
  readonly trusted?: boolean;
}

/** Frames of one stream. Leaving the loop closes it. */
export interface Subscription extends AsyncIterable<Frame> {
  readonly path: string;
  readonly tracks: readonly Track[];
  close(): void;
}

/** `waiting`: a publisher is on, its tracks are not known yet, or a demand is being served. `lingering`: the publisher went, viewers stay. */
export type StreamState = 'waiting' | 'live' | 'lingering';

/** A track as plain data. */
export interface StreamTrackInfo extends TrackInfo {
  /** Text, as all ids that leave the process. */
  readonly id: string;
  readonly kind: TrackKind;
  readonly codec: string;
}

/** A stream as plain data, as `GET /streams` shows it. `bitrate` in bit/s, over the last seconds. */
export interface StreamInfo {
  readonly path: string;
  readonly state: StreamState;
  /** Unique per life of a stream. */
  readonly instance: string;
  readonly publisher: {
    readonly sessionId: string;
    readonly protocol: string;
    readonly remote?: string;
    readonly since: string;
    readonly query: Readonly<Record<string, string>>;
  } | null;
  readonly tracks: readonly StreamTrackInfo[];
  readonly viewers: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly bitrate: number;
  /** Length of the newest group of pictures, in milliseconds. */
  readonly gopMs: number;
  readonly health: Readonly<Record<string, number>>;
}

/** What plugins and embedders do with streams. All answers are plain data. */
export interface Streams {
  /** Becomes the publisher of `path`. Rejects with `ERR_STREAM_PATH`, `ERR_NOT_ALLOWED` (401, 403) or `ERR_STREAM_BUSY` (409). */
  publish(path: string, options?: PublishOptions): Promise<Publisher>;
  /** Sends a stream as wire bytes. Resolves once the first bytes are written. Rejects with `ERR_STREAM_NOT_FOUND` (404), `ERR_NOT_ALLOWED`, or the demand's error. */
  view(path: string, options: ViewOptions): Promise<Viewer>;
  /** What a viewer is going to see, for protocols that describe a stream before it is played. Brings a missing one. Rejects as `view` does. */
  locate(path: string, options: LocateOptions): Promise<LocatedStream>;
  /** Reads frames. Rejects as `view` does. */
  subscribe(path: string, options?: SubscribeOptions): Promise<Subscription>;
  /**
   * Asks whether somebody may, and does no more: before a protocol says what else is wrong with a request, which is no stranger's business. Rejects
   * with `ERR_STREAM_PATH` or `ERR_NOT_ALLOWED`.
   */
  authorize(action: AccessAction, path: string, peer: Peer): Promise<void>;
  list(): StreamInfo[];
  describe(path: string): StreamInfo | undefined;
  /** Ends publisher and viewers at once, without lingering. False where there is no such stream. */
  close(path: string, reason: CloseReason): boolean;
  sessions(path?: string): SessionInfo[];
  closeSession(id: string, reason: CloseReason): boolean;
}
