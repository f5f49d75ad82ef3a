import type { PluginContext } from '@sluice/core';
import { flvMappingPoint, flvMappings } from '@sluice/plugin-format-flv';
import { parseFlvUrl } from '../proto/flv-url.js';
import type { FlvClientService } from '../service.js';
import { FlvPull } from './pull.js';

/** The service: every pull is a connection of its own. `basePath` is where our own streams are. */
export function createFlvClient(ctx: PluginContext, basePath: string): FlvClientService {
  return {
    name: 'http-flv',
    schemes: ['http', 'https'],
    target(url) {
      const { host, port, secure, path, query } = parseFlvUrl(url);
      return { host, port, secure, path, query };
    },
    localUrl(addresses, path) {
      const own = addresses.find(({ plugin, secure }) => plugin === 'http' && !secure);
      return own === undefined ? undefined : `http://${own.host}:${own.port}${basePath}/${path}.flv`;
    },
    pull: (options) => new FlvPull(ctx, [...flvMappings, ...ctx.extensions(flvMappingPoint)], options, parseFlvUrl(options.url, options.query)),
  };
}
