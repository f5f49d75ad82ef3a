import type { Track } from '@sluice/core';
import { createInitSegment, createMediaSegment, mp4Supports } from '@sluice/plugin-format-mp4';
import { TsMuxer } from '@sluice/plugin-format-mpeg';
import type { SegmentFrames } from './segmenter.js';

/** What a viewer asks for by `?form=`; `auto` is a transport stream wherever it can carry the codecs and players know them there. */
export type FormChoice = 'auto' | 'ts' | 'fmp4';

/** Writes the segments between two discontinuities. */
export interface ContainerWriter {
  /** Suffix of the files. */
  readonly suffix: 'ts' | 'm4s';
  /** What goes before the first segment, in a file of its own. */
  readonly init?: Buffer;
  write(segment: SegmentFrames, sequence: number): Buffer;
  /** Of transport streams: what the next one goes on from. */
  readonly muxer?: TsMuxer;
}

/** Codecs that players know in transport streams. H.265 is written there if somebody asks for it. */
const TS_CODECS: ReadonlySet<string> = new Set(['h264', 'aac', 'mp3']);
/** Sound that HLS players play. */
const PLAYED_AUDIO: ReadonlySet<string> = new Set(['aac', 'mp3']);
const TS_CLOCK_RATE = 90_000;

/** The choice that a query makes; `undefined` for one that is not known. */
export function formChoiceOf(query: Readonly<Record<string, string>>): FormChoice | undefined {
  const form = query.form ?? 'auto';
  return form === 'auto' || form === 'ts' || form === 'fmp4' ? form : undefined;
}

/** Whether segments can carry a track. */
export function carriesTrack(choice: FormChoice, track: Track): boolean {
  if (track.kind === 'data') return false;
  return choice === 'ts' ? TsMuxer.supports(track.codec) : mp4Supports(track);
}

/** Whether players of HLS play a track that is carried. */
export function playsTrack({ kind, codec }: Track): boolean {
  return kind !== 'audio' || PLAYED_AUDIO.has(codec);
}

/** The writer for segments that begin with `first`: all of one form, with times that none is below zero of. `before` wrote the segments up to there. */
export function createContainerWriter(choice: FormChoice, { tracks, startMs }: SegmentFrames, before?: ContainerWriter): ContainerWriter {
  const offsetSeconds = Math.max(1, 1 + Math.ceil(-startMs / 1000));
  const ts = choice === 'ts' || (choice === 'auto' && tracks.every(({ codec }) => TS_CODECS.has(codec)));
  if (ts) {
    const muxer = new TsMuxer(tracks, { offsetTicks: offsetSeconds * TS_CLOCK_RATE, after: before?.muxer });
    return { suffix: 'ts', muxer, write: ({ frames }) => muxer.mux(frames) };
  }
  return {
    suffix: 'm4s',
    init: createInitSegment(tracks),
    write: ({ frames, endMs }, sequence) => createMediaSegment({ sequence, tracks, frames, endMs, offsetSeconds }),
  };
}
