import { parametersOf, type Track } from '@sluice/core';
// For the types of `parametersOf`.
import type {} from '@sluice/plugin-codec-aac';
import type { G711Law } from '../audio/g711.js';
import type { SourceFormat } from '../worker/messages.js';

/** How a track is coded, for the worker; `undefined` for codecs that are not decoded here. A track whose samples run at another rate than it says has that rate in its info. */
export function sourceFormatOf(track: Track): SourceFormat | undefined {
  const { codec, info } = track;
  const law = codec === 'g711a' || codec === 'g711u' ? (codec as G711Law) : undefined;
  if (law !== undefined) return { codec: law, sampleRate: info.sampleRate ?? 8000, channels: Math.max(1, info.channels ?? 1) };
  const aac = parametersOf(track, 'aac');
  if (aac === undefined) return undefined;
  const { config, sampleRate, channels } = aac;
  // A copy: the config is a view of a larger buffer, which would be sent with it.
  return { codec: 'aac', sampleRate: info.sampleRate ?? sampleRate, channels, config: Uint8Array.from(config), codedSampleRate: sampleRate };
}

/** Whether the track is AAC whose samples run at another rate than a decoder is told. */
export function isMistimedAac(track: Track): boolean {
  const said = parametersOf(track, 'aac')?.sampleRate;
  return said !== undefined && track.info.sampleRate !== undefined && track.info.sampleRate !== said;
}
