import { checkStreamPath, closeReason, type PluginContext } from '@sluice/core';
import { z } from 'zod';
import { sessionNotFound, streamNotFound } from '../errors.js';
import { pageOf } from '../proto/page.js';
import type { ApiApp } from './app-types.js';
import { checkQuery } from './check-query.js';
import { failures, idParams, noBody, noFields, pageBody, pageQuery, pathParams } from './schemas.js';
import { addSnapshotRoute, answerSnapshot, snapshotPath } from './snapshot-route.js';
import { sessionBody, shownStream, streamBody } from './stream-schemas.js';

const KICKED = closeReason('kicked', 'ended through the API');
const NO_PATH = { ERR_STREAM_PATH: [400, 'not a stream path: one to eight parts of A-Z a-z 0-9 _ . ~ -'] } as const;
const NO_STREAM = { ...NO_PATH, ERR_STREAM_NOT_FOUND: [404, "no stream 'live/none'"] } as const;

/** `/streams` and `/sessions`. */
export function addStreamRoutes(app: ApiApp, ctx: PluginContext): void {
  const { streams } = ctx;
  const tags = ['streams'];
  const list = { operationId: 'listStreams', summary: 'All streams', tags, querystring: pageQuery, response: { 200: pageBody(streamBody) } };
  app.get('/streams', { schema: list }, (request) => {
    const { limit, cursor } = request.query;
    const page = pageOf(streams.list(), ({ path }) => path, limit, cursor);
    return { ...page, items: page.items.map(shownStream) } as never;
  });
  const one = {
    operationId: 'getStream',
    summary: 'One stream',
    tags,
    params: pathParams,
    // Of a picture, which is asked for below the stream; checked there and here.
    querystring: z.looseObject({}),
    response: { 200: streamBody, ...failures(NO_STREAM) },
  };
  app.get('/streams/*', { schema: one }, (request, reply) => {
    const pictured = snapshotPath(request.params['*']);
    if (pictured !== undefined) return answerSnapshot(ctx, pictured, request.query, reply) as Promise<never>;
    checkQuery(noFields, request.query);
    const path = checkStreamPath(request.params['*']);
    const stream = streams.describe(path);
    if (stream === undefined) throw streamNotFound(path);
    return shownStream(stream) as never;
  });
  addSnapshotRoute(app, ctx);
  const end = {
    operationId: 'endStream',
    summary: 'Ends the publisher and its viewers, at once and without lingering',
    tags,
    params: pathParams,
    response: { 204: noBody, ...failures(NO_STREAM) },
  };
  app.delete('/streams/*', { schema: end }, (request, reply) => {
    const path = checkStreamPath(request.params['*']);
    if (!streams.close(path, KICKED)) throw streamNotFound(path);
    return reply.code(204).send() as never;
  });
  addSessionRoutes(app, ctx);
}

function addSessionRoutes(app: ApiApp, { streams }: PluginContext): void {
  const tags = ['sessions'];
  const list = {
    operationId: 'listSessions',
    summary: 'Publishers and viewers',
    tags,
    querystring: pageQuery.extend({
      stream: z
        .string()
        .optional()
        .meta({ description: 'sessions of this stream only', examples: ['live/cam1'] }),
    }),
    response: { 200: pageBody(sessionBody), ...failures(NO_PATH) },
  };
  app.get('/sessions', { schema: list }, (request) => {
    const { stream, limit, cursor } = request.query;
    const all = stream === undefined ? streams.sessions() : streams.sessions(checkStreamPath(stream));
    return pageOf(all, ({ id }) => id, limit, cursor) as never;
  });
  const end = {
    operationId: 'endSession',
    summary: 'Ends a publisher or a viewer',
    tags,
    params: idParams('4d6c9b1bea-3', 256),
    response: { 204: noBody, ...failures({ ERR_SESSION_NOT_FOUND: [404, "no session '4d6c9b1bea-9'"] }) },
  };
  app.delete('/sessions/:id', { schema: end }, (request, reply) => {
    if (!streams.closeSession(request.params.id, KICKED)) throw sessionNotFound(request.params.id);
    return reply.code(204).send() as never;
  });
}
