import { banner, definePlugin } from '@sluice/core';
import { httpService } from '@sluice/plugin-http/service';
import { config } from './config.js';
import { playTs } from './play.js';

/** A transport stream over HTTP: `GET /app/name.live.ts`. */
export default definePlugin({
  name: 'http-ts',
  version: '0.1.0',
  engine: '^1.0.0',
  config,
  requires: [httpService],
  setup(ctx, options) {
    const http = ctx.use(httpService);
    http.stream({ suffix: 'live.ts' }, playTs(ctx, http, options));
    ctx.extend(banner, ({ host, addresses }) =>
      addresses
        .filter(({ plugin }) => plugin === 'http')
        .map(({ secure, port }) => ({
          label: 'Play HTTP-TS',
          text: `ffplay ${secure ? 'https' : 'http'}://${host}:${port}${http.basePath}/live/demo.live.ts`,
        })),
    );
  },
});

export { type Config, config } from './config.js';
export { tsForm } from './ts-form.js';
