import type { Buffer } from 'node:buffer';
import type { Track, TrackKind } from '@sluice/core';
import { type Amf0Limits, parseAmf0 } from './amf0-parse.js';
import { serializeAmf0 } from './amf0-serialize.js';
import { type Amf0Value, amf0Get } from './amf0-value.js';
import type { FlvMapping } from './mapping.js';

/** The values of an `onMetaData` tag or message; `undefined` where it is another one. Throws AMF0 errors. */
export function parseFlvMetadata(body: Buffer, limits?: Amf0Limits): Amf0Value {
  const values = parseAmf0(body, limits);
  const [name, first] = values[0] === '@setDataFrame' ? values.slice(1) : values;
  return name === 'onMetaData' ? first : undefined;
}

/** Finds the mapping that a codec id or FourCC (text, or its number as in Enhanced RTMP) of metadata means. */
function mappingOfMetadata(value: Amf0Value, kind: TrackKind, mappings: readonly FlvMapping[]): FlvMapping | undefined {
  const ofKind = mappings.filter(({ codec }) => codec.kind === kind);
  if (typeof value === 'number') return ofKind.find(({ codecId, fourCc }) => codecId === value || (fourCc !== undefined && fourCcNumber(fourCc) === value));
  return typeof value === 'string' ? ofKind.find(({ fourCc }) => fourCc === value) : undefined;
}

/** The kinds that metadata announces, as far as they can be carried. */
export function kindsInMetadata(metadata: Amf0Value, mappings: readonly FlvMapping[]): TrackKind[] {
  const kinds: TrackKind[] = [];
  if (mappingOfMetadata(amf0Get(metadata, 'videocodecid'), 'video', mappings)) kinds.push('video');
  if (mappingOfMetadata(amf0Get(metadata, 'audiocodecid'), 'audio', mappings)) kinds.push('audio');
  return kinds;
}

/** A FourCC as the number that metadata carries (Enhanced RTMP v2, "onMetaData"). */
export function fourCcNumber(fourCc: string): number {
  let value = 0;
  for (let n = 0; n < 4; n++) value = value * 256 + (fourCc.charCodeAt(n) & 0xff);
  return value;
}

/** A codec as metadata names it. */
export type MetadataCodec = (track: Track) => number | undefined;

/** The body of an `onMetaData` tag or message for these tracks. */
export function serializeFlvMetadata(tracks: readonly Track[], codecOf: MetadataCodec): Buffer {
  const values = new Map<string, Amf0Value>();
  const put = (name: string, value: Amf0Value) => {
    if (value !== undefined) values.set(name, value);
  };
  put('duration', 0);
  for (const track of tracks) {
    const { info } = track;
    if (track.kind === 'video') {
      put('width', info.width);
      put('height', info.height);
      put('framerate', info.fps);
      put('videocodecid', codecOf(track));
    } else if (track.kind === 'audio') {
      put('audiocodecid', codecOf(track));
      put('audiosamplerate', info.sampleRate);
      put('audiosamplesize', 16);
      put('stereo', (info.channels ?? 1) > 1);
    }
  }
  return serializeAmf0('onMetaData', values);
}
