import { definePlugin } from '@sluice/core';
import { rtmpClientService } from '@sluice/plugin-rtmp/service';
import { relayConfig } from './config.js';
import { LocalRelay } from './net/relay.js';
import { relayService } from './service.js';

/** Forwards streams to other servers. */
export default definePlugin({
  name: 'relay',
  version: '1.0.0',
  engine: '^1.0.0',
  config: relayConfig,
  provides: [relayService],
  requires: [rtmpClientService],
  setup(ctx, config) {
    const relay = new LocalRelay(ctx, config);
    ctx.provide(relayService, relay);
    ctx.onDispose(() => relay.close());
  },
});

export { type RelayConfig, relayConfig } from './config.js';
export type { RelayErrorCode } from './errors.js';
export type { PushStateReport } from './events.js';
export {
  type RelayPush,
  type RelayPushInfo,
  type RelayPushOptions,
  type RelayPushOrigin,
  type RelayPushRequest,
  type RelayPushState,
  type RelayService,
  relayService,
} from './service.js';
