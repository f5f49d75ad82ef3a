import type { Track, WireForm } from '@sluice/core';
import { type FlvBodyOptions, FlvBodyWriter } from './body-writer.js';
import { FlvMuxer } from './flv-muxer.js';

/** Sound that players in browsers have a decoder for. FLV carries more, which only other players play. */
const PLAYED_SOUND = new Set<string>(['aac', 'mp3', 'opus']);

/** Whether players in browsers play this track, where they play its picture at all. */
function isPlayed({ kind, codec }: Track): boolean {
  return kind !== 'audio' || PLAYED_SOUND.has(codec);
}

/** Makes a wire form of FLV under a name of its own. */
export function createFlvForm(name: string, options: FlvBodyOptions = {}): WireForm {
  const writer = new FlvBodyWriter(options);
  return {
    name,
    accepts: (track) => writer.accepts(track),
    plays: (track) => isPlayed(track) && writer.plays(track),
    createMuxer: () => new FlvMuxer(writer),
  };
}

/** FLV as bytes of a stream: H.264 and AAC the classic way, H.265 as `hvc1` (Enhanced RTMP). */
export const flvForm: WireForm = { ...createFlvForm('flv'), keptWarm: true };

/** The same with H.265 as codec id 12, for players that know nothing else. */
export const flvLegacyHevcForm: WireForm = { ...createFlvForm('flv-hevc12', { preferCodecIds: true }), keptWarm: true };

/** The form a viewer's query asks for: `?hevc=12` for codec id 12. */
export function flvFormOf(query: Readonly<Record<string, string>> | undefined): WireForm {
  return query?.hevc === '12' ? flvLegacyHevcForm : flvForm;
}
