import { randomBytes } from 'node:crypto';
import { banner, definePlugin } from '@sluice/core';
import { rtpPsService } from '@sluice/plugin-rtp-ps/service';
import { sipService } from '@sluice/plugin-sip/service';
import { gb28181Banner, PASSWORD_SECRET } from './banner.js';
import { gb28181Config } from './config.js';
import './events.js';
import { refuseKnownPasswords } from './known-passwords.js';
import { Platform } from './net/platform.js';
import { unusualNames } from './proto/unusual-names.js';
import { gb28181Service } from './service.js';

export { type Gb28181Config, gb28181Config } from './config.js';
export {
  type CatalogResult,
  type ChannelChoice,
  type ChannelInfo,
  type DeviceInfo,
  type Gb28181Service,
  gb28181Service,
  type MediaTransport,
  type NodeKind,
  type PlayOptions,
  type PlayResult,
} from './service.js';

/** GB/T 28181 platform: devices register, their live channels are invited on demand. */
export default definePlugin({
  name: 'gb28181',
  version: '1.0.0',
  engine: '^1.0.0',
  config: gb28181Config,
  provides: [gb28181Service],
  requires: [sipService, rtpPsService],
  setup(ctx, config) {
    refuseKnownPasswords(ctx, config);
    for (const warning of unusualNames(config.sip)) ctx.warn(warning);
    const password = config.sip.password ?? ctx.secret(PASSWORD_SECRET, () => randomBytes(9).toString('base64url')).value;
    const platform = new Platform({
      config,
      password,
      sip: ctx.use(sipService),
      rtpPs: ctx.use(rtpPsService),
      clock: ctx.clock,
      log: ctx.log,
      report: (type, data) => ctx.report(type, data),
      userAgent: `Sluice/${ctx.engine.version}`,
    });
    if (config.trace) ctx.warn('gb28181.trace is accepted but nothing is traced yet');
    ctx.extend(banner, (facts) => gb28181Banner(facts, config));
    ctx.provide(gb28181Service, platform.service);
    ctx.hooks.demand((request) => platform.live.demand(request));
    ctx.hooks.idle(({ path }) => (platform.live.has(path) ? 'end' : undefined));
    ctx.hooks.shutdown((request) => platform.shutdown(request));
    ctx.onListen(() => platform.listen());
    ctx.onDispose(() => platform.close());
  },
});
