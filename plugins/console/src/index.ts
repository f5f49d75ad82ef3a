import { banner, definePlugin } from '@sluice/core';
import { httpService } from '@sluice/plugin-http/service';
import { config } from './config.js';
import { playerLink } from './net/player-link.js';
import { addRoutes } from './net/routes.js';
import { loadWebFiles } from './net/web-files.js';

/** The player page at `/player`. */
export default definePlugin({
  name: 'console',
  version: '1.0.0',
  engine: '^1.0.0',
  config,
  requires: [httpService],
  async setup(ctx, { redirectRoot }) {
    const http = ctx.use(httpService);
    const files = await loadWebFiles();
    if (files === undefined) ctx.warn('the player page was not built');
    http.register((app) => addRoutes(app, { basePath: http.basePath, files, redirectRoot }));
    ctx.extend(banner, (facts) => playerLink(facts, http.basePath, ctx.streams.list()[0]?.path));
  },
});
