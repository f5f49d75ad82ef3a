import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { ConfigError, type PluginContext } from '@sluice/core';
import { rtpPsService } from '@sluice/plugin-rtp-ps/service';
import { sipService } from '@sluice/plugin-sip/service';
import { PASSWORD_SECRET } from '../banner.js';
import type { Gb28181Config } from '../config.js';
import { knownAlgorithms } from './authenticator.js';
import { Platform } from './platform.js';
import { openDeviceStore } from './sqlite-device-store.js';
import { Trace } from './trace.js';

/** Makes the platform of an engine, with what it keeps in the data folder. Throws `ERR_CONFIG`. */
export async function openPlatform(ctx: PluginContext, config: Gb28181Config): Promise<Platform> {
  checkDigests(ctx, config);
  const { clock, log } = ctx;
  const password = config.sip.password ?? ctx.secret(PASSWORD_SECRET, () => randomBytes(9).toString('base64url')).value;
  const store = await openDeviceStore({ file: join(ctx.engine.dataDir, 'gb28181.sqlite'), clock, log, warn: (text) => ctx.warn(text) });
  const trace = config.trace ? new Trace({ folder: join(ctx.engine.dataDir, 'gb28181'), timeZone: config.timeZone, clock, log }) : undefined;
  return new Platform({
    config,
    password,
    store,
    trace,
    sip: ctx.use(sipService),
    rtpPs: ctx.use(rtpPsService),
    clock,
    log,
    streams: ctx.streams,
    report: (type, data) => ctx.report(type, data),
    userAgent: `Sluice/${ctx.engine.version}`,
  });
}

/** SM3 is not in every build of Node: it is left out with a warning, but not the last one. */
function checkDigests(ctx: PluginContext, { sip }: Gb28181Config): void {
  const known = knownAlgorithms(sip.digest);
  const missing = sip.digest.filter((algorithm) => !known.includes(algorithm));
  if (missing.length === 0) return;
  if (known.length > 0) {
    ctx.warn(`gb28181.sip.digest: this build of Node has no ${missing.join(', ')}; it is not offered`);
    return;
  }
  const key = 'gb28181.sip.digest';
  throw new ConfigError([
    { source: ctx.engine.config().find((entry) => entry.key === key)?.source, key, message: `this build of Node has no ${missing.join(', ')}` },
  ]);
}
