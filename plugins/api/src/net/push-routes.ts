import type { PluginContext } from '@sluice/core';
import { z } from 'zod';
import { pageOf } from '../proto/page.js';
import type { ApiApp } from './app-types.js';
import { createFailures, linkExample, linkInfo, linkParams, linkRequest, noRelay, relayOf } from './relay-common.js';
import { failures, noBody, pageBody, pageQuery, withExamples } from './schemas.js';

const createBody = withExamples(
  z.strictObject({
    path: z.string().min(1).max(2048).describe('stream here; it may come later, go and come back'),
    ...linkRequest,
    retries: z.int().min(0).max(1_000_000).exactOptional().describe('tries after a failure before it gives up; without, it never does'),
  }),
  { path: 'live/cam1', url: 'rtmp://media.example/live/cam1?token=T' },
);
const pushBody = withExamples(
  z.object({
    ...linkInfo,
    origin: z.enum(['api', 'rule', 'plugin']).describe('who wants it: a caller of the API, relay.pushes, another plugin'),
    via: z.string().describe('plugin of the client; memory: the target is this server itself'),
  }),
  { ...linkExample, url: 'rtmp://media.example/live/cam1?token=***', origin: 'api' },
).meta({ id: 'Push' });
const tags = ['pushes'];
const unknown = { ...noRelay, ERR_RELAY_PUSH_UNKNOWN: [404, "no push '01JX6D2Q'"] } as const;
const exists = { ERR_RELAY_PUSH_EXISTS: [409, 'live/cam1 is forwarded there already'] } as const;

/** `/pushes`. 404 `ERR_NOT_AVAILABLE` where the relay is not loaded. */
export function addPushRoutes(app: ApiApp, ctx: PluginContext): void {
  const create = {
    operationId: 'createPush',
    summary: 'Forwards a stream to another server',
    tags,
    body: createBody,
    response: { 201: pushBody, ...failures({ ...createFailures, ...exists }) },
  };
  app.post('/pushes', { schema: create }, async (request, reply) => reply.code(201).send((await relayOf(ctx).createPush(request.body)) as never) as never);
  const list = {
    operationId: 'listPushes',
    summary: 'All pushes',
    tags,
    querystring: pageQuery,
    response: { 200: pageBody(pushBody), ...failures(noRelay) },
  };
  app.get('/pushes', { schema: list }, (request) => {
    const { limit, cursor } = request.query;
    return pageOf(relayOf(ctx).pushes(), ({ id }) => id, limit, cursor) as never;
  });
  const one = { operationId: 'getPush', summary: 'One push', tags, params: linkParams, response: { 200: pushBody, ...failures(unknown) } };
  app.get('/pushes/:id', { schema: one }, (request) => relayOf(ctx).describePush(request.params.id) as never);
  const end = {
    operationId: 'endPush',
    summary: 'Ends a push',
    tags,
    params: linkParams,
    response: { 204: noBody, ...failures({ ...unknown, ERR_RELAY_PUSH_OWNED: [409, 'gateway-control wants it'] }) },
  };
  app.delete('/pushes/:id', { schema: end }, async (request, reply) => {
    await relayOf(ctx).endPush(request.params.id);
    return reply.code(204).send() as never;
  });
}
