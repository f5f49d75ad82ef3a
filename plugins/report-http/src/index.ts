import { banner, definePlugin, figures } from '@sluice/core';
import { apiAccess } from '@sluice/plugin-api/service';
import { webhookBanner } from './banner.js';
import { reportHttpConfig } from './config.js';
import { webhookFigures } from './figures.js';

/** Webhooks after Standard Webhooks: events posted to HTTP receivers, signed, at least once, in order per stream. */
export default definePlugin({
  name: 'report-http',
  version: '1.0.0',
  engine: '^1.0.0',
  config: reportHttpConfig,
  optional: [apiAccess],
  async setup(ctx, config) {
    // Loaded late: a config mistake is told sooner.
    const { Webhooks } = await import('./net/webhooks.js');
    const { addRoutes } = await import('./net/routes.js');
    const webhooks = await Webhooks.open(ctx, config);
    ctx.onDispose(() => webhooks.close());
    ctx.find(apiAccess)?.register((app) => addRoutes(app, webhooks));
    for (const figure of webhookFigures(() => webhooks.infos())) ctx.extend(figures, figure);
    ctx.extend(banner, webhookBanner);
  },
});

export { type ReportHttpConfig, reportHttpConfig } from './config.js';
