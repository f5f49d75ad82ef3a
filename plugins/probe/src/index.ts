import { definePlugin } from '@sluice/core';
import { probe } from './net/probe.js';
import { probeService } from './service.js';

export type { ProbeErrorCode } from './errors.js';
export { type ProbedTrack, type ProbeReport, type ProbeRequest, type ProbeService, probeService, type TimestampFaults } from './service.js';

/** Looks at streams of other servers, through the clients of whatever plugins are loaded. */
export default definePlugin({
  name: 'probe',
  version: '1.0.0',
  engine: '^1.0.0',
  provides: [probeService],
  setup(ctx) {
    ctx.provide(probeService, { probe: (request) => probe(ctx, request) });
  },
});
