import type { PluginContext } from '@sluice/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import type { ApiConfig } from '../config.js';
import { hideQueries } from '../proto/hide.js';
import { roleForMethod } from '../proto/roles.js';
import type { Access } from './access.js';
import type { ApiApp } from './app-types.js';
import { createEventClients } from './event-clients.js';
import { addEventRoutes } from './event-routes.js';
import { addGb28181Routes } from './gb28181-routes.js';
import { addOpenApi, addOpenApiRoute } from './openapi.js';
import { allowOrigins } from './origins.js';
import { addPullRoutes } from './pull-routes.js';
import { addPushRoutes } from './push-routes.js';
import { refuseUnknownFields } from './route-defaults.js';
import { addServerRoutes } from './server-routes.js';
import { addStreamRoutes } from './stream-routes.js';
import { addTokenRoutes } from './token-routes.js';

const PREFIX = '/api/v1';

/** Every route below needs a key before anything else is looked at, also those that do not exist. */
function guard(app: ApiApp, access: Access): void {
  app.addHook('onRequest', async (request) => {
    const role = request.routeOptions.config.role ?? roleForMethod(request.method);
    if (role !== 'public') await access.demand(request.raw, role);
  });
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
    // For programs: a browser that shows an answer runs nothing and frames nothing of it.
    reply.header('content-security-policy', "default-src 'none'; frame-ancestors 'none'");
    done(null, payload);
  });
}

/** What `createApi` needs. */
export interface ApiParts {
  readonly ctx: PluginContext;
  readonly config: ApiConfig;
  readonly access: Access;
  /** Routes of other plugins. */
  readonly others: readonly ((app: ApiApp) => Promise<void> | void)[];
}

/** The routes as a fastify plugin for the shared listener. */
export function createApi({ ctx, config, access, others }: ApiParts): (scope: FastifyInstance) => Promise<void> {
  const clients = createEventClients(ctx, config);
  return async (scope) => {
    await addOpenApi(scope, ctx.engine.version);
    await scope.register(
      async (plain) => {
        const app: ApiApp = plain.withTypeProvider<ZodTypeProvider>();
        app.setValidatorCompiler(validatorCompiler);
        // Answers are plain data already: schemas describe them, and secrets of queries stay here.
        app.setSerializerCompiler(() => (data) => JSON.stringify(data, hideQueries));
        allowOrigins(app, config.origins);
        guard(app, access);
        refuseUnknownFields(app);
        addServerRoutes(app, ctx);
        addStreamRoutes(app, ctx);
        addGb28181Routes(app, ctx);
        addPullRoutes(app, ctx);
        addPushRoutes(app, ctx);
        addTokenRoutes(app, ctx);
        addEventRoutes(app, clients, () => ctx.engine.plugins().map(({ name }) => name));
        for (const routes of others) await app.register(async (inner: ApiApp) => await routes(inner));
        addOpenApiRoute(app, () => scope.swagger());
        // For the key; what there is no call for is answered by http, whatever its body.
        const none = {
          config: { catchAll: true },
          schema: { hide: true },
          onRequest: async (_request: FastifyRequest, reply: FastifyReply) => reply.callNotFound(),
        };
        app.all('/*', none, (_request, reply) => reply.callNotFound() as never);
      },
      { prefix: PREFIX },
    );
  };
}
