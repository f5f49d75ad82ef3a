import { definePlugin } from '@sluice/core';
import { snapshotConfig } from './config.js';
import { hasProgram } from './net/find-program.js';
import { Snapshots } from './net/snapshots.js';
import { snapshotService } from './service.js';

/** JPEG pictures of streams, for the API's `GET /api/v1/streams/{path}/snapshot.jpg` and other plugins. */
export default definePlugin({
  name: 'snapshot',
  version: '1.0.0',
  engine: '^1.0.0',
  config: snapshotConfig,
  provides: [snapshotService],
  setup(ctx, config) {
    if (!hasProgram(config.ffmpeg)) ctx.warn(`snapshot: no pictures, as ${config.ffmpeg} is not installed`);
    ctx.provide(snapshotService, new Snapshots(ctx, config));
  },
});

export { type SnapshotConfig, snapshotConfig } from './config.js';
export type { SnapshotErrorCode } from './errors.js';
export { type SnapshotService, type SnapshotSize, snapshotService } from './service.js';
