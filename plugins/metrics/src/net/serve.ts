import type { PluginContext } from '@sluice/core';
import { apiAccess } from '@sluice/plugin-api/service';
import { httpService } from '@sluice/plugin-http/service';
import { Registry } from 'prom-client';
import type { MetricsConfig } from '../config.js';
import { addErrorMetrics } from './error-metrics.js';
import { addFigureMetrics } from './figure-metrics.js';
import { addProcessMetrics } from './process-metrics.js';
import { addSessionMetrics } from './session-metrics.js';
import { addStreamMetrics } from './stream-metrics.js';

/** Answers `GET /metrics`. */
export function serveMetrics(ctx: PluginContext, config: MetricsConfig): void {
  const registry = new Registry();
  const sources = [
    addProcessMetrics(registry, ctx),
    addErrorMetrics(registry, ctx),
    addSessionMetrics(registry, ctx),
    addStreamMetrics(registry, ctx, config.maxStreams),
    addFigureMetrics(registry, ctx),
  ];
  const access = ctx.use(apiAccess);
  const http = ctx.use(httpService);
  const routes: Parameters<typeof http.register>[0] = (app) => {
    app.get('/metrics', async (request, reply) => {
      if (!config.public) await access.demand(request.raw, 'read');
      for (const source of sources) source.collect();
      const text = await registry.metrics();
      return reply.header('content-type', registry.contentType).header('cache-control', 'no-store').send(text);
    });
  };
  http.register(routes);
  // At the root too: scrapers know nothing of the base path.
  if (http.basePath !== '') http.register(routes, { root: true });
}
