import { countBy, definePlugin, type Figure, figures } from '@sluice/core';
import { rtmpClientService } from '@sluice/plugin-rtmp/service';
import { relayConfig } from './config.js';
import { LocalRelay } from './net/relay.js';
import { type RelayLinkInfo, type RelayState, relayService } from './service.js';

const STATES: readonly RelayState[] = ['idle', 'connecting', 'live', 'retrying', 'failed', 'stopped'];

function linkFigure(name: string, help: string, links: () => readonly RelayLinkInfo[]): Figure {
  return { name, help, kind: 'gauge', label: 'state', read: () => countBy(links(), STATES, ({ state }) => state) };
}

/** Brings streams of other servers, when they are asked for or always, and forwards ours to them. */
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
    ctx.extend(
      figures,
      linkFigure('sluice_pulls', 'Pulls from other servers, by state', () => relay.pulls()),
    );
    ctx.extend(
      figures,
      linkFigure('sluice_pushes', 'Pushes to other servers, by state', () => relay.pushes()),
    );
    ctx.onDispose(() => relay.close());
  },
});

export { type RelayConfig, relayConfig } from './config.js';
export type { RelayErrorCode } from './errors.js';
export type { LinkStateReport } from './events.js';
export {
  type RelayLinkInfo,
  type RelayPullInfo,
  type RelayPullOrigin,
  type RelayPullRequest,
  type RelayPush,
  type RelayPushInfo,
  type RelayPushOptions,
  type RelayPushOrigin,
  type RelayPushRequest,
  type RelayRequest,
  type RelayService,
  type RelayState,
  relayService,
} from './service.js';
