import { banner, definePlugin } from '@sluice/core';
import { httpService } from '@sluice/plugin-http/service';
import { apiBanner } from './banner.js';
import { apiConfig } from './config.js';
import { createAccess } from './net/access.js';
import type { ApiApp } from './net/app-types.js';
import { apiAccess } from './service.js';

/** The HTTP API at `/api/v1`, its OpenAPI document and its page at `/docs`. */
export default definePlugin({
  name: 'api',
  version: '1.0.0',
  engine: '^1.0.0',
  config: apiConfig,
  provides: [apiAccess],
  requires: [httpService],
  async setup(ctx, config) {
    // Loaded late: a config mistake is told sooner.
    const { createApi } = await import('./net/api-app.js');
    const http = ctx.use(httpService);
    const access = createAccess(ctx, config, http);
    const others: ((app: ApiApp) => Promise<void> | void)[] = [];
    ctx.provide(apiAccess, { check: access.check, demand: access.demand, register: (routes) => void others.push(routes) });
    http.register(createApi({ ctx, config, access, others }));
    ctx.extend(banner, (facts) => apiBanner(facts, http.basePath));
  },
});

export { type ApiConfig, apiConfig } from './config.js';
export type { Role } from './proto/roles.js';
export { type ApiAccess, apiAccess } from './service.js';
