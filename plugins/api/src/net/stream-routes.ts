import { checkStreamPath, closeReason, type PluginContext } from '@sluice/core';
import { z } from 'zod';
import { sessionNotFound, streamNotFound } from '../errors.js';
import { pageOf } from '../proto/page.js';
import type { ApiApp } from './app-types.js';
import { errorBody, noBody, pageBody, pageQuery, pathParams, sessionBody, streamBody } from './schemas.js';
import { addSnapshotRoute, answerSnapshot, snapshotPath } from './snapshot-route.js';

const KICKED = closeReason('kicked', 'ended through the API');

/** `/streams` and `/sessions`. */
export function addStreamRoutes(app: ApiApp, ctx: PluginContext): void {
  const { streams } = ctx;
  app.get('/streams', { schema: { summary: 'All streams', tags: ['streams'], querystring: pageQuery, response: { 200: pageBody(streamBody) } } }, (request) => {
    const { limit, cursor } = request.query;
    return pageOf(streams.list(), ({ path }) => path, limit, cursor) as never;
  });
  app.get(
    '/streams/*',
    { schema: { summary: 'One stream', tags: ['streams'], params: pathParams, response: { 200: streamBody, 404: errorBody } } },
    (request, reply) => {
      const pictured = snapshotPath(request.params['*']);
      if (pictured !== undefined) return answerSnapshot(ctx, pictured, request.query, reply) as Promise<never>;
      const path = checkStreamPath(request.params['*']);
      const stream = streams.describe(path);
      if (stream === undefined) throw streamNotFound(path);
      return stream as never;
    },
  );
  addSnapshotRoute(app, ctx);
  const ends = 'Ends the publisher and its viewers, at once and without lingering';
  app.delete(
    '/streams/*',
    { schema: { summary: ends, tags: ['streams'], params: pathParams, response: { 204: noBody, 404: errorBody } } },
    (request, reply) => {
      const path = checkStreamPath(request.params['*']);
      if (!streams.close(path, KICKED)) throw streamNotFound(path);
      return reply.code(204).send() as never;
    },
  );

  const sessionQuery = pageQuery.extend({ stream: z.string().optional().describe('sessions of this stream only') });
  app.get(
    '/sessions',
    { schema: { summary: 'Publishers and viewers', tags: ['sessions'], querystring: sessionQuery, response: { 200: pageBody(sessionBody) } } },
    (request) => {
      const { stream, limit, cursor } = request.query;
      const all = stream === undefined ? streams.sessions() : streams.sessions(checkStreamPath(stream));
      return pageOf(all, ({ id }) => id, limit, cursor) as never;
    },
  );
  const idParams = z.object({ id: z.string().min(1).max(256) });
  app.delete(
    '/sessions/:id',
    { schema: { summary: 'Ends a publisher or a viewer', tags: ['sessions'], params: idParams, response: { 204: noBody, 404: errorBody } } },
    (request, reply) => {
      if (!streams.closeSession(request.params.id, KICKED)) throw sessionNotFound(request.params.id);
      return reply.code(204).send() as never;
    },
  );
}
