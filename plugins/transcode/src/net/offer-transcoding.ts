import { messageOf, type PluginContext, trackDerivers } from '@sluice/core';
import { AAC_DECODER_PACKAGE } from '../codec/aac-decoder.js';
import type { TranscodeConfig } from '../config.js';
import { createAudioDeriver, type SoundParts } from '../map/audio-deriver.js';
import { isG711 } from '../map/source-format.js';
import { SoundPool } from './sound-pool.js';
import type { StartThread } from './sound-thread.js';

/** What transcoding is done with. */
export interface TranscodingParts extends SoundParts {
  readonly start: StartThread;
}

const MISSING: Readonly<Record<keyof SoundParts, string>> = {
  encodesAac: 'no AAC can be made, so sound passes unchanged: @mediabunny/aac-encoder is not installed',
  decodesAac: `AAC cannot be decoded, so AAC passes unchanged: ${AAC_DECODER_PACKAGE} is not installed`,
  hasOpus: 'Opus can neither be decoded nor made, so it passes unchanged: opusscript is not installed',
};
const NO_THREADS = 'transcoding threads crashed too often: sound passes unchanged until the next start';

/** Registers the deriver; what is missing or fails is said under the server's warnings, each once. */
export function offerTranscoding(ctx: PluginContext, audio: TranscodeConfig['audio'], parts: TranscodingParts): void {
  const warned = new Set<string>();
  const warnOnce = (message: string): void => {
    if (warned.has(message)) return;
    warned.add(message);
    ctx.warn(`transcode: ${message}`);
    ctx.log.warn(message);
  };
  if (!parts.encodesAac) warnOnce(MISSING.encodesAac);
  if (!parts.hasOpus) warnOnce(MISSING.hasOpus);
  if (!parts.encodesAac && !parts.hasOpus) return;
  if (audio.policy === 'always' && !parts.decodesAac) warnOnce(MISSING.decodesAac);
  const pool = new SoundPool({
    start: parts.start,
    threads: audio.threads,
    now: () => ctx.clock.now(),
    crashed: (error, givenUp) => {
      ctx.count('thread-crash');
      ctx.log.error({ err: error }, `a transcoding thread crashed: ${messageOf(error)}`);
      if (givenUp) warnOnce(NO_THREADS);
    },
  });
  ctx.onDispose(() => pool.close());
  const deriver = createAudioDeriver({
    config: audio,
    pool,
    parts,
    missed: (part) => warnOnce(MISSING[part]),
    failed: (message) => {
      ctx.count('track-failed');
      warnOnce(message);
    },
    full: () => {
      ctx.count('too-many-tracks');
      warnOnce(`${audio.maxTracks} tracks are made at a time (transcode.audio.maxTracks): the sound of others passes unchanged`);
    },
  });
  ctx.extend(trackDerivers, deriver);
  ctx.hooks.tracksReady(({ tracks }) => {
    if (tracks.some(({ codec }) => isG711(codec))) pool.warm();
  });
}
