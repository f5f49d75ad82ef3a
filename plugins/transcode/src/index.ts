import { definePlugin, messageOf, trackDerivers } from '@sluice/core';
import { AAC_DECODER_PACKAGE, hasAacDecoder } from './codec/aac-decoder.js';
import { hasAacEncoder } from './codec/aac-encoder.js';
import { transcodeConfig } from './config.js';
import { createAudioDeriver } from './map/audio-deriver.js';
import { SoundPool } from './net/sound-pool.js';
import { startSoundThread } from './net/sound-thread.js';

const NO_DECODER = `AAC cannot be decoded, so AAC passes unchanged: ${AAC_DECODER_PACKAGE} is not installed`;

/** AAC for outputs that do not play a stream's own sound. */
export default definePlugin({
  name: 'transcode',
  version: '1.0.0',
  engine: '^1.0.0',
  config: transcodeConfig,
  setup(ctx, { audio }) {
    if (audio.policy === 'never') return;
    if (!hasAacEncoder()) {
      ctx.warn('transcode: no AAC can be made, so sound passes unchanged: @mediabunny/aac-encoder is not installed');
      return;
    }
    const warned = new Set<string>();
    const warnOnce = (message: string): void => {
      if (warned.has(message)) return;
      warned.add(message);
      ctx.warn(`transcode: ${message}`);
      ctx.log.warn(message);
    };
    const pool = new SoundPool({
      threads: audio.threads,
      start: startSoundThread,
      now: () => ctx.clock.now(),
      crashed: (error, givenUp) => {
        ctx.count('thread-crash');
        ctx.log.error({ err: error }, `a transcoding thread crashed: ${messageOf(error)}`);
        if (givenUp) warnOnce('transcoding threads crashed too often: sound passes unchanged until the next start');
      },
    });
    ctx.onDispose(() => pool.close());
    const decodesAac = hasAacDecoder();
    if (audio.policy === 'always' && !decodesAac) warnOnce(NO_DECODER);
    const deriver = createAudioDeriver({
      config: audio,
      pool,
      decodesAac,
      decoderMissed: () => warnOnce(NO_DECODER),
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
  },
});

export { type TranscodeConfig, transcodeConfig } from './config.js';
export type { TranscodeErrorCode } from './errors.js';
