import { definePlugin } from '@sluice/core';
import { apiAccess } from '@sluice/plugin-api/service';
import { httpService } from '@sluice/plugin-http/service';
import { Registry } from 'prom-client';
import { metricsConfig } from './config.js';
import { addProcessMetrics } from './net/process-metrics.js';
import { addStreamMetrics } from './net/stream-metrics.js';

/** `GET /metrics` in the text form of Prometheus. */
export default definePlugin({
  name: 'metrics',
  version: '1.0.0',
  engine: '^1.0.0',
  config: metricsConfig,
  requires: [httpService, apiAccess],
  setup(ctx, config) {
    const registry = new Registry();
    const sources = [addProcessMetrics(registry, ctx), addStreamMetrics(registry, ctx, config.maxStreams)];
    const access = ctx.use(apiAccess);
    ctx.use(httpService).register((app) => {
      app.get('/metrics', async (request, reply) => {
        if (!config.public) access.demand(request.raw, 'read');
        for (const source of sources) source.collect();
        const text = await registry.metrics();
        return reply.header('content-type', registry.contentType).header('cache-control', 'no-store').send(text);
      });
    });
  },
});

export { type MetricsConfig, metricsConfig } from './config.js';
