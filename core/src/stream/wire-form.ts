import type { Frame } from '../media/frame.js';
import type { Track } from '../media/track.js';
import type { TrackAcceptance } from './track-deriver.js';

/** Takes ready-made wire bytes. */
export interface WireOutput {
  /**
   * Adds bytes that no one writes to afterwards. `boundaries` are the offsets at which units (packets) end,
   * for outputs that send units apart; left out, the bytes are one unit.
   */
  append(bytes: Buffer, boundaries?: readonly number[]): void;
}

/** Turns frames into one wire form, once for all viewers of a stream. Holds no socket and no viewer. */
export interface WireMuxer {
  /** What a viewer is sent first, given the tracks known now (those the form accepts). */
  header(tracks: readonly Track[]): Buffer;
  /** A track appeared or changed while the form was made; called before its first frame. `dts` in ticks of the track's clock. */
  changed(track: Track, dts: number, out: WireOutput): void;
  /** One frame of an accepted track. */
  mux(frame: Frame, out: WireOutput): void;
}

/** A wire form: how frames look on one kind of connection. One object per form, made once; its name is the sharing key. */
export interface WireForm extends TrackAcceptance {
  readonly name: string;
  /**
   * True where it goes on being made for some seconds after its last viewer left, so that who comes back joins sooner. For forms of which a stream has a
   * few at most, whatever clients ask for: each keeps a group of pictures of its own.
   */
  readonly keptWarm?: boolean;
  /** `tracks` are those known now, of which frames may follow before anything else is called. */
  createMuxer(tracks: readonly Track[]): WireMuxer;
  /** What goes before a batch of `length` bytes on the connection (the header of a message). Called once per batch, not per viewer. */
  envelope?(length: number): Buffer;
  /** Whether who was told of `before` can go on with `after`; where not, who joins begins with pictures from behind the change. Left out, all changes can be told. */
  follows?(before: Track, after: Track): boolean;
}
