import { definePlugin } from '@sluice/core';
import { replay } from './net/replay.js';
import { replayService } from './service.js';

export type { ReplayErrorCode } from './errors.js';
export { type ReplayRequest, type ReplayResult, type ReplayService, replayService } from './service.js';

/** Sends recorded RTP again, as a service. */
export default definePlugin({
  name: 'replay',
  version: '1.0.0',
  engine: '^1.0.0',
  provides: [replayService],
  setup(ctx) {
    ctx.provide(replayService, { replay: (request) => replay(ctx, request) });
  },
});
