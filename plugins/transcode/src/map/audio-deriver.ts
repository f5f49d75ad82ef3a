import type { DerivedOutput, Track, TrackAcceptance, TrackDerivation, TrackDeriver, TrackOffer } from '@sluice/core';
import { makeAudioSpecificConfig, parseAudioSpecificConfig } from '@sluice/plugin-codec-aac';
import type { TranscodeConfig } from '../config.js';
import type { SoundPool } from '../net/sound-pool.js';
import { SoundDerivation } from './sound-derivation.js';
import { isMistimedAac, sourceFormatOf } from './source-format.js';

/** What the deriver works with. */
export interface AudioDeriverOptions {
  readonly config: TranscodeConfig['audio'];
  readonly pool: SoundPool;
  /** Whether AAC can be decoded here. */
  readonly decodesAac: boolean;
  /** Called where AAC would have to be decoded and cannot be. */
  readonly decoderMissed: () => void;
  readonly failed: (message: string) => void;
  /** There is no room for one more track. */
  readonly full: () => void;
}

/** Offers AAC of the configured format in place of sound that an output does not play, or whose viewer asks for it (`?audio=aac`, `?audio=original`). */
export function createAudioDeriver(options: AudioDeriverOptions): TrackDeriver {
  const { config, pool } = options;
  const { policy, sampleRate, channels, bitrate, maxTracks } = config;
  const target = { sampleRate, channels, bitrate };
  const parameters = parseAudioSpecificConfig(makeAudioSpecificConfig({ sampleRate, channels }));
  const failed = new WeakSet<Track>();

  const derivedOf = (track: Track): Track =>
    Object.freeze({
      id: track.id,
      kind: 'audio',
      codec: 'aac',
      clockRate: sampleRate,
      epoch: track.epoch,
      parameters: { config: parameters.config, objectType: parameters.objectType, sampleRate, channels },
      info: { sampleRate, channels, profile: 'AAC LC' },
    });

  /** Whether it is in the derived form already. */
  const isTarget = ({ codec, info }: Track): boolean => codec === 'aac' && info.sampleRate === sampleRate && info.channels === channels;

  const wants = (track: Track, output: TrackAcceptance, choice: string): boolean => {
    if (choice === 'original') return false;
    if (isMistimedAac(track)) return true;
    if (choice === 'aac') return track.codec !== 'aac';
    if (policy === 'always') return !isTarget(track);
    return !output.accepts(track) || !(output.plays?.(track) ?? true);
  };

  const canDecode = (track: Track): boolean => {
    if (failed.has(track) || sourceFormatOf(track) === undefined) return false;
    if (track.codec === 'aac' && !options.decodesAac) {
      options.decoderMissed();
      return false;
    }
    return true;
  };

  const start = (track: Track, output: DerivedOutput): TrackDerivation | undefined => {
    if (pool.size >= maxTracks) {
      options.full();
      return undefined;
    }
    const lost = (source: Track, message: string): void => {
      failed.add(source);
      options.failed(message);
    };
    return new SoundDerivation({ pool, target, track, output, failed: lost });
  };

  return {
    name: 'transcode',
    choiceOf: ({ audio }) => (policy !== 'never' && (audio === 'aac' || audio === 'original') ? audio : ''),
    offer(track, output, choice): TrackOffer | undefined {
      if (policy === 'never' || track.kind !== 'audio' || !pool.works || !wants(track, output, choice) || !canDecode(track)) return undefined;
      const derived = derivedOf(track);
      if (!output.accepts(derived)) return undefined;
      return { key: 'aac', track: derived, start: (taker) => start(derived, taker) };
    },
  };
}
