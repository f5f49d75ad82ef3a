import { definePlugin } from '@sluice/core';
import { apiAccess } from '@sluice/plugin-api/service';
import { relayService } from '@sluice/plugin-relay/service';
import { rtpPsService } from '@sluice/plugin-rtp-ps/service';
import { gatewayControlConfig } from './config.js';

/** The cc interface: a control centre opens receive channels and is told what happens on them. */
export default definePlugin({
  name: 'gateway-control',
  version: '1.0.0',
  engine: '^1.0.0',
  config: gatewayControlConfig,
  requires: [apiAccess, relayService, rtpPsService],
  async setup(ctx, config) {
    // Loaded late: a config mistake is told sooner.
    const { Gateway } = await import('./net/gateway.js');
    const gateway = new Gateway(ctx, config);
    ctx.hooks.ready(async () => gateway.begin());
    ctx.hooks.shutdown(({ kind }) => gateway.end(kind));
    ctx.onDispose(() => gateway.dispose());
  },
});

export { type GatewayControlConfig, gatewayControlConfig } from './config.js';
export type { GatewayControlErrorCode } from './errors.js';
export type { BlackSsrc, ChannelState, FlowEntry, FlowReport, GateWayStart, ReportKind, StreamStateChange } from './proto/reports.js';
