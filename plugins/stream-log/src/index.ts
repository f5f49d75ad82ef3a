import { definePlugin } from '@sluice/core';
import { streamLogConfig } from './config.js';
import { StreamLog } from './net/stream-log.js';

/** A log file per stream and day: its events, and the warnings about it. */
export default definePlugin({
  name: 'stream-log',
  version: '1.0.0',
  engine: '^1.0.0',
  config: streamLogConfig,
  setup(ctx, config) {
    const log = new StreamLog(ctx, config);
    ctx.onDispose(() => log.close());
  },
});

export { type StreamLogConfig, streamLogConfig } from './config.js';
