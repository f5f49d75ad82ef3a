import type { PluginContext } from '@sluice/core';
import { flvMappingPoint, flvMappings } from '@sluice/plugin-format-flv';
import { parseFlvUrl } from '../proto/flv-url.js';
import type { FlvClientService } from '../service.js';
import { FlvPull } from './pull.js';

/** The service: every pull is a connection of its own. */
export function createFlvClient(ctx: PluginContext): FlvClientService {
  return {
    name: 'http-flv',
    schemes: ['http', 'https'],
    target(url) {
      const { host, port, secure, path, query } = parseFlvUrl(url);
      return { host, port, secure, path, query };
    },
    pull: (options) => new FlvPull(ctx, [...flvMappings, ...ctx.extensions(flvMappingPoint)], options, parseFlvUrl(options.url, options.query)),
  };
}
