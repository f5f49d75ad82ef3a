import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { banner, definePlugin } from '@sluice/core';
import { httpService } from '@sluice/plugin-http/service';
import { hlsBanner } from './banner.js';
import { hlsConfig } from './config.js';
import { keepAlwaysOn } from './net/always-on.js';
import { Packagers } from './net/packagers.js';
import { playMedia, playPlaylist } from './net/play.js';
import { HlsViewers } from './net/viewers.js';

/** HTTP Live Streaming: `GET /app/name.m3u8` and `GET /hls/STREAM/TOKEN`. */
export default definePlugin({
  name: 'hls',
  version: '1.0.0',
  engine: '^1.0.0',
  config: hlsConfig,
  requires: [httpService],
  async setup(ctx, config) {
    const http = ctx.use(httpService);
    const folder = join(ctx.engine.dataDir, 'hls');
    // What a process that died left behind belongs to nobody.
    if (config.storage === 'disk') await rm(folder, { recursive: true, force: true });
    const packagers = new Packagers(ctx, config, folder);
    const parts = { ctx, http, config, viewers: new HlsViewers(ctx, config, packagers) };
    http.stream({ suffix: 'm3u8', prefix: 'hls' }, (stream, request, reply) => playPlaylist(parts, stream, request, reply));
    for (const suffix of ['ts', 'm4s'] as const) http.stream({ suffix }, (stream, request, reply) => playMedia(parts, suffix, stream, request, reply));
    if (config.alwaysOn.length > 0) keepAlwaysOn(ctx, config.alwaysOn, packagers);
    ctx.extend(banner, (facts) => hlsBanner(facts, http.basePath));
  },
});

export { type HlsConfig, hlsConfig } from './config.js';
export type { HlsErrorCode } from './errors.js';
