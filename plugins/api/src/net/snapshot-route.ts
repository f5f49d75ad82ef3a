import { type PluginContext, type ServiceToken, SluiceError, service } from '@sluice/core';
import type { SnapshotService, SnapshotSize } from '@sluice/plugin-snapshot/service';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { notAvailable } from '../errors.js';
import type { ApiApp } from './app-types.js';
import { errorBody } from './schemas.js';

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
  const size = sizeQuery.safeParse(query);
  if (!size.success) throw new SluiceError('ERR_VALIDATION', z.prettifyError(size.error), { plugin: 'api', status: 400 });
  return answer(ctx, path, size.data, reply);
}

/** `/streams/{path}/snapshot.jpg`, for paths of one part or with encoded slashes, and for the OpenAPI document. */
export function addSnapshotRoute(app: ApiApp, ctx: PluginContext): void {
  const params = z.object({ path: z.string().min(1) });
  const schema = { summary: 'The newest key frame as a JPEG', tags: ['streams'], params, querystring: sizeQuery, response: { 404: errorBody, 501: errorBody } };
  app.get('/streams/:path/snapshot.jpg', { schema }, (request, reply) => answer(ctx, request.params.path, request.query, reply) as Promise<never>);
}
