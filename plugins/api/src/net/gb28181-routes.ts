import type { PluginContext } from '@sluice/core';
import { z } from 'zod';
import { pageOf } from '../proto/page.js';
import type { ApiApp } from './app-types.js';
import { channelChoice, deviceOf, findGb28181, idParams } from './gb28181-common.js';
import { addPlaybackRoutes } from './gb28181-playback-routes.js';
import { errorBody, noBody, pageBody, pageQuery } from './schemas.js';

const playBody = z
  .strictObject({
    transport: z.enum(['udp', 'tcp-passive', 'tcp-active']).exactOptional().describe('how the device shall send'),
    port: z.enum(['single', 'range']).exactOptional().describe('the shared port, or one of its own'),
    stream: z.int().min(0).max(15).exactOptional().describe('which stream of the channel: 0 main, 1 sub'),
  })
  .nullish();
const playAnswer = z.object({ path: z.string(), state: z.literal('live') });
const catalogAnswer = z.object({ channels: z.number(), expected: z.number(), complete: z.boolean() });
const anyItem = z.record(z.string(), z.unknown());
const tags = ['gb28181'];

const direction = z.number().min(-1).max(1);
const ptzBody = z.strictObject({
  pan: direction.default(0).describe('right is positive'),
  tilt: direction.default(0).describe('up is positive'),
  zoom: direction.default(0).describe('in is positive'),
});

/** `/gb28181/…`. The plugin is looked for at each request: 404 `ERR_NOT_AVAILABLE` where it is not loaded. */
export function addGb28181Routes(app: ApiApp, ctx: PluginContext): void {
  const plugin = () => findGb28181(ctx);
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
    {
      schema: { summary: 'Invites a channel', tags, params: idParams, querystring: channelChoice, body: playBody, response: { 200: playAnswer, ...failures } },
    },
    (request) => {
      return plugin().play(request.params.id, { ...deviceOf(request.query), ...(request.body ?? {}) }) as Promise<never>;
    },
  );
  app.post(
    '/gb28181/channels/:id/stop',
    { schema: { summary: 'Ends the live stream of a channel', tags, params: idParams, querystring: channelChoice, response: { 204: noBody, ...failures } } },
    async (request, reply) => {
      await plugin().stop(request.params.id, deviceOf(request.query));
      return reply.code(204).send() as never;
    },
  );
  app.post(
    '/gb28181/channels/:id/ptz',
    {
      schema: {
        summary: 'Moves a camera until it is told to stop: zeros',
        tags,
        params: idParams,
        querystring: channelChoice,
        body: ptzBody,
        response: { 204: noBody, ...failures },
      },
    },
    async (request, reply) => {
      await plugin().ptz(request.params.id, request.body, deviceOf(request.query));
      return reply.code(204).send() as never;
    },
  );
  addPlaybackRoutes(app, ctx);
}
