import { isPathPattern, type PluginContext, type ServiceToken, service } from '@sluice/core';
import type { AuthService } from '@sluice/plugin-auth/service';
import { z } from 'zod';
import { notAvailable } from '../errors.js';
import { pageOf } from '../proto/page.js';
import type { ApiApp } from './app-types.js';
import { errorBody, noBody, pageBody, pageQuery } from './schemas.js';

/** By name only: the API loads it nowhere. */
const auth: ServiceToken<AuthService> = service<AuthService>('auth');

function authOf(ctx: PluginContext): AuthService {
  const found = ctx.find(auth);
  if (found === undefined) throw notAvailable('auth');
  return found;
}

const pattern = z.string().max(1024).refine(isPathPattern, 'expected a stream path, `*` and `**` allowed');
const createBody = z.strictObject({
  actions: z
    .array(z.enum(['publish', 'play']))
    .min(1)
    .describe('what it lets do'),
  paths: z.array(pattern).min(1).max(1000).describe('where: stream paths with `*` for any part of a name, `**` for any number of names'),
  expiresAt: z.iso.datetime({ offset: true }).exactOptional().describe('when it ends; without it, when it is deleted'),
});
const tokenBody = z
  .object({
    id: z.string(),
    origin: z.enum(['config', 'api']).describe('who made it: auth.tokens, or a caller of the API'),
    actions: z.array(z.string()),
    paths: z.array(z.string()),
    createdAt: z.string().optional(),
    expiresAt: z.string().optional(),
  })
  .meta({ id: 'Token' });
const createdBody = tokenBody.extend({ token: z.string().describe('the token itself, shown this once') }).meta({ id: 'CreatedToken' });
const idParams = z.object({ id: z.string().min(1).max(128) });
const tags = ['auth'];
/** Who makes and takes tokens decides who gets in. */
const config = { role: 'admin' } as const;

/** `/auth/tokens`. 404 `ERR_NOT_AVAILABLE` where the plugin `auth` is not loaded. */
export function addTokenRoutes(app: ApiApp, ctx: PluginContext): void {
  app.post(
    '/auth/tokens',
    {
      config,
      schema: { summary: 'Makes a token', tags, body: createBody, response: { 201: createdBody, 400: errorBody, 404: errorBody, 503: errorBody } },
    },
    (request, reply) => reply.code(201).send(authOf(ctx).createToken(request.body) as never) as never,
  );
  app.get(
    '/auth/tokens',
    { schema: { summary: 'All tokens, without what they are', tags, querystring: pageQuery, response: { 200: pageBody(tokenBody), 404: errorBody } } },
    (request) => {
      const { limit, cursor } = request.query;
      return pageOf(authOf(ctx).tokens(), ({ id }) => id, limit, cursor) as never;
    },
  );
  app.delete(
    '/auth/tokens/:id',
    { config, schema: { summary: 'Takes a token back: its sessions end', tags, params: idParams, response: { 204: noBody, 404: errorBody, 409: errorBody } } },
    (request, reply) => {
      authOf(ctx).revokeToken(request.params.id);
      return reply.code(204).send() as never;
    },
  );
}
