import { definePlugin } from '@sluice/core';
import { hasAacDecoder } from './codec/aac-decoder.js';
import { hasAacEncoder } from './codec/aac-encoder.js';
import { hasOpus } from './codec/opus-library.js';
import { transcodeConfig } from './config.js';
import { offerTranscoding } from './net/offer-transcoding.js';
import { startSoundThread } from './net/sound-thread.js';

/** AAC or Opus for outputs that do not play a stream's own sound. */
export default definePlugin({
  name: 'transcode',
  version: '1.0.0',
  engine: '^1.0.0',
  config: transcodeConfig,
  setup(ctx, { audio }) {
    if (audio.policy === 'never') return;
    offerTranscoding(ctx, audio, {
      encodesAac: hasAacEncoder(),
      decodesAac: hasAacDecoder(),
      hasOpus: hasOpus(),
      start: startSoundThread,
    });
  },
});

export { type TranscodeConfig, transcodeConfig } from './config.js';
export type { TranscodeErrorCode } from './errors.js';
