import { type PluginContext, type ServiceToken, SluiceError, service } from '@sluice/core';
import type { Gb28181Service } from '@sluice/plugin-gb28181/service';
import { z } from 'zod';
import { notAvailable } from '../errors.js';
import { pageOf } from '../proto/page.js';
import type { ApiApp } from './app-types.js';
import { errorBody, noBody, pageBody, pageQuery } from './schemas.js';

/** By name only: the API loads no GB28181 where nobody wants it. */
const gb28181: ServiceToken<Gb28181Service> = service<Gb28181Service>('gb28181');

const idParams = z.object({ id: z.string().min(1).max(128) });
const choice = z.object({ device: z.string().min(1).max(128).optional().describe('which device, where two share the channel id') });
const playBody = z
  .strictObject({
    transport: z.enum(['udp', 'tcp-passive', 'tcp-active']).exactOptional().describe('how the device shall send'),
    port: z.enum(['single', 'range']).exactOptional().describe('the shared port, or one of its own'),
  })
  .nullish();
const playAnswer = z.object({ path: z.string(), state: z.literal('live') });
const catalogAnswer = z.object({ channels: z.number(), expected: z.number(), complete: z.boolean() });
const anyItem = z.record(z.string(), z.unknown());
const tags = ['gb28181'];

function deviceOf(query: { readonly device?: string | undefined }): { device?: string } {
  return query.device === undefined ? {} : { device: query.device };
}

/** `/gb28181/…`. The plugin is looked for at each request: 404 `ERR_NOT_AVAILABLE` where it is not loaded. */
export function addGb28181Routes(app: ApiApp, ctx: PluginContext): void {
  const plugin = (): Gb28181Service => {
    const found = ctx.find(gb28181);
    if (found === undefined) throw notAvailable('gb28181');
    return found;
  };
  const lists = { 200: pageBody(anyItem), 404: errorBody };
  app.get('/gb28181/devices', { schema: { summary: 'Devices', tags, querystring: pageQuery, response: lists } }, (request) => {
    const { limit, cursor } = request.query;
    return pageOf(plugin().devices(), ({ id }) => id, limit, cursor) as never;
  });
  app.get(
    '/gb28181/devices/:id/channels',
    { schema: { summary: 'The catalog of a device', tags, params: idParams, querystring: pageQuery, response: lists } },
    (request) => {
      const { limit, cursor } = request.query;
      return pageOf(plugin().channels(request.params.id), ({ id }) => id, limit, cursor) as never;
    },
  );
  app.post(
    '/gb28181/devices/:id/catalog',
    { schema: { summary: 'Asks the device for its catalog', tags, params: idParams, response: { 200: catalogAnswer, 404: errorBody, 504: errorBody } } },
    (request) => plugin().refreshCatalog(request.params.id) as Promise<never>,
  );
  const failures = { 404: errorBody, 409: errorBody, 502: errorBody, 504: errorBody };
  app.post(
    '/gb28181/channels/:id/play',
    { schema: { summary: 'Invites a channel', tags, params: idParams, querystring: choice, body: playBody, response: { 200: playAnswer, ...failures } } },
    (request) => {
      const { transport, port } = request.body ?? {};
      const service = plugin();
      if (port === 'range') throw new SluiceError('ERR_NOT_SUPPORTED', 'port range is not supported yet', { plugin: 'api', status: 501 });
      return service.play(request.params.id, { ...deviceOf(request.query), ...(transport === undefined ? {} : { transport }) }) as Promise<never>;
    },
  );
  app.post(
    '/gb28181/channels/:id/stop',
    { schema: { summary: 'Ends the live stream of a channel', tags, params: idParams, querystring: choice, response: { 204: noBody, ...failures } } },
    async (request, reply) => {
      await plugin().stop(request.params.id, deviceOf(request.query));
      return reply.code(204).send() as never;
    },
  );
}
