import { Buffer } from 'node:buffer';
import type { Frame, Track, TrackKind, WireForm, WireMuxer, WireOutput } from '@sluice/core';
import { TsMuxer } from '@sluice/plugin-format-mpeg';

const NO_HEADER = Buffer.alloc(0);
/** Sound that players know in a transport stream: a viewer of anything else gets AAC, where a plugin makes it. */
const PLAYED_SOUND: ReadonlySet<string> = new Set(['aac', 'mp3']);

/** One transport stream, written once for all its viewers. */
class TsStream implements WireMuxer {
  readonly #tracks = new Map<TrackKind, Track>();
  #muxer: TsMuxer | undefined;

  constructor(tracks: readonly Track[]) {
    for (const track of tracks) this.#tracks.set(track.kind, track);
  }

  /** Every piece begins with its tables, so there is nothing to be sent first. */
  header(): Buffer {
    return NO_HEADER;
  }

  /** The pieces from here on have other tables. Their counters run on, or players would think that packets were lost. */
  changed(track: Track): void {
    this.#tracks.set(track.kind, track);
    this.#muxer = this.#createMuxer();
  }

  mux(frame: Frame, out: WireOutput): void {
    this.#muxer ??= this.#createMuxer();
    out.append(this.#muxer.mux([frame]));
  }

  #createMuxer(): TsMuxer {
    return new TsMuxer([...this.#tracks.values()], { after: this.#muxer });
  }
}

/** A transport stream (ISO/IEC 13818-1): H.264, H.265, AAC and MP3. */
export const tsForm: WireForm = {
  name: 'http-ts',
  accepts: ({ kind, codec }) => kind !== 'data' && TsMuxer.supports(codec),
  plays: ({ kind, codec }) => kind !== 'audio' || PLAYED_SOUND.has(codec),
  createMuxer: (tracks) => new TsStream(tracks),
};
