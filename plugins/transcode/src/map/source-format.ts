import type { Buffer } from 'node:buffer';
import { parametersOf, type Track } from '@sluice/core';
import { makeAudioSpecificConfig, parseAudioSpecificConfig } from '@sluice/plugin-codec-aac';
import { OPUS_CLOCK_RATE } from '@sluice/plugin-codec-opus';
import type { G711Law } from '../audio/g711.js';
import type { SourceFormat } from '../worker/messages.js';

/** Sync extension that says: no spectral band replication (ISO/IEC 14496-3 1.6.2.1). Without it decoders double low rates to be safe. */
const NO_SBR = [0x56, 0xe5, 0x00];

export function isG711(codec: string): codec is G711Law {
  return codec === 'g711a' || codec === 'g711u';
}

/** How a track is coded, for the worker; `undefined` for codecs that are not decoded here. A track whose samples run at another rate than it says has that rate in its info. */
export function sourceFormatOf(track: Track): SourceFormat | undefined {
  const { codec, info } = track;
  if (isG711(codec)) return { codec, sampleRate: info.sampleRate ?? 8000, channels: Math.max(1, info.channels ?? 1) };
  const opus = parametersOf(track, 'opus');
  // More than two channels are several streams in a packet (RFC 7845 5.1.1).
  if (opus !== undefined && opus.channels <= 2) return { codec: 'opus', sampleRate: OPUS_CLOCK_RATE, channels: opus.channels };
  const aac = parametersOf(track, 'aac');
  if (aac === undefined) return undefined;
  const { coreSampleRate } = parseAudioSpecificConfig(aac.config);
  const sampleRate = (coreSampleRate * (info.sampleRate ?? aac.sampleRate)) / aac.sampleRate;
  return { codec: 'aac', sampleRate, config: coreConfig(aac.config), codedSampleRate: coreSampleRate };
}

/** The config of the core coder alone: what HE-AAC adds lies above what is kept here. In memory of its own, as it is sent to a thread. */
function coreConfig(config: Buffer): Uint8Array {
  const { objectType, coreSampleRate, channelConfiguration, sbr } = parseAudioSpecificConfig(config);
  const plain = sbr && (channelConfiguration === 1 || channelConfiguration === 2);
  const core = plain ? makeAudioSpecificConfig({ objectType, sampleRate: coreSampleRate, channels: channelConfiguration }) : config;
  // A longer one says more than the core, or has said it.
  return core.length === 2 ? Uint8Array.of(...core, ...NO_SBR) : Uint8Array.from(core);
}

/** Whether the track is AAC whose samples run at another rate than a decoder is told. */
export function isMistimedAac(track: Track): boolean {
  const said = parametersOf(track, 'aac')?.sampleRate;
  return said !== undefined && track.info.sampleRate !== undefined && track.info.sampleRate !== said;
}
