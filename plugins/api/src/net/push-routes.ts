import type { PluginContext } from '@sluice/core';
import { z } from 'zod';
import { pageOf } from '../proto/page.js';
import type { ApiApp } from './app-types.js';
import { linkInfo, linkParams, linkRequest, relayOf } from './relay-common.js';
import { errorBody, noBody, pageBody, pageQuery } from './schemas.js';

const createBody = z.strictObject({
  path: z.string().min(1).max(2048).describe('stream here; it may come later, go and come back'),
  ...linkRequest,
  retries: z.int().min(0).max(1_000_000).exactOptional().describe('tries after a failure before it gives up; without, it never does'),
});
const pushBody = z
  .object({
    ...linkInfo,
    origin: z.enum(['api', 'rule', 'plugin']).describe('who wants it: a caller of the API, relay.pushes, another plugin'),
    via: z.string().describe('plugin of the client; memory: the target is this server itself'),
  })
  .meta({ id: 'Push' });
const tags = ['pushes'];

/** `/pushes`. 404 `ERR_NOT_AVAILABLE` where the relay is not loaded. */
export function addPushRoutes(app: ApiApp, ctx: PluginContext): void {
  app.post(
    '/pushes',
    {
      schema: {
        summary: 'Forwards a stream to another server',
        tags,
        body: createBody,
        response: { 201: pushBody, 400: errorBody, 403: errorBody, 404: errorBody, 409: errorBody, 503: errorBody },
      },
    },
    async (request, reply) => reply.code(201).send((await relayOf(ctx).createPush(request.body)) as never) as never,
  );
  app.get('/pushes', { schema: { summary: 'All pushes', tags, querystring: pageQuery, response: { 200: pageBody(pushBody), 404: errorBody } } }, (request) => {
    const { limit, cursor } = request.query;
    return pageOf(relayOf(ctx).pushes(), ({ id }) => id, limit, cursor) as never;
  });
  app.get(
    '/pushes/:id',
    { schema: { summary: 'One push', tags, params: linkParams, response: { 200: pushBody, 404: errorBody } } },
    (request) => relayOf(ctx).describePush(request.params.id) as never,
  );
  app.delete(
    '/pushes/:id',
    { schema: { summary: 'Ends a push', tags, params: linkParams, response: { 204: noBody, 404: errorBody, 409: errorBody } } },
    async (request, reply) => {
      await relayOf(ctx).endPush(request.params.id);
      return reply.code(204).send() as never;
    },
  );
}
