import type { Buffer } from 'node:buffer';
import { type CodecDescriptor, type ExtensionPoint, extensionPoint, type Track } from '@sluice/core';

/** What a sequence header says. */
export interface FlvConfig {
  /** Parameters in the codec package's shape. */
  readonly parameters: unknown;
  /** Bytes of the length before each NAL unit. */
  readonly lengthSize?: number;
}

/** How one codec looks in FLV and RTMP. A new codec is one more of these. */
export interface FlvMapping {
  readonly codec: CodecDescriptor;
  /** CodecID or SoundFormat of the classic tag header (FLV specification E.4.2.1, E.4.3.1). */
  readonly codecId?: number;
  /** Name in the extended tag header (Enhanced RTMP v2). */
  readonly fourCc?: string;
  /** Written with its FourCC even though there is a codec id. */
  readonly preferFourCc?: boolean;
  /** Units follow their length; else a tag is one unit. */
  readonly nalUnits: boolean;
  /** The classic header is followed by a packet type (and, for video, a composition time). */
  readonly packetType: boolean;
  /** CodedFrames of the extended header begin with a composition time. */
  readonly compositionTime?: boolean;
  /** False for tracks of this codec that players take for something else, as FLV cannot say it. */
  readonly plays?: (track: Track) => boolean;
  /** Reads and writes the sequence header's record; left out where the codec has none. */
  readonly config?: { parse(record: Buffer): FlvConfig; serialize(track: Track): Buffer };
}

/** Codecs that plugins add to those of `flvMappings`. */
export const flvMappingPoint: ExtensionPoint<FlvMapping> = extensionPoint('format-flv.mappings');
