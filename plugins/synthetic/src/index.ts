import { definePlugin, messageOf, type PluginContext } from '@sluice/core';
import { type CameraConfig, config } from './config.js';
import { videoTrack } from './map/tracks.js';
import { Camera } from './net/camera.js';
import { wallText } from './net/wall-time.js';
import { SyntheticVideo } from './proto/video.js';
import { type SyntheticFormat, type SyntheticPictures, syntheticService } from './service.js';

export type { CameraConfig } from './config.js';
export { SAMPLE_RATE, SAMPLES_PER_UNIT } from './proto/beep.js';
export type { VideoFormat } from './proto/h264-parameters.js';
export type { CardContent } from './proto/test-card.js';
export { SyntheticVideo } from './proto/video.js';
export { type SyntheticFormat, type SyntheticPictures, type SyntheticService, syntheticService } from './service.js';

/** Synthetic cameras: colour bars, the wall clock, a moving block and a beep, made without an encoder. */
export default definePlugin({
  name: 'synthetic',
  version: '1.0.0',
  engine: '^1.0.0',
  config,
  provides: [syntheticService],
  setup(ctx, { streams }) {
    ctx.provide(syntheticService, { open: openPictures });
    ctx.hooks.ready(async () => {
      for (const stream of streams) await open(ctx, stream);
    });
  },
});

function openPictures(format: SyntheticFormat, name: string): SyntheticPictures {
  const video = new SyntheticVideo(format, name);
  return { track: videoTrack(format, video), picture: (wallMs, key) => video.picture({ ...wallText(wallMs), wallMs }, key) };
}

async function open(ctx: PluginContext, config: CameraConfig): Promise<void> {
  const camera = new Camera(config, ctx.clock);
  try {
    const publisher = await ctx.streams.publish(config.path, {
      protocol: 'synthetic',
      trusted: true,
      tracks: camera.tracks,
      expects: camera.tracks.map(({ kind }) => kind),
      receiveTimeoutSeconds: 0,
      controls: { keyFrame: () => camera.keyFrame() },
      onClose: () => camera.stop(),
    });
    ctx.onDispose(async () => {
      camera.stop();
      await publisher.close();
    });
    camera.start(publisher);
  } catch (error) {
    ctx.warn(`synthetic camera ${config.path} is off: ${messageOf(error)}`);
  }
}
