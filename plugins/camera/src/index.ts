import { definePlugin } from '@sluice/core';
import { sipService } from '@sluice/plugin-sip/service';
import { syntheticService } from '@sluice/plugin-synthetic/service';
import { config } from './config.js';
import { Fleet } from './net/fleet.js';

export { type CameraConfig, config as cameraConfig } from './config.js';
export type { CameraErrorCode } from './errors.js';

/** Simulated GB28181 cameras, which register at a platform and play a file to it. */
export default definePlugin({
  name: 'camera',
  version: '1.0.0',
  engine: '^1.0.0',
  config,
  requires: [sipService, syntheticService],
  setup(ctx, settings) {
    const fleet = new Fleet(ctx, settings);
    ctx.onListen(() => fleet.start());
    ctx.hooks.shutdown(() => fleet.stop());
    ctx.onDispose(() => fleet.stop());
  },
});
