import type { Track } from '@sluice/core';
import { makeAudioSpecificConfig, parseAudioSpecificConfig } from '@sluice/plugin-codec-aac';
import { makeOpusHead, OPUS_CLOCK_RATE, parseOpusHead } from '@sluice/plugin-codec-opus';
import type { TranscodeConfig } from '../config.js';
import type { TargetFormat } from '../worker/messages.js';

/** A form that sound can be made in. */
export interface SoundTarget {
  readonly codec: TargetFormat['codec'];
  /** What is made of a track. */
  formatOf(track: Track): TargetFormat;
  /** The track that comes of it. */
  trackOf(track: Track): Track;
  /** Whether the track is in this form already. */
  isMet(track: Track): boolean;
}

/** AAC LC of one format, whatever it is made of. */
export function aacTarget({ sampleRate, channels, bitrate }: TranscodeConfig['audio']): SoundTarget {
  const { config, objectType } = parseAudioSpecificConfig(makeAudioSpecificConfig({ sampleRate, channels }));
  return {
    codec: 'aac',
    formatOf: () => ({ codec: 'aac', sampleRate, channels, bitrate }),
    trackOf: ({ id, epoch }) =>
      Object.freeze({
        id,
        kind: 'audio',
        codec: 'aac',
        clockRate: sampleRate,
        epoch,
        parameters: { config, objectType, sampleRate, channels },
        info: { sampleRate, channels, profile: 'AAC LC' },
      }),
    isMet: ({ codec, info }) => codec === 'aac' && info.sampleRate === sampleRate && info.channels === channels,
  };
}

/** Opus at 48 kHz: in stereo of what has two channels or more, otherwise mono. */
export function opusTarget({ opusBitrate }: TranscodeConfig['audio']): SoundTarget {
  const channelsOf = ({ info }: Track): number => ((info.channels ?? 1) > 1 ? 2 : 1);
  const heads = [1, 2].map((channels) => parseOpusHead(makeOpusHead({ channels })));
  return {
    codec: 'opus',
    formatOf: (track) => ({ codec: 'opus', sampleRate: OPUS_CLOCK_RATE, channels: channelsOf(track), bitrate: opusBitrate * channelsOf(track) }),
    trackOf: (track) => {
      const channels = channelsOf(track);
      return Object.freeze({
        id: track.id,
        kind: 'audio',
        codec: 'opus',
        clockRate: OPUS_CLOCK_RATE,
        epoch: track.epoch,
        parameters: heads[channels - 1],
        info: { sampleRate: OPUS_CLOCK_RATE, channels },
      });
    },
    isMet: ({ codec }) => codec === 'opus',
  };
}
