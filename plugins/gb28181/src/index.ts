import { banner, definePlugin, figures } from '@sluice/core';
import { rtpPsService } from '@sluice/plugin-rtp-ps/service';
import { sipService } from '@sluice/plugin-sip/service';
import { gb28181Banner } from './banner.js';
import { gb28181Config } from './config.js';
import './events.js';
import { deviceFigure } from './figures.js';
import { refuseKnownPasswords } from './known-passwords.js';
import { openPlatform } from './net/open-platform.js';
import { unusualNames } from './proto/unusual-names.js';
import { gb28181Service } from './service.js';

export { type Gb28181Config, gb28181Config } from './config.js';
export {
  type CatalogResult,
  type ChannelChoice,
  type ChannelInfo,
  type DeviceInfo,
  type DeviceStatus,
  type Gb28181Service,
  gb28181Service,
  type MediaPort,
  type MediaTransport,
  type NodeKind,
  type Period,
  type PlaybackInfo,
  type PlaybackOptions,
  type PlaybackState,
  type PlayOptions,
  type PlayResult,
  type PtzMove,
  type RecordInfo,
  type RecordsResult,
} from './service.js';

/** GB/T 28181 platform: devices register, their live channels are invited on demand. */
export default definePlugin({
  name: 'gb28181',
  version: '1.0.0',
  engine: '^1.0.0',
  config: gb28181Config,
  provides: [gb28181Service],
  requires: [sipService, rtpPsService],
  async setup(ctx, config) {
    refuseKnownPasswords(ctx, config);
    for (const warning of unusualNames(config.sip)) ctx.warn(warning);
    const platform = await openPlatform(ctx, config);
    ctx.extend(banner, (facts) => gb28181Banner(facts, config));
    ctx.provide(gb28181Service, platform.service);
    ctx.extend(figures, deviceFigure(platform.service));
    ctx.hooks.demand((request) => platform.demand(request));
    ctx.hooks.idle(({ path }) => platform.idle(path));
    ctx.hooks.shutdown((request) => platform.shutdown(request));
    ctx.onListen(() => platform.listen());
    ctx.onDispose(() => platform.close());
  },
});
