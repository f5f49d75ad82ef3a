import { definePlugin, ingestFilters } from '@sluice/core';
import { apiAccess } from '@sluice/plugin-api/service';
import { timestampsConfig } from './config.js';
import { TimestampFilters } from './net/filters.js';
import { addRoutes } from './net/routes.js';
import { timestampsService } from './service.js';

/** Repairs timestamps on the way in. */
export default definePlugin({
  name: 'timestamps',
  version: '1.0.0',
  engine: '^1.0.0',
  config: timestampsConfig,
  provides: [timestampsService],
  optional: [apiAccess],
  setup(ctx, config) {
    const filters = new TimestampFilters(ctx, config);
    ctx.provide(timestampsService, filters);
    ctx.extend(ingestFilters, (source) => filters.create(source));
    ctx.find(apiAccess)?.register((app) => addRoutes(app, filters));
  },
});

export { type TimestampsConfig, timestampsConfig } from './config.js';
export { type FrameTimes, type StreamTimes, type TimestampsService, timestampsService } from './service.js';
