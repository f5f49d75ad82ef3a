import type { PluginContext } from '@sluice/core';
import { z } from 'zod';
import { pageOf } from '../proto/page.js';
import type { ApiApp } from './app-types.js';
import { createFailures, linkExample, linkInfo, linkParams, linkRequest, noRelay, relayOf } from './relay-common.js';
import { failures, noBody, pageBody, pageQuery, withExamples } from './schemas.js';

const createBody = withExamples(
  z.strictObject({
    path: z.string().min(1).max(2048).describe('stream here'),
    ...linkRequest,
    retries: z.int().min(0).max(1_000_000).exactOptional().describe('tries after a failure before it gives up; 5 by default'),
    idleSeconds: z
      .number()
      .min(0.1)
      .max(86_400)
      .exactOptional()
      .describe('ends so long after the last viewer left, until the next one asks; without, it runs whether anybody watches or not'),
  }),
  { path: 'live/cam1', url: 'rtsp://user:password@192.0.2.10/stream1', transport: 'tcp' },
  { path: 'live/cam1', url: 'rtmp://media.example/live/cam1?token=T', retries: 10, retryIntervalMs: 2000, idleSeconds: 30 },
);
const pullBody = withExamples(
  z.object({
    ...linkInfo,
    origin: z.enum(['api', 'config', 'demand']).describe('who wants it: a caller of the API, relay.pulls, a viewer by relay.sources'),
    via: z.string().describe('plugin of the client'),
  }),
  { ...linkExample, url: 'rtmp://media.example/live/cam1?token=***', origin: 'api' },
).meta({ id: 'Pull' });
const tags = ['pulls'];
const unknown = { ...noRelay, ERR_RELAY_PULL_UNKNOWN: [404, "no pull '01JX6D2Q'"] } as const;
const exists = { ERR_RELAY_PULL_EXISTS: [409, 'live/cam1 is pulled already'] } as const;

/** `/pulls`. 404 `ERR_NOT_AVAILABLE` where the relay is not loaded. */
export function addPullRoutes(app: ApiApp, ctx: PluginContext): void {
  const create = {
    operationId: 'createPull',
    summary: 'Brings a stream of another server',
    tags,
    body: createBody,
    response: { 201: pullBody, ...failures({ ...createFailures, ...exists }) },
  };
  app.post('/pulls', { schema: create }, async (request, reply) => reply.code(201).send((await relayOf(ctx).createPull(request.body)) as never) as never);
  const list = {
    operationId: 'listPulls',
    summary: 'All pulls',
    tags,
    querystring: pageQuery,
    response: { 200: pageBody(pullBody), ...failures(noRelay) },
  };
  app.get('/pulls', { schema: list }, (request) => {
    const { limit, cursor } = request.query;
    return pageOf(relayOf(ctx).pulls(), ({ id }) => id, limit, cursor) as never;
  });
  const one = { operationId: 'getPull', summary: 'One pull', tags, params: linkParams, response: { 200: pullBody, ...failures(unknown) } };
  app.get('/pulls/:id', { schema: one }, (request) => relayOf(ctx).describePull(request.params.id) as never);
  const end = {
    operationId: 'endPull',
    summary: 'Ends a pull and the stream it brings',
    tags,
    params: linkParams,
    response: { 204: noBody, ...failures(unknown) },
  };
  app.delete('/pulls/:id', { schema: end }, async (request, reply) => {
    await relayOf(ctx).endPull(request.params.id);
    return reply.code(204).send() as never;
  });
}
