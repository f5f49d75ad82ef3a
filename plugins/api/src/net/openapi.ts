import { createHash } from 'node:crypto';
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import type { ApiApp } from './app-types.js';
import { keepReferenced, relaxBodies } from './openapi-tidy.js';
import { describeRoute } from './openapi-transform.js';

/** Everything from here; icons are `data:`, styles of elements are set, and one small style sheet is within (known by its hash). */
const PAGE_POLICY = [
  "default-src 'self'",
  "img-src 'self' data:",
  "style-src 'self' 'sha256-RL3ie0nH+Lzz2YNqQN83mnU0J1ot4QL7b99vMdIX99w='",
  "style-src-attr 'unsafe-inline'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const DESCRIPTION = [
  'Errors are `{ "error": { "code", "message" } }` with a fitting status; unknown fields are refused with 400.',
  'Lists are `{ items, next? }` with `?limit=&cursor=`. Times are ISO 8601 UTC, SSRCs ten-digit text, ids text.',
  'The role that a call needs stands beside its security: `read`, `operate` or `admin`, each of which may do what those before it may.',
].join('\n\n');

/** The OpenAPI document of the routes added to `app` from now on, and the page at `/docs`. */
export async function addOpenApi(app: FastifyInstance, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Sluice', description: DESCRIPTION, version, license: { name: 'MIT', identifier: 'MIT' } as { name: string } },
      components: { securitySchemes: { key: { type: 'http', scheme: 'bearer', description: '`api.key`, or one of `api.keys`' } } },
      security: [{ key: [] }],
    },
    transform: describeRoute,
    transformObject: (input) => relaxBodies(keepReferenced(jsonSchemaTransformObject(input), ['Event'])),
  });
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    indexPrefix: app.prefix,
    staticCSP: PAGE_POLICY,
    uiConfig: { deepLinking: true, defaultModelsExpandDepth: 0 },
  });
}

/** `GET /openapi.json`, for everybody. It changes with the program only, so clients ask whether theirs is the newest still. */
export function addOpenApiRoute(app: ApiApp, document: () => unknown): void {
  let made: { readonly text: string; readonly tag: string } | undefined;
  const make = () => {
    const text = JSON.stringify(document());
    return { text, tag: `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"` };
  };
  app.get('/openapi.json', { config: { role: 'public' }, schema: { hide: true } }, (request, reply) => {
    made ??= make();
    reply.headers({ etag: made.tag, 'cache-control': 'no-cache', 'access-control-allow-origin': '*' });
    if (hasTag(request.headers['if-none-match'], made.tag)) return reply.code(304).send() as never;
    return reply.type('application/json; charset=utf-8').send(Buffer.from(made.text)) as never;
  });
}

/** RFC 9110 13.1.2: weak comparison, of one or several, or of any. */
function hasTag(given: string | undefined, tag: string): boolean {
  return (given ?? '').split(',').some((one) => ['*', tag, `W/${tag}`].includes(one.trim()));
}
