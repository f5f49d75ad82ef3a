import { type PluginContext, type ServiceToken, service } from '@sluice/core';
import type { RelayService } from '@sluice/plugin-relay/service';
import { z } from 'zod';
import { notAvailable } from '../errors.js';
import { pageOf } from '../proto/page.js';
import type { ApiApp } from './app-types.js';
import { errorBody, noBody, pageBody, pageQuery } from './schemas.js';

/** By name only: the API loads no relay where nobody wants it. */
const relay: ServiceToken<RelayService> = service<RelayService>('relay');

const idParams = z.object({ id: z.string().min(1).max(128) });
const createBody = z.strictObject({
  path: z.string().min(1).max(2048).describe('stream here; it may come later, go and come back'),
  url: z.string().min(1).max(4096).describe('rtmp[s]://HOST[:PORT]/APP/NAME[?QUERY]; relay.allow says which hosts'),
  retries: z.int().min(0).max(1_000_000).exactOptional().describe('tries after a failure before it gives up; without, it never does'),
  retryIntervalMs: z.int().min(10).max(600_000).exactOptional().describe('wait before the second try, doubled each time'),
});
const pushBody = z
  .object({
    id: z.string(),
    path: z.string(),
    url: z.string().describe('without its secrets'),
    origin: z.enum(['api', 'rule', 'plugin']).describe('who wants it: a caller of the API, relay.pushes, another plugin'),
    via: z.enum(['memory', 'rtmp']).describe('memory: the target is this server itself'),
    state: z.enum(['idle', 'connecting', 'live', 'retrying', 'failed', 'stopped']),
    attempt: z.number(),
    lastError: z.object({ code: z.string(), message: z.string() }).optional(),
    since: z.string().describe('when it came into this state'),
    bytes: z.number(),
  })
  .meta({ id: 'Push' });
const tags = ['pushes'];

/** `/pushes`. The plugin is looked for at each request: 404 `ERR_NOT_AVAILABLE` where it is not loaded. */
export function addPushRoutes(app: ApiApp, ctx: PluginContext): void {
  const plugin = (): RelayService => {
    const found = ctx.find(relay);
    if (found === undefined) throw notAvailable('relay');
    return found;
  };
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
    async (request, reply) => reply.code(201).send((await plugin().createPush(request.body)) as never) as never,
  );
  app.get('/pushes', { schema: { summary: 'All pushes', tags, querystring: pageQuery, response: { 200: pageBody(pushBody), 404: errorBody } } }, (request) => {
    const { limit, cursor } = request.query;
    return pageOf(plugin().pushes(), ({ id }) => id, limit, cursor) as never;
  });
  app.get(
    '/pushes/:id',
    { schema: { summary: 'One push', tags, params: idParams, response: { 200: pushBody, 404: errorBody } } },
    (request) => plugin().describePush(request.params.id) as never,
  );
  app.delete(
    '/pushes/:id',
    { schema: { summary: 'Ends a push', tags, params: idParams, response: { 204: noBody, 404: errorBody, 409: errorBody } } },
    async (request, reply) => {
      await plugin().endPush(request.params.id);
      return reply.code(204).send() as never;
    },
  );
}
