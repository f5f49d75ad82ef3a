import { definePlugin, figures } from '@sluice/core';
import { rtpPsConfig } from './config.js';
import { rtpPsFigures } from './figures.js';
import { LocalRtpPs } from './net/rtp-ps-service.js';
import { rtpPsService } from './service.js';

/** RTP of cameras (GB/T 28181-2016 annex C and others), over UDP and TCP, as a service for signalling plugins. */
export default definePlugin({
  name: 'rtp-ps',
  version: '1.0.0',
  engine: '^1.0.0',
  config: rtpPsConfig,
  provides: [rtpPsService],
  setup(ctx, config) {
    const rtpPs = new LocalRtpPs(ctx, config);
    ctx.provide(rtpPsService, rtpPs);
    for (const figure of rtpPsFigures(rtpPs)) ctx.extend(figures, figure);
    ctx.onListen(() => rtpPs.listen());
    ctx.onDispose(() => rtpPs.close());
  },
});

export { type RtpPsConfig, rtpPsConfig } from './config.js';
export type { RtpPsErrorCode } from './errors.js';
export type { PrivatePayloadReport, UnknownSsrcReport } from './events.js';
export { type Receiver, type ReceiverOptions, type ReceiverStats, type RtpPsService, type RtpTransport, rtpPsService, type ToldPayloads } from './service.js';
