import type { Frame } from '../media/frame.js';
import type { Track } from '../media/track.js';
import { type ExtensionPoint, extensionPoint } from '../plugin/service.js';

/** Which tracks an output can carry, and which of them those who receive it usually play. */
export interface TrackAcceptance {
  /** Whether the output can carry this track at all. Others are left out. */
  accepts(track: Track): boolean;
  /** Whether this track is also of use to its usual receivers. Where not, a derived track takes its place, if a plugin offers one. Left out: all that is accepted. */
  plays?(track: Track): boolean;
}

/** Takes what a derivation makes. */
export interface DerivedOutput {
  /** A frame of the offer's track, on the time line of the frames that it was made from; at any time after `start`. */
  emit(frame: Frame): void;
  /** No more will come: outputs are made a new offer, or get the original. */
  end(): void;
  /** Counts under the stream's health. */
  count(kind: string, by?: number): void;
}

/** A derived track in the making. */
export interface TrackDerivation {
  /** A frame of the original track, whose parameters may change on the way. Never blocks. */
  push(frame: Frame): void;
  /** Nobody wants it any more. */
  close(): void;
}

/** A derived track that could be made. */
export interface TrackOffer {
  /** Offers of one key for one track of a stream are one derived track, made once. */
  readonly key: string;
  /** The derived track; its id is that of the original. */
  readonly track: Track;
  /** Begins; `undefined` where there is no room for one more. */
  start(output: DerivedOutput): TrackDerivation | undefined;
}

/** Makes tracks of a stream in another form, as long as some output wants them. */
export interface TrackDeriver {
  readonly name: string;
  /** What a viewer's query asks of this deriver, as one of few words; viewers of different words share nothing that is made for them. */
  choiceOf(query: Readonly<Record<string, string>>): string;
  /** What `output` gets in place of `track` under this choice; `undefined` for the track itself. */
  offer(track: Track, output: TrackAcceptance, choice: string): TrackOffer | undefined;
}

/** Plugins that derive tracks; the first one with an offer counts. */
export const trackDerivers: ExtensionPoint<TrackDeriver> = extensionPoint('stream.track-derivers');
