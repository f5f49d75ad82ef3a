import { type PluginContext, type ServiceToken, service } from '@sluice/core';
import type { SnapshotService, SnapshotSize } from '@sluice/plugin-snapshot/service';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { notAvailable } from '../errors.js';
import type { ApiApp } from './app-types.js';
import { checkQuery } from './check-query.js';
import { failures, withoutPlugin } from './schemas.js';

/** By name only: the API loads no snapshots where nobody wants them. */
const snapshots: ServiceToken<SnapshotService> = service<SnapshotService>('snapshot');

const SUFFIX = '/snapshot.jpg';
const side = z.coerce.number().int().min(16).max(4096).exactOptional();
const sizeQuery = z.strictObject({ width: side.describe('pixels; alone it keeps the shape'), height: side.describe('pixels') });

async function answer(ctx: PluginContext, path: string, size: SnapshotSize, reply: FastifyReply): Promise<FastifyReply> {
  const plugin = ctx.find(snapshots);
  if (plugin === undefined) throw notAvailable('snapshot');
  const jpeg = await plugin.take(path, size);
  return reply.type('image/jpeg').send(jpeg);
}

/** What `GET /streams/*` asks a picture of; `undefined` where it asks for the stream. */
export function snapshotPath(path: string): string | undefined {
  return path.endsWith(SUFFIX) ? path.slice(0, -SUFFIX.length) : undefined;
}

/** Answers the picture that `GET /streams/*` asks for: the router knows no path of several parts before `/snapshot.jpg`. */
export function answerSnapshot(ctx: PluginContext, path: string, query: unknown, reply: FastifyReply): Promise<FastifyReply> {
  return answer(ctx, path, checkQuery(sizeQuery, query), reply);
}

/** `/streams/{path}/snapshot.jpg`, for paths of one part or with encoded slashes, and for the OpenAPI document. */
export function addSnapshotRoute(app: ApiApp, ctx: PluginContext): void {
  const schema = {
    operationId: 'getSnapshot',
    summary: 'The newest key frame as a JPEG',
    tags: ['streams'],
    params: z.object({
      path: z
        .string()
        .min(1)
        .meta({ description: 'path of the stream; its slashes may be encoded', examples: ['live/cam1'] }),
    }),
    querystring: sizeQuery,
    response: {
      200: { description: 'a JPEG', content: { 'image/jpeg': { schema: z.string().meta({ format: 'binary' }) } } },
      ...failures({
        ERR_STREAM_PATH: [400, 'not a stream path: one to eight parts of A-Z a-z 0-9 _ . ~ -'],
        ERR_STREAM_NOT_FOUND: [404, "no stream 'live/none'"],
        ERR_SNAPSHOT_NO_VIDEO: [404, 'live/radio has no video'],
        ...withoutPlugin('snapshot'),
        ERR_SNAPSHOT_NO_DECODER: [501, 'no decoder is installed'],
        ERR_SNAPSHOT_NO_KEY_FRAME: [503, 'no key frame yet'],
        ERR_SNAPSHOT_TIMEOUT: [504, 'the decoder took too long'],
      }),
    },
  };
  app.get('/streams/:path/snapshot.jpg', { schema }, (request, reply) => answer(ctx, request.params.path, request.query, reply) as Promise<never>);
}
