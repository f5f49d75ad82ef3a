import type { DerivedOutput, Track, TrackAcceptance, TrackDerivation, TrackDeriver, TrackOffer } from '@sluice/core';
import type { TranscodeConfig } from '../config.js';
import type { SoundPool } from '../net/sound-pool.js';
import { SoundDerivation } from './sound-derivation.js';
import { aacTarget, opusTarget, type SoundTarget } from './sound-target.js';
import { isMistimedAac, sourceFormatOf } from './source-format.js';

/** Parts that may be missing. */
export interface SoundParts {
  readonly encodesAac: boolean;
  readonly decodesAac: boolean;
  /** Opus is decoded and encoded by one part. */
  readonly hasOpus: boolean;
}

/** What the deriver works with. */
export interface AudioDeriverOptions {
  readonly config: TranscodeConfig['audio'];
  readonly pool: SoundPool;
  readonly parts: SoundParts;
  /** Called where a part would be needed that is not there. */
  readonly missed: (part: keyof SoundParts) => void;
  readonly failed: (message: string) => void;
  /** There is no room for one more track. */
  readonly full: () => void;
}

/** What a viewer may ask for by `?audio=`. */
const CHOICES: ReadonlySet<string> = new Set(['original', 'aac', 'opus']);

/**
 * Offers AAC of the configured format, or Opus to outputs that play no AAC, in place of sound that an output does not play. `?audio=aac`, `?audio=opus`
 * and `?audio=original` choose where the output carries it.
 */
export function createAudioDeriver(options: AudioDeriverOptions): TrackDeriver {
  const { config, pool, parts } = options;
  const { policy, maxTracks } = config;
  const aac = aacTarget(config);
  const targets = [aac, opusTarget(config)];
  const failed = { aac: new WeakSet<Track>(), opus: new WeakSet<Track>() };

  const targetFor = (track: Track, output: TrackAcceptance, choice: string): SoundTarget | undefined => {
    if (choice === 'original') return undefined;
    const mistimed = isMistimedAac(track);
    const chosen = targets.find((target) => target.codec === choice && output.accepts(target.trackOf(track)));
    if (chosen !== undefined) return chosen.codec === track.codec && !mistimed ? undefined : chosen;
    if (policy === 'always' && output.accepts(aac.trackOf(track))) return aac.isMet(track) && !mistimed ? undefined : aac;
    if (plays(output, track) && !mistimed) return undefined;
    return targets.find((target) => plays(output, target.trackOf(track)));
  };

  const has = (part: keyof SoundParts): boolean => {
    if (!parts[part]) options.missed(part);
    return parts[part];
  };

  const canMake = (target: SoundTarget, track: Track): boolean => {
    if (failed[target.codec].has(track) || sourceFormatOf(track) === undefined) return false;
    if (track.codec === 'aac' && !has('decodesAac')) return false;
    return has(target.codec === 'aac' ? 'encodesAac' : 'hasOpus') && (track.codec !== 'opus' || has('hasOpus'));
  };

  const start = (offered: Track, target: SoundTarget, track: Track, output: DerivedOutput): TrackDerivation | undefined => {
    if (pool.size >= maxTracks) {
      options.full();
      return undefined;
    }
    const lost = (source: Track, message: string): void => {
      failed[target.codec].add(source);
      options.failed(message);
    };
    return new SoundDerivation({ pool, target: target.formatOf(offered), track, output, failed: lost });
  };

  return {
    name: 'transcode',
    choiceOf: ({ audio }) => (policy !== 'never' && audio !== undefined && CHOICES.has(audio) ? audio : ''),
    offer(track, output, choice): TrackOffer | undefined {
      if (policy === 'never' || track.kind !== 'audio' || !pool.works) return undefined;
      const target = targetFor(track, output, choice);
      if (target === undefined || !canMake(target, track)) return undefined;
      const derived = target.trackOf(track);
      return { key: `${derived.codec}/${derived.info.channels}`, track: derived, start: (taker) => start(track, target, derived, taker) };
    },
  };
}

function plays(output: TrackAcceptance, track: Track): boolean {
  return output.accepts(track) && (output.plays?.(track) ?? true);
}
