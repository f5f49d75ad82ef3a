import { banner, definePlugin } from '@sluice/core';
import { httpService } from '@sluice/plugin-http/service';
import { httpFlvBanner } from './banner.js';
import { httpFlvConfig } from './config.js';
import { playFlv } from './net/play.js';

/** FLV over HTTP: `GET /app/name.flv` and `GET /flv/STREAM/TOKEN`. */
export default definePlugin({
  name: 'http-flv',
  version: '1.0.0',
  engine: '^1.0.0',
  config: httpFlvConfig,
  requires: [httpService],
  setup(ctx, config) {
    const http = ctx.use(httpService);
    ctx.extend(banner, (facts) => httpFlvBanner(facts, http.basePath));
    http.stream({ suffix: 'flv', prefix: 'flv' }, (stream, request, reply) => playFlv(ctx, http, config, stream, request, reply));
  },
});

export { type HttpFlvConfig, httpFlvConfig } from './config.js';
