import { definePlugin, messageOf, type PluginContext } from '@sluice/core';
import { type CameraConfig, config } from './config.js';
import { Camera } from './net/camera.js';

export type { CameraConfig } from './config.js';
export { SAMPLE_RATE, SAMPLES_PER_UNIT } from './proto/beep.js';
export type { VideoFormat } from './proto/h264-parameters.js';
export type { CardContent } from './proto/test-card.js';
export { SyntheticVideo } from './proto/video.js';

/** Synthetic cameras: colour bars, the wall clock, a moving block and a beep, made without an encoder. */
export default definePlugin({
  name: 'synthetic',
  version: '1.0.0',
  engine: '^1.0.0',
  config,
  setup(ctx, { streams }) {
    ctx.hooks.ready(async () => {
      for (const stream of streams) await open(ctx, stream);
    });
  },
});

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
