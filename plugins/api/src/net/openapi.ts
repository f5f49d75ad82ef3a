import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';

type Transform = typeof jsonSchemaTransform;

/** The page's pictures are `data:` URLs, and it sets styles of elements and has one small style sheet within (by its hash). */
const CONTENT_SECURITY_POLICY = {
  'default-src': ["'self'"],
  'img-src': ["'self'", 'data:'],
  'style-src': ["'self'", "'sha256-RL3ie0nH+Lzz2YNqQN83mnU0J1ot4QL7b99vMdIX99w='"],
  'style-src-attr': ["'unsafe-inline'"],
  'object-src': ["'none'"],
  'base-uri': ["'none'"],
  'frame-ancestors': ["'self'"],
};

/** A stream's path is the rest of the URL, which OpenAPI can only write as a parameter. */
const withPathParameter: Transform = (input) => {
  const { schema, url } = jsonSchemaTransform(input);
  if (!url.endsWith('*')) return { schema, url };
  return { schema: JSON.parse(JSON.stringify(schema).replaceAll('"*"', '"path"')) as typeof schema, url: url.replace('*', ':path') };
};

/** The OpenAPI document of the routes added to `app` from now on, and the page at `/docs`. */
export async function addOpenApi(app: FastifyInstance, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Sluice', description: 'The HTTP API of Sluice', version },
      components: { securitySchemes: { key: { type: 'http', scheme: 'bearer' } } },
      security: [{ key: [] }],
    },
    transform: withPathParameter,
    transformObject: jsonSchemaTransformObject,
  });
  await app.register(swaggerUi, { routePrefix: '/docs', staticCSP: CONTENT_SECURITY_POLICY, uiConfig: { deepLinking: true } });
}
