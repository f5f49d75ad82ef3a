import { isPathPattern, type PluginContext, type ServiceToken, service } from '@sluice/core';
import type { AuthService, TokenInfo } from '@sluice/plugin-auth/service';
import { z } from 'zod';
import { notAvailable } from '../errors.js';
import { pageOf } from '../proto/page.js';
import type { ApiApp } from './app-types.js';
import { failures, idParams, noBody, pageBody, pageQuery, time, withExamples, withoutPlugin, zonedTime } from './schemas.js';

/** By name only: the API loads it nowhere. */
const auth: ServiceToken<AuthService> = service<AuthService>('auth');

function authOf(ctx: PluginContext): AuthService {
  const found = ctx.find(auth);
  if (found === undefined) throw notAvailable('auth');
  return found;
}

const pattern = z.string().max(1024).refine(isPathPattern, 'expected a stream path, `*` and `**` allowed');
const action = z.enum(['publish', 'play']);
const createBody = withExamples(
  z.strictObject({
    actions: z.array(action).min(1).describe('what it lets do'),
    paths: z.array(pattern).min(1).max(1000).describe('where: stream paths with `*` for any part of a name, `**` for any number of names'),
    expiresAt: zonedTime.exactOptional().describe('when it ends; without it, when it is deleted'),
  }),
  { actions: ['play'], paths: ['live/**'], expiresAt: '2026-05-05T08:00:00+08:00' },
);
const tokenShape = z.object({
  id: z.string(),
  origin: z.enum(['config', 'api']).describe('who made it: auth.tokens, or a caller of the API'),
  actions: z.array(action),
  paths: z.array(z.string()),
  createdAt: time.optional().describe('where the API made it'),
  expiresAt: time.optional(),
});
const tokenExample = {
  id: 'k3v9xq2m',
  origin: 'api' as const,
  actions: ['play' as const],
  paths: ['live/**'],
  createdAt: '2026-05-04T08:00:00.000Z',
  expiresAt: '2026-05-05T00:00:00.000Z',
};
const tokenBody = withExamples(tokenShape, tokenExample).meta({ id: 'Token' });
const createdBody = withExamples(tokenShape.extend({ token: z.string().describe('the token itself, shown this once') }), {
  ...tokenExample,
  token: 'q0J9vN1dXyZfV2b7m5Yc3w',
}).meta({ id: 'CreatedToken' });
const params = idParams('k3v9xq2m');
const tags = ['auth'];
const noAuth = withoutPlugin('auth');
/** Who makes and takes tokens decides who gets in. */
const config = { role: 'admin' } as const;

/** Callers may write any zone; the API answers in UTC. */
function inUtc<T extends TokenInfo>(token: T): T {
  return token.expiresAt === undefined ? token : { ...token, expiresAt: new Date(token.expiresAt).toISOString() };
}

/** `/auth/tokens`. 404 `ERR_NOT_AVAILABLE` where the plugin `auth` is not loaded. */
export function addTokenRoutes(app: ApiApp, ctx: PluginContext): void {
  const create = {
    operationId: 'createToken',
    summary: 'Makes a token',
    tags,
    body: createBody,
    response: {
      201: createdBody,
      ...failures({ ERR_AUTH_TOKEN_EXPIRED: [400, 'it would be over before it began'], ...noAuth, ERR_AUTH_TOO_MANY_TOKENS: [503, 'auth.maxTokens'] }),
    },
  };
  app.post(
    '/auth/tokens',
    { config, schema: create },
    async (request, reply) => reply.code(201).send(inUtc(await authOf(ctx).createToken(request.body)) as never) as never,
  );
  const list = {
    operationId: 'listTokens',
    summary: 'All tokens, without what they are',
    tags,
    querystring: pageQuery,
    response: { 200: pageBody(tokenBody), ...failures(noAuth) },
  };
  app.get('/auth/tokens', { schema: list }, (request) => {
    const { limit, cursor } = request.query;
    return pageOf(authOf(ctx).tokens().map(inUtc), ({ id }) => id, limit, cursor) as never;
  });
  const revoke = {
    operationId: 'revokeToken',
    summary: 'Takes a token back: its sessions end',
    tags,
    params,
    response: {
      204: noBody,
      ...failures({ ...noAuth, ERR_AUTH_TOKEN_NOT_FOUND: [404, "no token 'k3v9xq2m'"], ERR_AUTH_TOKEN_CONFIGURED: [409, 'the config has it'] }),
    },
  };
  app.delete('/auth/tokens/:id', { config, schema: revoke }, async (request, reply) => {
    await authOf(ctx).revokeToken(request.params.id);
    return reply.code(204).send() as never;
  });
}
