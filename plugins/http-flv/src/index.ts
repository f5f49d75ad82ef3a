import { banner, definePlugin, streamClients } from '@sluice/core';
import { httpService } from '@sluice/plugin-http/service';
import { httpFlvBanner } from './banner.js';
import { httpFlvConfig } from './config.js';
import { createFlvClient } from './net/flv-client.js';
import { playFlv } from './net/play.js';
import { flvClientService } from './service.js';

/** FLV over HTTP: `GET /app/name.flv` and `GET /flv/STREAM/TOKEN`; and the client that brings such streams of other servers. */
export default definePlugin({
  name: 'http-flv',
  version: '1.0.0',
  engine: '^1.0.0',
  config: httpFlvConfig,
  provides: [flvClientService],
  requires: [httpService],
  rehearsal: { config: {} },
  setup(ctx, config) {
    const http = ctx.use(httpService);
    const client = createFlvClient(ctx, http.basePath);
    ctx.provide(flvClientService, client);
    ctx.extend(streamClients, client);
    ctx.extend(banner, (facts) => httpFlvBanner(facts, http.basePath));
    http.stream({ suffix: 'flv', prefix: 'flv' }, (stream, request, reply) => playFlv(ctx, http, config, stream, request, reply));
  },
});

export { type HttpFlvConfig, httpFlvConfig } from './config.js';
export type { HttpFlvErrorCode } from './errors.js';
export { type FlvClientService, flvClientService } from './service.js';
