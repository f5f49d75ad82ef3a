import type { PluginContext } from '@sluice/core';
import { z } from 'zod';
import { pageOf } from '../proto/page.js';
import type { ApiApp } from './app-types.js';
import { linkInfo, linkParams, linkRequest, relayOf } from './relay-common.js';
import { errorBody, noBody, pageBody, pageQuery } from './schemas.js';

const createBody = z.strictObject({
  path: z.string().min(1).max(2048).describe('stream here'),
  ...linkRequest,
  retries: z.int().min(0).max(1_000_000).exactOptional().describe('tries after a failure before it gives up; 5 by default'),
  idleSeconds: z
    .number()
    .min(0.1)
    .max(86_400)
    .exactOptional()
    .describe('ends so long after the last viewer left, until the next one asks; without, it runs whether anybody watches or not'),
});
const pullBody = z
  .object({
    ...linkInfo,
    origin: z.enum(['api', 'config', 'demand']).describe('who wants it: a caller of the API, relay.pulls, a viewer by relay.sources'),
    via: z.string().describe('plugin of the client'),
  })
  .meta({ id: 'Pull' });
const tags = ['pulls'];

/** `/pulls`. 404 `ERR_NOT_AVAILABLE` where the relay is not loaded. */
export function addPullRoutes(app: ApiApp, ctx: PluginContext): void {
  app.post(
    '/pulls',
    {
      schema: {
        summary: 'Brings a stream of another server',
        tags,
        body: createBody,
        response: { 201: pullBody, 400: errorBody, 403: errorBody, 404: errorBody, 409: errorBody, 503: errorBody },
      },
    },
    async (request, reply) => reply.code(201).send((await relayOf(ctx).createPull(request.body)) as never) as never,
  );
  app.get('/pulls', { schema: { summary: 'All pulls', tags, querystring: pageQuery, response: { 200: pageBody(pullBody), 404: errorBody } } }, (request) => {
    const { limit, cursor } = request.query;
    return pageOf(relayOf(ctx).pulls(), ({ id }) => id, limit, cursor) as never;
  });
  app.get(
    '/pulls/:id',
    { schema: { summary: 'One pull', tags, params: linkParams, response: { 200: pullBody, 404: errorBody } } },
    (request) => relayOf(ctx).describePull(request.params.id) as never,
  );
  app.delete(
    '/pulls/:id',
    { schema: { summary: 'Ends a pull and the stream it brings', tags, params: linkParams, response: { 204: noBody, 404: errorBody } } },
    async (request, reply) => {
      await relayOf(ctx).endPull(request.params.id);
      return reply.code(204).send() as never;
    },
  );
}
