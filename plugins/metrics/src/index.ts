import { definePlugin } from '@sluice/core';
import { apiAccess } from '@sluice/plugin-api/service';
import { httpService } from '@sluice/plugin-http/service';
import { metricsConfig } from './config.js';

/** `GET /metrics` in the text form of Prometheus. */
export default definePlugin({
  name: 'metrics',
  version: '1.0.0',
  engine: '^1.0.0',
  config: metricsConfig,
  requires: [httpService, apiAccess],
  async setup(ctx, config) {
    // prom-client is loaded late: a config mistake is told sooner.
    const { serveMetrics } = await import('./net/serve.js');
    serveMetrics(ctx, config);
  },
});

export { type MetricsConfig, metricsConfig } from './config.js';
